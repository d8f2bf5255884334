// Entering the guest and coming back: nesting, limits, native stack, recording of traps.
#include "runtime/call.h"

#include "runtime/engine.h"
#include "runtime/exec_env_cold.h"
#include "runtime/host_function.h"
#include "runtime/instance_cold.h"
#include "runtime/interrupt.h"
#include "runtime/native_stack.h"
#include "runtime/operations.h"
#include "runtime/runtime.h"
#include "runtime/store.h"
#include "runtime/trap_record.h"
#include "runtime/work_limits.h"

namespace wembed {

namespace {

// Makes `env` answer to what stops the exec_env this thread was on; undone by leave_outer.
void enter_inside(ExecEnv& env, ExecEnv& outer) {
  std::lock_guard lock(outer.cold->mutex);
  env.cold->outer = &outer;
  outer.cold->inner = &env;
  // A request that came before this link still waits on the outer one.
  if (outer.interrupt.load(std::memory_order_seq_cst) != 0) {
    post_interrupt(env, kInterruptTerminate);
  }
}

void leave_inside(ExecEnv& env, ExecEnv& outer) {
  std::lock_guard lock(outer.cold->mutex);
  env.cold->outer = nullptr;
  outer.cold->inner = nullptr;
}

// Instructions of an exec_env inside another count for both.
class SharedFuel {
 public:
  SharedFuel(ExecEnv& env, ExecEnv& outer) : env_(env), outer_(outer), limit_(env.fuel_limit) {
    if (outer_.fuel_limit < 0) return;
    start_ = limit_ < 0 || outer_.fuel < limit_ ? outer_.fuel : limit_;
    env_.fuel_limit = start_;
  }
  ~SharedFuel() {
    if (outer_.fuel_limit < 0) return;
    outer_.fuel -= start_ - env_.fuel;
    env_.fuel_limit = limit_;
  }

