// What every way into the guest does before and after: the entry itself, the exec_env it is nested
// in, the limits of the call. Private to native/runtime, but for invoke_begun().
#pragma once

#include <utility>

#include "runtime/call.h"
#include "runtime/collection.h"
#include "runtime/engine.h"
#include "runtime/exec_env_cold.h"
#include "runtime/instance_cold.h"
#include "runtime/interrupt.h"
#include "runtime/native_stack.h"
#include "runtime/operations.h"
#include "runtime/pulse.h"
#include "runtime/runtime.h"
#include "runtime/store.h"
#include "runtime/trap_record.h"

namespace wembed {

// Whether nothing runs on the thread, nor on `env`.
inline bool is_outermost(const ExecEnv& env) {
  return thread_state.current == nullptr && env.depth.load(std::memory_order_relaxed) == 0;
}

// `is_alone`: known to be outermost, so that there is nothing to be kept.
inline void begin_entry(ExecEnv& env, Entry& entry, const Function& function, EntryKind kind,
                        bool is_alone) {
  ThreadState& thread = thread_state;
  ExecEnv::Cold& cold = *env.cold;
  Instance* caller = env.instance;
  uint32_t depth = is_alone ? 0 : env.depth.load(std::memory_order_relaxed);
  entry.instance = caller;
  entry.kind = kind;
  entry.previous = is_alone ? nullptr : cold.entries;
  entry.outer = is_alone ? nullptr : thread.current;
  entry.host_function = is_alone ? nullptr : env.host_function.load(std::memory_order_relaxed);
  if (!is_alone) leave_host_function(env);  // before frames change
  entry.fp = is_alone ? nullptr : std::exchange(env.fp, nullptr);
  entry.place = is_alone ? nullptr : std::exchange(env.place, nullptr);
  if (depth == 0) {
    env.fuel = env.fuel_limit;
    env.thread.store(&thread, std::memory_order_relaxed);
  }
  cold.entries = &entry;
  // Requests to stop that came while nothing ran are sorted out by the first check of the guest.
  env.depth.store(depth + 1, std::memory_order_relaxed);
  thread.current = &env;
  env.instance = function.instance;
  caller->cold->last_env.store(&env, std::memory_order_relaxed);
  if (cold.needs_pulse.load(std::memory_order_relaxed)) [[unlikely]]
    begin_pulse(env);
}

inline void end_entry(ExecEnv& env, const Entry& entry, bool is_alone) {
  uint32_t depth = is_alone ? 1 : env.depth.load(std::memory_order_relaxed);
  // Whoever sees that nothing runs here sees what ran here has done: see reach.h.
  env.depth.store(depth - 1, std::memory_order_release);
  env.cold->entries = is_alone ? nullptr : entry.previous;
  env.fp = is_alone ? nullptr : entry.fp;
  env.place = is_alone ? nullptr : entry.place;
  env.instance = entry.instance;
  // Last: frames lie still from now on.
  env.host_function.store(is_alone ? nullptr : entry.host_function, std::memory_order_release);
  thread_state.current = is_alone ? nullptr : entry.outer;
}

// Runs the function of an entry that has begun.
inline Trap run_function(ExecEnv& env, const Function& function, Slot* slots) {
  if (function.host == nullptr) [[likely]] {
    if (env.fuel_limit >= 0 && !function.instance->cold->is_metered.load(std::memory_order_acquire))
        [[unlikely]] {
      Away away(env);  // takes the lock that collections have
      if (!meter(*function.instance)) return Trap::OutOfMemory;
    }
    return function.instance->runtime->engine().enter(env, function, slots);
  }
  return op_call_host(env, function, slots, slots + function.type->most_slots);
}

// What a call has given is kept for its caller.
inline void keep_results(ExecEnv& env, const Function& function, const Slot* slots) {
  env.cold->results = slots;
  env.cold->result_slots = function.type->result_slots;
}

// The call itself. Everything of `env` that it changes is put back.
__attribute__((always_inline)) inline Trap enter_guest(ExecEnv& env, const Function& function,
                                                       Slot* slots, bool is_alone) {
  Entry entry;
  begin_entry(env, entry, function, EntryKind::Plain, is_alone);
  Trap trap = run_function(env, function, slots);
  if (trap != Trap::None) [[unlikely]]
    record_trap(env, trap, *entry.instance);
  if (function.type->has_references) [[unlikely]]
    keep_results(env, function, slots);
  end_entry(env, entry, is_alone);
  return trap;
}

// A call that is not the thread's outermost, or not plain.
Trap enter_carefully(ExecEnv& env, const Function& function, Slot* slots);

// invoke() where no exception is pending, in the place of the caller: a third of what a call costs
// would be functions that call each other.
__attribute__((always_inline)) inline Trap invoke_begun(ExecEnv& env, const Function& function,
                                                        Slot* slots) {
  if (is_entry_plain(env) && is_outermost(env)) [[likely]]
    return enter_guest(env, function, slots, true);
  return enter_carefully(env, function, slots);
}

// A call on one exec_env made by a thread that is inside a call on another: what stops the outer
// one stops it too, and its instructions count for both.
class Nesting {
 public:
  void begin(ExecEnv& env, ExecEnv& outer);
  void end(ExecEnv& env);

 private:
  ExecEnv* outer_ = nullptr;  // null: they have nothing to do with each other
  int64_t limit_ = -1;
  int64_t start_ = -1;
};

// What stops a call early, from its beginning to its end.
class LimitsInForce {
 public:
  // None, or why they cannot be kept: then there is nothing to end.
  [[nodiscard]] Trap begin(ExecEnv& env, const CallLimits& limits);
  void end(ExecEnv& env);
  [[nodiscard]] bool stopped() const;

 private:
  bool has_deadline_ = false;
  uint64_t old_deadline_ = 0;
  StopWatch watch_ = {};
  int64_t old_limit_ = 0;
  int64_t old_fuel_ = 0;
  int64_t start_ = -1;
};

}  // namespace wembed
