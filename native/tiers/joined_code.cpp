#include "tiers/joined_code.h"

#include <algorithm>
#include <atomic>

#include "interp/interpreter.h"
#include "runtime/exec_env.h"
#include "runtime/operations.h"
#include "tiers/engines.h"
#include "tiers/refusals.h"

namespace wembed {

namespace {

constinit std::atomic<uint64_t> functions_made{0};
constinit std::atomic<uint64_t> loops_made{0};

NativeBody body_of(const jit::NativeCode& code) {
  return reinterpret_cast<NativeBody>(reinterpret_cast<uintptr_t>(code.begin));
}

// Of all code of the variant; None: there is no reason.
jit::Refusal refusal_of(Variant variant) {
  if (variant.mode == CodeMode::Interpreted) return jit::Refusal::Mode;
  if (variant.metered) return jit::Refusal::Metered;
  if (variant.profiled) return jit::Refusal::Profiled;
  return variant.windowed ? jit::Refusal::SharedHeap : jit::Refusal::None;
}

// Of a compilation; None: it is as well to interpret.
Trap trap_of(Error error) {
  switch (error) {
    case Error::Deadline: return Trap::Deadline;
    case Error::Terminated: return Trap::Terminated;
    default: return Trap::None;
  }
}

// The CodeEntry of a function that has machine code, for callers that are C++.
Trap enter_native_code(ExecEnv& env, Code& code, Instance& instance, Slot* args, const void* back) {
  const JoinedCode& native = *joined_code(code);
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

// Not tried again. `refusal` is None where no memory was left for anything else.
void refuse(Code& code, jit::Refusal refusal) {
  const void* open = jit::interpreted();
  if (!code.native.compare_exchange_strong(open, jit::refused())) return;
  count_refusal(refusal == jit::Refusal::None ? jit::Refusal::NoMemory : refusal);
}

Trap make(const Code& code, const LoopEntry* entry, const Poll& poll, Allocator& allocator,
          JoinedCode*& made, jit::Refusal& refusal) {
  made = nullptr;
  refusal = jit::Refusal::None;
  if (jit::start() != 0) return Trap::None;
  made = allocator.create<JoinedCode>(allocator);
  if (made == nullptr) return Trap::None;
  const Error error = jit::compile(code, entry, poll, *made, refusal);
  if (error == Error::None) {
    made->stub = NativeStub(body_of(*made), made->local_slots, made->slots);
    if (entry != nullptr) std::copy_n(entry->places, 2, made->places);
    return Trap::None;
  }
  allocator.destroy(made);
  made = nullptr;
  return trap_of(error);
}

const JoinedCode* as_loop(const Body* body) {
  return body->tier == &jit::loop_tier() ? static_cast<const JoinedCode*>(body) : nullptr;
}

// As publish_once(), but there is one for each loop.
const JoinedCode& publish_loop(Code& code, JoinedCode& made) {
  Body* newest = code.bodies.load(std::memory_order_acquire);
  do {
    made.next = newest;
    for (const Body* body = newest; body != nullptr; body = body->next) {
      const JoinedCode* known = as_loop(body);
      if (known != nullptr && known->loop == made.loop) return *known;
    }
  } while (!code.bodies.compare_exchange_weak(newest, &made, std::memory_order_acq_rel));
  return made;
}

}  // namespace

void init_joined(Code& code) {
  interpreter::init(code);
  code.native.store(jit::interpreted(), std::memory_order_relaxed);
}

const JoinedCode* joined_code(const Code& code) {
  return static_cast<const JoinedCode*>(code.body_of(jit::tier()));
}

bool may_be_joined(const Code& code) { return refusal_of(code.variant()) == jit::Refusal::None; }

bool is_refused(const Code& code) {
  return code.native.load(std::memory_order_relaxed) == jit::refused();
}

Trap make_joined(Code& code, const Poll& poll, Allocator& allocator, JoinedCode*& made) {
  jit::Refusal refusal;
  const Trap trap = make(code, nullptr, poll, allocator, made, refusal);
  if (made == nullptr && trap == Trap::None && jit::start() == 0) refuse(code, refusal);
  return trap;
}

Trap make_joined_loop(const Code& code, const void* place, const Poll& poll, Allocator& allocator,
                      JoinedCode*& made) {
  made = nullptr;
  LoopEntry entry(allocator);
  bool is_found;
  const Error error = interpreter::loop_at(code, place, poll, entry, is_found);
  if (error != Error::None || !is_found) return trap_of(error);
  jit::Refusal refusal;
  return make(code, &entry, poll, allocator, made, refusal);
}

void publish_joined(Code& code, JoinedCode& made) {
  const bool is_loop = made.loop != 0;
  const JoinedCode& joined =
      is_loop ? publish_loop(code, made) : static_cast<const JoinedCode&>(publish_once(code, made));
  if (&joined != &made) {
    made.tier->release(code, made);
  } else {
    (is_loop ? loops_made : functions_made).fetch_add(1, std::memory_order_relaxed);
  }
  if (!is_loop) use_joined(code, joined);
}

Trap prepare_interpreted(Code& code, const Poll& poll) {
  const jit::Refusal refusal = refusal_of(code.variant());
  if (refusal != jit::Refusal::None) refuse(code, refusal);
  return interpreter::prepare(code, poll);
}

Trap prepare_joined(Code& code, const Poll& poll) {
  if (!may_be_joined(code) || is_refused(code)) return prepare_interpreted(code, poll);
  if (const JoinedCode* joined = joined_code(code); joined != nullptr) {
    use_joined(code, *joined);
    return Trap::None;
  }
  JoinedCode* made;
  Trap trap = make_joined(code, poll, code.module().allocator(), made);
  if (trap != Trap::None) return trap;
  if (made == nullptr) return interpreter::prepare(code, poll);
  publish_joined(code, *made);
  return Trap::None;
}

bool is_interpreted_at(const Code& code, const void* place) {
  const Body* body = place == nullptr ? nullptr : body_at(code, place, false);
  return body != nullptr && body->tier == &interpreter::tier();
}

const JoinedCode* joined_loop(const Code& code, const void* place) {
  const Body* body = code.bodies.load(std::memory_order_acquire);
  for (; body != nullptr; body = body->next) {
    const JoinedCode* loop = as_loop(body);
    if (loop != nullptr && (loop->places[0] == place || loop->places[1] == place)) return loop;
  }
  return nullptr;
}

const uint64_t* take_over(Code& code, const void* place) {
  const JoinedCode* joined = joined_loop(code, place);
  return joined == nullptr ? nullptr : joined->stub.ops();
}

NativeCount native_count() {
  return {functions_made.load(std::memory_order_relaxed),
          loops_made.load(std::memory_order_relaxed)};
}

void use_joined(Code& code, const JoinedCode& joined) {
  const auto* begin = static_cast<const uint8_t*>(joined.begin);
  code.entry.store(&enter_native_code, std::memory_order_release);
  code.native.store(begin + joined.entry, std::memory_order_release);
  code.ops.store(joined.stub.ops(), std::memory_order_release);
}

}  // namespace wembed
