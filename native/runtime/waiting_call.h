// Calls that wait, from inside, and going on with them. Private to native/runtime, but for
// resume_call().
#pragma once

#include <utility>

#include "runtime/entry.h"
#include "runtime/funcref.h"
#include "runtime/resumable_call.h"

namespace wembed {

// At the top of the wasm stack when it began, which is therefore its own address. What it does not
// need stays unwritten.
struct ResumableCall {
  ResumableCall() {}
  ~ResumableCall() {}

  Entry entry;  // the first member: found through ExecEnv::Cold::entries
  const Function* function;
  Slot* host_slots;      // while it waits: arguments of the host function
  ResumableCall* below;  // while it waits: waiting on the same thread, see ThreadState
  bool is_apart;
  bool is_waiting;
  bool is_limited;  // has limits of its own
  bool is_nested;   // in a call on another exec_env
  union {
    LimitsInForce limits;
  };
  union {
    Nesting nesting;
  };

  [[nodiscard]] Slot* top() { return reinterpret_cast<Slot*>(this); }
  [[nodiscard]] Slot* slots() { return top() + kResumableSlots; }
};

static_assert(sizeof(ResumableCall) <= kResumableSlots * sizeof(Slot));

// Null: the innermost entry is of another kind.
inline ResumableCall* innermost_call(const ExecEnv& env) {
  Entry* entry = env.cold->entries;
  return entry != nullptr && entry->kind == EntryKind::Resumable
             ? reinterpret_cast<ResumableCall*>(entry)
             : nullptr;
}

inline void begin_waiting(ExecEnv& env, ResumableCall& call) {
  call.is_waiting = true;
  call.host_slots = env.host_slots;
  if (call.is_apart) [[unlikely]] {
    thread_state.current = call.entry.outer;
  } else {
    call.below = thread_state.waiting;
    thread_state.waiting = &call;
  }
}

// The call is over; Done: its results are at `results`, unless nobody wants them (null).
CallState end_call(ExecEnv& env, ResumableCall& call, Trap trap, Slot* results);

// The call has come back to its caller.
inline CallState settle(ExecEnv& env, ResumableCall& call, Trap trap, Slot* results) {
  if (trap != Trap::Suspended) return end_call(env, call, trap, results);
  begin_waiting(env, call);
  return CallState::Waiting;
}

// What op_call_host() does behind a host function.
inline Trap leave_host(ExecEnv& env, ResumableCall& call, bool succeeded) {
  const Function& host = *env.host_function.load(std::memory_order_relaxed);
  Instance& owner = *host.instance;
  Trap trap = succeeded ? adopt_results(owner, *host.type, call.host_slots) : Trap::HostException;
  leave_host_function(env);
  env.top = call.top();
  if (trap == Trap::None && !owner.has_exception()) [[likely]]
    return Trap::None;
  if (!succeeded && !owner.has_exception()) owner.set_exception("host function failed");
  return host_trapped(env, host, trap);
}

// Goes on behind the host call where something may stand against running guest code from here.
Trap go_on_carefully(ExecEnv& env, const Function& function, Trap trap);

// The call does not count as waiting any more, and the thread is inside of it.
__attribute__((always_inline)) inline CallState go_on(ExecEnv& env, ResumableCall& call,
                                                      bool succeeded, Slot* results) {
  call.is_waiting = false;
  Trap trap = leave_host(env, call, succeeded);
  const bool goes_on = trap == Trap::None || trap == Trap::Exception;
  if (goes_on && env.fp != nullptr) {
    env.instance = reinterpret_cast<Instance*>(env.fp[kLinkInstance]);
    if (is_entry_plain(env)) [[likely]] {
      env.native_floor = thread_state.limit;
      trap = env.cold->runtime->engine().resume(env, trap);
    } else {
      trap = go_on_carefully(env, *call.function, trap);
    }
  }
  return settle(env, call, trap, results);
}

// The thread comes back into the call, other perhaps than at the time when it was left.
inline void come_into(ExecEnv& env, ResumableCall& call) {
  env.thread.store(&thread_state, std::memory_order_relaxed);
  if (thread_state.current != &env) call.entry.outer = std::exchange(thread_state.current, &env);
}

// What resume_call() may go on with where it is not what this thread left last and is still inside
// of; null: nothing.
ResumableCall* find_waiting(ExecEnv& env);

// Goes on with the innermost call on `env`: the results of its host function are at the slots where
// the arguments were, or, not `succeeded`, the exception is set or has no text. `results` as for
// start_call().
__attribute__((always_inline)) inline CallState resume_call(ExecEnv& env, bool succeeded,
                                                            Slot* results) {
  ResumableCall* call = thread_state.waiting;
  const bool is_usual =
      call != nullptr && env.cold->entries == &call->entry && thread_state.current == &env;
  if (is_usual) [[likely]] {
    thread_state.waiting = call->below;
  } else {
    call = find_waiting(env);
    if (call == nullptr) return CallState::Refused;
  }
  return go_on(env, *call, succeeded, results);
}

}  // namespace wembed
