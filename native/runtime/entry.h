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

// Makes the entry, which knows what was current before, the innermost. `depth`: how many there
// were.
inline void make_current(ExecEnv& env, Entry& entry, const Function& function, EntryKind kind,
                         uint32_t depth) {
  ThreadState& thread = thread_state;
  ExecEnv::Cold& cold = *env.cold;
  Instance* caller = env.instance;
  entry.instance = caller;
  entry.kind = kind;
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

inline void begin_entry(ExecEnv& env, Entry& entry, const Function& function, EntryKind kind) {
  entry.previous = env.cold->entries;
  entry.outer = thread_state.current;
  entry.host_function = env.host_function.load(std::memory_order_relaxed);
  leave_host_function(env);  // before frames change
  entry.fp = std::exchange(env.fp, nullptr);
  entry.place = std::exchange(env.place, nullptr);
  entry.native_floor = env.native_floor;
  make_current(env, entry, function, kind, env.depth.load(std::memory_order_relaxed));
}

inline void end_entry(ExecEnv& env, const Entry& entry) {
  uint32_t depth = env.depth.load(std::memory_order_relaxed);
  // Whoever sees that nothing runs here sees what ran here has done: see reach.h.
  env.depth.store(depth - 1, std::memory_order_release);
  env.cold->entries = entry.previous;
  env.fp = entry.fp;
  env.place = entry.place;
  env.instance = entry.instance;
  env.native_floor = entry.native_floor;
  // Last: frames lie still from now on.
  env.host_function.store(entry.host_function, std::memory_order_release);
  thread_state.current = entry.outer;
}

// The same for an entry that is known to be outermost: there is nothing to be kept.
inline void begin_alone(ExecEnv& env, const Function& function, EntryKind kind) {
  make_current(env, env.cold->alone, function, kind, 0);
}

inline void end_alone(ExecEnv& env) {
  ExecEnv::Cold& cold = *env.cold;
  env.depth.store(0, std::memory_order_release);
  cold.entries = nullptr;
  env.fp = nullptr;
  env.place = nullptr;
  env.instance = cold.alone.instance;
  env.host_function.store(nullptr, std::memory_order_release);
  thread_state.current = nullptr;
}

// Runs the function of an entry that has begun. `floor`: native_floor(), or thread_state.limit
// where is_entry_plain().
inline Trap run_function(ExecEnv& env, const Function& function, Slot* slots, uintptr_t floor) {
  env.native_floor = floor;
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

// The call of an entry that has begun, until it is over. `floor` as for run_function().
__attribute__((always_inline)) inline Trap run_to_end(ExecEnv& env, const Entry& entry,
                                                      const Function& function, Slot* slots,
                                                      uintptr_t floor) {
  Trap trap = run_function(env, function, slots, floor);
  if (trap != Trap::None) [[unlikely]]
    record_trap(env, trap, *entry.instance);
  if (function.type->has_references) [[unlikely]]
    keep_results(env, function, slots);
  return trap;
}

// The whole call. Everything of `env` that it changes is put back.
inline Trap enter_guest(ExecEnv& env, const Function& function, Slot* slots) {
  Entry entry;
  begin_entry(env, entry, function, EntryKind::Plain);
  Trap trap = run_to_end(env, entry, function, slots, native_floor(env));
  end_entry(env, entry);
  return trap;
}

// The same of one that is outermost, and plain.
__attribute__((always_inline)) inline Trap enter_alone(ExecEnv& env, const Function& function,
                                                       Slot* slots) {
  begin_alone(env, function, EntryKind::Plain);
  Trap trap = run_to_end(env, env.cold->alone, function, slots, thread_state.limit);
  end_alone(env);
  return trap;
}

// A call that is not the thread's outermost, or not plain.
Trap enter_carefully(ExecEnv& env, const Function& function, Slot* slots);

// invoke() where no exception is pending, in the place of the caller: a third of what a call costs
// would be functions that call each other.
__attribute__((always_inline)) inline Trap invoke_begun(ExecEnv& env, const Function& function,
                                                        Slot* slots) {
  if (is_entry_plain(env) && is_outermost(env)) [[likely]]
    return enter_alone(env, function, slots);
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
