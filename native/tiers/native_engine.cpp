// Functions run as machine code from their first call on; those that have something the native tier
// does not know are interpreted, and so is code that counts instructions.
#include "interp/interpreter.h"
#include "interp/native_stub.h"
#include "jit/native_code.h"
#include "runtime/exec_env.h"
#include "runtime/native_stack.h"
#include "runtime/operations.h"
#include "tiers/engines.h"

namespace wembed {

namespace {

// With what an interpreted caller continues at.
struct JoinedCode : jit::NativeCode {
  explicit JoinedCode(Allocator& of) : NativeCode(of) {}
  NativeStub stub{nullptr, 0, 0};
};

NativeBody body_of(const jit::NativeCode& code) {
  return reinterpret_cast<NativeBody>(reinterpret_cast<uintptr_t>(code.begin));
}

void init(Code& code) {
  interpreter::init(code);
  const auto interpret = static_cast<uintptr_t>(jit::stubs().interpret);
  code.native.store(reinterpret_cast<const void*>(interpret), std::memory_order_relaxed);
}

// The CodeEntry of a function that has machine code, for callers that are C++.
Trap enter_native_code(ExecEnv& env, Code& code, Instance& instance, Slot* args, const void* back) {
  const auto& native = static_cast<const jit::NativeCode&>(*code.body_of(jit::tier()));
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

// Has all callers come to the machine code.
void use(Code& code, const JoinedCode& native) {
  const uint8_t* begin = static_cast<const uint8_t*>(native.begin);
  code.entry.store(&enter_native_code, std::memory_order_release);
  code.native.store(begin + native.entry, std::memory_order_release);
  code.ops.store(native.stub.ops(), std::memory_order_release);
}

// None with a null result: the function is to be interpreted.
Trap make(Code& code, const Poll& poll, JoinedCode*& made) {
  Allocator& allocator = code.module().allocator();
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

Trap prepare(Code& code, const Poll& poll) {
  if (code.variant().metered) return interpreter::prepare(code, poll);
  const auto* body = static_cast<const JoinedCode*>(code.body_of(jit::tier()));
  if (body == nullptr) {
    JoinedCode* made;
    Trap trap = make(code, poll, made);
    if (trap != Trap::None) return trap;
    if (made == nullptr) return interpreter::prepare(code, poll);
    body = static_cast<const JoinedCode*>(&publish_once(code, *made));
    if (body != made) made->tier->release(code, *made);
  }
  use(code, *body);
  return Trap::None;
}

}  // namespace

const Engine* native_engine(int& error) {
  error = jit::start();
  if (error != 0) return nullptr;
  static_cast<void>(interpreter::tier());
  static const Engine made = {&init, &interpreter::enter, &prepare, &release_bodies, nullptr};
  return &made;
}

uint64_t native_code_bytes() { return jit::code_space().bytes(); }

}  // namespace wembed
