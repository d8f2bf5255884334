#include "tiers/joined_code.h"

#include "interp/interpreter.h"
#include "runtime/exec_env.h"
#include "runtime/native_stack.h"
#include "runtime/operations.h"

namespace wembed {

namespace {

NativeBody body_of(const jit::NativeCode& code) {
  return reinterpret_cast<NativeBody>(reinterpret_cast<uintptr_t>(code.begin));
}

// The CodeEntry of a function that has machine code, for callers that are C++.
Trap enter_native_code(ExecEnv& env, Code& code, Instance& instance, Slot* args, const void* back) {
  const JoinedCode& native = *joined_code(code);
  env.native_floor = native_floor(env);
  if (reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) < env.native_floor) {
    return Trap::NativeStackOverflow;
  }
  Slot* end = args + native.slots;
  while (end > env.stack_limit.load(std::memory_order_relaxed)) {
    Trap trap = op_interrupted(env, instance, end);
    if (trap != Trap::None) return trap;
  }
  Slot* link = args + native.local_slots;
  link[kLinkReturn] = reinterpret_cast<Slot>(back);
  link[kLinkCaller] = reinterpret_cast<Slot>(env.fp);
  link[kLinkCode] = reinterpret_cast<Slot>(&code);
  link[kLinkInstance] = reinterpret_cast<Slot>(&instance);
  return body_of(native)(env, link);
}

}  // namespace

void init_joined(Code& code) {
  interpreter::init(code);
  const auto interpret = static_cast<uintptr_t>(jit::stubs().interpret);
  code.native.store(reinterpret_cast<const void*>(interpret), std::memory_order_relaxed);
}

const JoinedCode* joined_code(const Code& code) {
  return static_cast<const JoinedCode*>(code.body_of(jit::tier()));
}

Trap make_joined(const Code& code, const Poll& poll, Allocator& allocator, JoinedCode*& made) {
  made = allocator.create<JoinedCode>(allocator);
  if (made == nullptr) return Trap::None;
  jit::Refusal refusal = jit::Refusal::None;
  const Error error = jit::compile(code, poll, *made, refusal);
  if (error == Error::None) {
    made->stub = NativeStub(body_of(*made), made->local_slots, made->slots);
    return Trap::None;
  }
  allocator.destroy(made);
  made = nullptr;
  switch (error) {
    case Error::Deadline: return Trap::Deadline;
    case Error::Terminated: return Trap::Terminated;
    default: return Trap::None;
  }
}

void publish_joined(Code& code, JoinedCode& made) {
  const auto& joined = static_cast<const JoinedCode&>(publish_once(code, made));
  if (&joined != &made) made.tier->release(code, made);
  use_joined(code, joined);
}

void use_joined(Code& code, const JoinedCode& joined) {
  const auto* begin = static_cast<const uint8_t*>(joined.begin);
  code.entry.store(&enter_native_code, std::memory_order_release);
  code.native.store(begin + joined.entry, std::memory_order_release);
  code.ops.store(joined.stub.ops(), std::memory_order_release);
}

}  // namespace wembed
