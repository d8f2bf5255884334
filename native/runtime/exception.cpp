#include "runtime/exception.h"

#include <algorithm>
#include <new>
#include <utility>

#include "runtime/exception_space.h"
#include "runtime/exec_env_cold.h"
#include "runtime/runtime.h"

namespace wembed {

namespace {

bool is_last(Exception& exception) {
  return exception.references.fetch_sub(1, std::memory_order_acq_rel) == 1;
}

}  // namespace

void Exception::release() {
  if (!is_last(*this)) return;
  next = nullptr;
  // Those that only it has held end with it, without recursion.
  for (Exception* dead = this; dead != nullptr;) {
    Exception& exception = *std::exchange(dead, dead->next);
    each_inner(exception, [&](Exception& inner) {
      if (!is_last(inner)) return;
      inner.next = dead;
      dead = &inner;
    });
    Tag& held = *exception.tag;
    held.runtime->allocator().destroy(&exception);
    held.release();
  }
}

Exception* make_exception(Tag& tag, const Slot* values) {
  const uint32_t slots = tag.type->param_slots;
  void* block = tag.runtime->allocator().allocate(sizeof(Exception) + slots * sizeof(Slot));
  if (block == nullptr) return nullptr;
  auto* exception = ::new (block) Exception;
  exception->tag = &tag;
  tag.retain();
  std::copy_n(values, slots, exception->values());
  each_inner(*exception, [](Exception& inner) { inner.retain(); });
  return exception;
}

Exception* thrown(const ExecEnv& env) {
  const ExceptionSpace* space = env.cold->exceptions;
  return space == nullptr ? nullptr : space->thrown;
}

bool set_thrown(ExecEnv& env, Exception* exception) {
  ExceptionSpace* space = exception == nullptr ? env.cold->exceptions : exception_space(env);
  if (space == nullptr) {
    if (exception != nullptr) exception->release();
    return exception == nullptr;
  }
  if (Exception* before = std::exchange(space->thrown, exception); before != nullptr) {
    before->release();
  }
  return true;
}

Exception* take_thrown(ExecEnv& env) {
  ExceptionSpace* space = env.cold->exceptions;
  return space == nullptr ? nullptr : std::exchange(space->thrown, nullptr);
}

}  // namespace wembed