 private:
  ExecEnv& env_;
  ExecEnv& outer_;
  int64_t limit_;
  int64_t start_ = 0;
};

Trap run(ExecEnv& env, const Function& function, Slot* slots) {
  if (function.host == nullptr) {
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

// The call itself. Everything of `env` that it changes is put back.
Trap enter_guest(ExecEnv& env, const Function& function, Slot* slots) {
  Instance* caller = env.instance;
  ThreadState& thread = thread_state;
  ExecEnv* outer = thread.current;
  Slot* top = env.top;
  const Function* host_function = env.host_function;
  Entry entry = {env.cold->entries, caller, env.fp, env.place};
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

  Trap trap = run(env, function, slots);
  if (trap != Trap::None) [[unlikely]]
    record_trap(env, trap, *caller);

  env.depth.store(depth, std::memory_order_relaxed);
  env.cold->entries = entry.previous;
  env.fp = entry.fp;
  env.place = entry.place;
  env.host_function = host_function;
  env.top = top;
  env.instance = caller;
  thread.current = outer;
  return trap;
}

__attribute__((noinline)) Trap enter_from_other(ExecEnv& env, ExecEnv& outer,
                                                const Function& function, Slot* slots) {
  // One that runs further out already is no inner one: the links would go in a circle.
  if (outer.cold->runtime != env.cold->runtime || env.cold->outer != nullptr || env.depth > 0) {
    return enter_guest(env, function, slots);
  }
  SharedFuel fuel(env, outer);
  enter_inside(env, outer);
  Trap trap = enter_guest(env, function, slots);
  leave_inside(env, outer);
  return trap;
}

Trap enter(ExecEnv& env, const Function& function, Slot* slots) {
  ExecEnv* outer = thread_state.current;
  if (outer != nullptr && outer != &env) [[unlikely]] {
    return enter_from_other(env, *outer, function, slots);
  }
  return enter_guest(env, function, slots);
}

__attribute__((noinline)) Trap enter_carefully(ExecEnv& env, const Function& function,
                                               Slot* slots) {
  CarefulEntry entry(env, function);
  if (entry.refusal() != Trap::None) return refuse_call(env, entry.refusal());
  return enter(env, function, slots);
}

}  // namespace

Trap invoke(ExecEnv& env, const Function& function, Slot* slots) {
  if (env.instance->has_exception()) [[unlikely]]
    return Trap::HostException;
  if (!is_entry_plain(env)) [[unlikely]]
    return enter_carefully(env, function, slots);
  return enter(env, function, slots);
}

Trap refuse_call(ExecEnv& env, Trap trap) {
  Instance& instance = *env.instance;
  instance.set_exception(trap_text(trap), trap);
  if (instance.cold->trap != nullptr) {
    instance.cold->trap->code = trap;
    instance.cold->trap->frame_count = instance.cold->trap->frame_total = 0;
  }
  return trap;
}

Trap invoke_limited(ExecEnv& env, const Function& function, Slot* slots, const CallLimits& limits) {
  if (env.instance->has_exception()) return Trap::HostException;
  uint64_t old_deadline = env.cold->deadline;
  if (limits.deadline_ms > 0) {
    uint64_t deadline = deadline_in(static_cast<uint64_t>(limits.deadline_ms));
    if (old_deadline != 0 && old_deadline < deadline) deadline = old_deadline;
    if (!set_deadline(env, deadline)) return refuse_call(env, Trap::NoTimer);
  }
  StopWatch watch;
  if (limits.stop != nullptr) limits.stop->watch(watch, env);
  int64_t old_limit = env.fuel_limit;
  int64_t old_fuel = env.fuel;
  int64_t start = limits.fuel;
  if (start >= 0) {
    // Inside a metered call nothing can be won by asking for more.
    if (env.depth > 0 && old_limit >= 0 && old_fuel < start) start = old_fuel;
    env.fuel = env.fuel_limit = start;
  }

  bool stopped = limits.stop != nullptr && limits.stop->requested();
  Trap trap = stopped ? refuse_call(env, Trap::Terminated) : invoke(env, function, slots);

  if (start >= 0) {
    env.fuel_limit = old_limit;
    env.fuel = old_fuel - (start - env.fuel);
  }
  if (limits.stop != nullptr) limits.stop->unwatch(watch);
  // A deadline that nobody watches any more counts as passed: better early than never.
  if (limits.deadline_ms > 0 && !set_deadline(env, old_deadline)) expire(env);
  return trap;
}

Trap call_internal(Instance& instance, const Function& function, const Slot* args, uint32_t count,
                   Slot* result, const CallLimits* limits) {
  ExecEnv* env = internal_exec_env(instance);
  if (env == nullptr) {
    instance.set_exception("create singleton exec_env failed");
    return Trap::OutOfMemory;
  }
  // Without an exception, which would be the other thread's.
  if (is_used_elsewhere(*env)) return Trap::InvalidExecEnv;
  Slot* slots = call_slots(*env, function.type);
  if (slots == nullptr) return refuse_call(*env, Trap::StackOverflow);
  for (uint32_t i = 0; i < count; i++) slots[i] = args[i];
  Trap trap = limits == nullptr ? invoke(*env, function, slots)
                                : invoke_limited(*env, function, slots, *limits);
  if (trap == Trap::None && result != nullptr) *result = slots[0];
  return trap;
}

namespace {

__attribute__((noinline)) Trap host_trapped(ExecEnv& env, const Function& function, Trap trap) {
  env.cold->failed_host = &function;
  if (trap != Trap::None && trap != Trap::HostException) return trap;
  // Perhaps a nested call's trap, or a termination.
  Trap pending = function.instance->pending_trap();
  return pending == Trap::None ? Trap::HostException : pending;
}

}  // namespace

Trap op_call_host(ExecEnv& env, const Function& function, Slot* slots, Slot* top) {
  if (!native_stack_ok(env)) [[unlikely]]
    return Trap::NativeStackOverflow;
  Instance* caller = env.instance;
  Slot* old_top = env.top;
  Instance* owner = function.instance;
  env.top = top;
  env.instance = owner;
  env.host_function = &function;
  Trap trap = function.host->invoke(env, function, slots);
  env.host_function = nullptr;
  env.top = old_top;
  if (trap != Trap::None || owner->has_exception()) [[unlikely]] {
    env.instance = owner;
    return host_trapped(env, function, trap);
  }
  env.instance = caller;
  return Trap::None;
}

}  // namespace wembed
