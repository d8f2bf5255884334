// What every way into the guest does before and after: the entry itself, the exec_env it is nested
// in, the limits of the call. Private to native/runtime.
#pragma once

#include "runtime/call.h"
#include "runtime/engine.h"
#include "runtime/exec_env_cold.h"
#include "runtime/instance_cold.h"
#include "runtime/interrupt.h"
#include "runtime/native_stack.h"
#include "runtime/operations.h"
#include "runtime/runtime.h"
#include "runtime/store.h"

namespace wembed {

inline void begin_entry(ExecEnv& env, Entry& entry, const Function& function, bool is_resumable) {
  ThreadState& thread = thread_state;
  Instance* caller = env.instance;
  entry = {env.cold->entries, caller,  env.fp,         env.place,
           env.host_function, env.top, thread.current, is_resumable};
  env.cold->entries = &entry;
  // Requests to stop that came while nothing ran are sorted out by the first check of the guest.
  uint32_t depth = env.depth.load(std::memory_order_relaxed);
  if (depth == 0) {
    env.fuel = env.fuel_limit;
    env.thread.store(&thread, std::memory_order_relaxed);
  }
  env.depth.store(depth + 1, std::memory_order_relaxed);
  thread.current = &env;
  env.fp = nullptr;
  env.place = nullptr;
  env.host_function = nullptr;
  env.instance = function.instance;
  caller->cold->last_env.store(&env, std::memory_order_relaxed);
  if (env.cold->needs_pulse.load(std::memory_order_relaxed)) [[unlikely]]
    begin_pulse(env);
}

inline void end_entry(ExecEnv& env, const Entry& entry) {
  uint32_t depth = env.depth.load(std::memory_order_relaxed);
  // Whoever sees that nothing runs here sees what ran here has done: see reach.h.
  env.depth.store(depth - 1, std::memory_order_release);
  env.cold->entries = entry.previous;
  env.fp = entry.fp;
  env.place = entry.place;
  env.host_function = entry.host_function;
  env.top = entry.top;
  env.instance = entry.instance;
  thread_state.current = entry.outer;
}

// Runs the function of an entry that has begun.
inline Trap run_function(ExecEnv& env, const Function& function, Slot* slots) {
  if (function.host == nullptr) [[likely]] {
    if (env.fuel_limit >= 0 && !function.instance->cold->is_metered.load(std::memory_order_acquire))
        [[unlikely]] {
      if (!meter(*function.instance)) return Trap::OutOfMemory;
    }
    return function.instance->runtime->engine().enter(env, function, slots);
  }
  uint32_t params = function.type->param_slots;
  uint32_t results = function.type->result_slots;
  return op_call_host(env, function, slots, slots + (params > results ? params : results));
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
