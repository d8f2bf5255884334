// Entering the guest and coming back: nesting, limits, native stack, recording of traps.
#include "runtime/call.h"

#include "runtime/entry.h"
#include "runtime/exception.h"
#include "runtime/funcref.h"
#include "runtime/host_function.h"
#include "runtime/operations.h"
#include "runtime/resumable_call.h"

namespace wembed {

namespace {

Trap enter_nested(ExecEnv& env, const Function& function, Slot* slots) {
  ExecEnv* outer = thread_state.current;
  if (outer == nullptr || outer == &env) return enter_guest(env, function, slots);
  Nesting nesting;
  nesting.begin(env, *outer);
  Trap trap = enter_guest(env, function, slots);
  nesting.end(env);
  return trap;
}

}  // namespace

Trap enter_carefully(ExecEnv& env, const Function& function, Slot* slots) {
  if (is_entry_plain(env)) return enter_nested(env, function, slots);
  CarefulEntry entry(env, function);
  if (entry.refusal() != Trap::None) return refuse_call(env, entry.refusal());
  return enter_nested(env, function, slots);
}

Trap invoke(ExecEnv& env, const Function& function, Slot* slots) {
  return env.instance->has_exception() ? Trap::HostException : invoke_begun(env, function, slots);
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
  LimitsInForce in_force;
  Trap trap = in_force.begin(env, limits);
  if (trap != Trap::None) return refuse_call(env, trap);
  trap = in_force.stopped() ? refuse_call(env, Trap::Terminated) : invoke(env, function, slots);
  in_force.end(env);
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

// A host function has trapped or left calls waiting, or something is asked of the thread.
__attribute__((noinline)) Trap left_host(ExecEnv& env, const Function& function, Trap trap,
                                         Slot* top, Slot* old_top) {
  if (env.top != top) end_waiting_calls(env, top);
  leave_host_function(env);
  env.top = old_top;
  return trap == Trap::None && !function.instance->has_exception()
             ? Trap::None
             : host_trapped(env, function, trap);
}

}  // namespace

namespace {

// What is pending was thrown by the host function, or by what it called, and not cleared.
Trap go_on_throwing(ExecEnv& env, Instance& owner) {
  Exception* exception = take_pending_exception(owner);
  if (exception == nullptr || !adopt_exception(owner, *exception)) {
    if (exception != nullptr) exception->release();
    return Trap::OutOfMemory;
  }
  return set_thrown(env, exception) ? Trap::Exception : Trap::OutOfMemory;
}

}  // namespace

Trap host_trapped(ExecEnv& env, const Function& function, Trap trap) {
  env.instance = function.instance;
  env.cold->failed_host = &function;
  if (trap != Trap::None && trap != Trap::HostException) return trap;
  // Perhaps a nested call's trap, or a termination.
  Trap pending = function.instance->pending_trap();
  if (pending == Trap::Exception) return go_on_throwing(env, *function.instance);
  return pending == Trap::None ? Trap::HostException : pending;
}

namespace {

// Whether the innermost entry's caller can run a deferred host function.
inline bool can_be_left(const ExecEnv::Cold& cold) {
  return cold.entries != nullptr && cold.entries->kind != EntryKind::Plain &&
         cold.runtime->engine().resume != nullptr;
}

__attribute__((noinline)) Trap run_host(ExecEnv& env, const Function& function, Slot* slots,
                                        Slot* top) {
  if (!native_stack_ok(env)) [[unlikely]]
    return Trap::NativeStackOverflow;
  Instance* caller = env.instance;
  Slot* old_top = env.top;
  Instance* owner = function.instance;
  env.top = top;
  env.instance = owner;
  env.host_function.store(&function, std::memory_order_release);
  Trap trap = function.host->invoke(env, function, slots);
  // What it has left waiting is shown as current, and ended first.
  bool is_usual = env.top == top;
  if (is_usual) [[likely]] {
    env.host_function.store(nullptr, std::memory_order_relaxed);
    // Behind the store, see collection.h. All that is out of the ordinary in one test.
    uint32_t requests = env.interrupt.load(std::memory_order_relaxed);
    is_usual = (static_cast<uint32_t>(trap) | requests | owner->exception_mark()) == 0;
  }
  if (!is_usual) [[unlikely]] {
    trap = left_host(env, function, trap, top, old_top);
    if (trap == Trap::None) env.instance = caller;
    return trap;
  }
  env.top = old_top;
  env.instance = caller;
  return Trap::None;
}

}  // namespace

Trap op_call_host(ExecEnv& env, const Function& function, Slot* slots, Slot* top) {
  if (function.host->invoke != &invoke_deferred || !can_be_left(*env.cold)) {
    return run_host(env, function, slots, top);
  }
  // As if it ran: frames lie still.
  env.top = top;
  env.instance = function.instance;
  env.host_slots = slots;
  env.host_function.store(&function, std::memory_order_release);
  return Trap::Suspended;
}

}  // namespace wembed
