#include "runtime/unwind.h"

#include <algorithm>

#include "runtime/code.h"
#include "runtime/engine.h"
#include "runtime/exception_space.h"
#include "runtime/exec_env_cold.h"
#include "runtime/handler_table.h"
#include "runtime/instance.h"
#include "runtime/operations.h"

namespace wembed {

namespace {

constexpr uint32_t kFramesAtOnce = 1024;

Trap stopped(ExecEnv& env, Trap trap) {
  set_thrown(env, nullptr);
  return trap;
}

Trap check_interrupt(ExecEnv& env) {
  if (env.interrupt.load(std::memory_order_relaxed) == 0) [[likely]]
    return Trap::None;
  return op_interrupted(env, *env.instance, nullptr);
}

// Behind what is of interest in the frame when control goes on there.
Slot* live_end(const Handler& handler, Slot* fp) {
  return fp + std::max(kLinkSlots, std::min(handler.home, handler.reference));
}

// Landing::place is null afterwards when the frame does not catch it.
Trap look_into(ExecEnv& env, Slot* fp, const void* place, bool is_return, Landing& landing) {
  const Code& code = *reinterpret_cast<const Code*>(fp[kLinkCode]);
  const Body* body = body_at(code, place, is_return);
  if (body == nullptr || body->handlers == nullptr) return Trap::None;
  auto& instance = *reinterpret_cast<Instance*>(fp[kLinkInstance]);
  Exception& exception = *thrown(env);
  const uint32_t position = body->tier->position(*body, place, is_return);
  const Handler* handler = nullptr;
  Trap trap = body->handlers->find(env, instance, position, exception, handler);
  if (trap != Trap::None || handler == nullptr) return trap;
  if (handler->keeps && !keep_exception(env, exception, live_end(*handler, fp))) {
    return Trap::OutOfMemory;
  }
  landing.fp = fp;
  landing.place = body->tier->place(*body, handler->target);
  landing.top = land_values(*handler, exception, fp);
  set_thrown(env, nullptr);
  env.instance = &instance;
  env.cold->failed_host = nullptr;
  return Trap::None;
}

}  // namespace

Trap op_throw(ExecEnv& env, Tag& tag, const Slot* values) {
  Exception* exception = make_exception(tag, values);
  return exception != nullptr && set_thrown(env, exception) ? Trap::Exception : Trap::OutOfMemory;
}

Trap op_throw_ref(ExecEnv& env, Slot reference) {
  if (reference == 0) return Trap::NullReference;
  Exception& exception = *exception_of(reference);
  exception.retain();
  return set_thrown(env, &exception) ? Trap::Exception : Trap::OutOfMemory;
}

Trap find_landing(ExecEnv& env, Slot* fp, const void* place, bool is_return, Landing& landing) {
  Trap trap = check_interrupt(env);
  for (uint32_t frames = 1; trap == Trap::None; frames++) {
    if (fp == nullptr || fp[kLinkCode] == 0) {
      landing.fp = fp;
      return Trap::Exception;
    }
    trap = look_into(env, fp, place, is_return, landing);
    if (trap != Trap::None) break;
    if (landing.place != nullptr) return Trap::None;
    place = reinterpret_cast<const void*>(fp[kLinkReturn]);
    fp = reinterpret_cast<Slot*>(fp[kLinkCaller]);
    is_return = true;
    if (frames % kFramesAtOnce == 0) trap = check_interrupt(env);
  }
  return stopped(env, trap);
}

Trap find_landing_here(ExecEnv& env, Slot* fp, const void* place, bool is_return,
                       Landing& landing) {
  Trap trap = check_interrupt(env);
  if (trap == Trap::None) trap = look_into(env, fp, place, is_return, landing);
  if (trap != Trap::None) return stopped(env, trap);
  return landing.place != nullptr ? Trap::None : Trap::Exception;
}

}  // namespace wembed
