#include "runtime/resumable_call.h"

#include <new>
#include <utility>

#include "runtime/trap_record.h"
#include "runtime/waiting_call.h"

namespace wembed {

CallState end_call(ExecEnv& env, ResumableCall& call, Trap trap, Slot* results) {
  if (trap != Trap::None) [[unlikely]]
    record_trap(env, trap, *call.entry.instance);
  end_entry(env, call.entry);
  env.top = call.top();
  if (call.is_nested) [[unlikely]]
    call.nesting.end(env);
  if (call.is_limited) [[unlikely]]
    call.limits.end(env);
  if (trap != Trap::None || env.instance->has_exception()) return CallState::Failed;
  if (results != nullptr) give_results(*call.function->type, call.slots(), results);
  return CallState::Done;
}

Trap go_on_carefully(ExecEnv& env, const Function& function, Trap trap) {
  CarefulEntry entry(env, function);
  if (entry.refusal() != Trap::None) return entry.refusal();
  env.native_floor = native_floor(env);
  return env.cold->runtime->engine().resume(env, trap);
}

namespace {

// Whether nothing runs on this thread that the call is not inside of: it was left last, or
// forgotten by what it was in.
bool may_go_on(const ExecEnv& env) {
  const ExecEnv* current = thread_state.current;
  if (current == nullptr || current == &env) return true;
  const ResumableCall* call = innermost_call(*current);
  return call != nullptr && call->is_waiting;
}

}  // namespace

ResumableCall* find_waiting(ExecEnv& env) {
  ResumableCall* call = innermost_call(env);
  if (call == nullptr || !call->is_waiting) return nullptr;
  // What is not apart belongs to this thread, and was left last.
  if (!call->is_apart) {
    if (thread_state.waiting != call || !may_go_on(env)) return nullptr;
    thread_state.waiting = call->below;
  }
  come_into(env, *call);
  return call;
}

Unleavable::Unleavable(ExecEnv& env)
    : entry_(*env.cold->entries),
      kind_(static_cast<uint8_t>(std::exchange(entry_.kind, EntryKind::Plain))) {}

Unleavable::~Unleavable() { entry_.kind = static_cast<EntryKind>(kind_); }

Trap invoke_deferred(ExecEnv& env, const Function& function, Slot* slots) {
  if (function.host->target != nullptr) return invoke_callback(env, function, slots);
  function.instance->set_exception("a deferred host function needs a call that can wait for it");
  return Trap::HostException;
}

HostFunction deferred_function(SlotCallback callback, void* data) {
  return {&invoke_deferred, reinterpret_cast<void*>(callback), data, {}};
}

namespace {

// None, or why the call cannot be made with its limits: then there is nothing to end.
Trap begin_limits(ExecEnv& env, ResumableCall& call, const CallLimits& limits) {
  ::new (&call.limits) LimitsInForce;
  Trap reason = call.limits.begin(env, limits);
  if (reason != Trap::None || !call.limits.stopped()) return reason;
  call.limits.end(env);
  return Trap::Terminated;
}

// Runs the function from here, when nothing stands against it.
Trap run_entered(ExecEnv& env, const Function& function, Slot* slots) {
  if (is_entry_plain(env)) return run_function(env, function, slots, thread_state.limit);
  CarefulEntry entry(env, function);
  return entry.refusal() == Trap::None ? run_function(env, function, slots, native_floor(env))
                                       : entry.refusal();
}

}  // namespace

CallState start_call(ExecEnv& env, const Function& function, Slot* slots, Slot* results,
                     const CallLimits* limits, bool is_apart) {
  if (env.instance->has_exception()) return CallState::Failed;
  if (is_apart && env.depth > 0) {
    const ResumableCall* below = innermost_call(env);
    if (below == nullptr || !below->is_apart) return CallState::Refused;
  }
  auto& call = *::new (slots - kResumableSlots) ResumableCall;
  call.is_limited = limits != nullptr;
  if (call.is_limited) [[unlikely]] {
    if (Trap reason = begin_limits(env, call, *limits); reason != Trap::None) {
      refuse_call(env, reason);
      return CallState::Failed;
    }
  }
  call.function = &function;
  call.is_apart = is_apart;
  call.is_waiting = call.is_nested = false;
  ExecEnv* outer = thread_state.current;
  if (outer != nullptr && outer != &env && !is_apart) {
    call.is_nested = true;
    ::new (&call.nesting) Nesting;
    call.nesting.begin(env, *outer);
  }
  begin_entry(env, call.entry, function, EntryKind::Resumable);
  return settle(env, call, run_entered(env, function, slots), results);
}

void leave_call(ExecEnv& env, const Function& function, Slot* slots) {
  auto& call = *::new (slots - kResumableSlots) ResumableCall;
  const Function* host = env.host_function.load(std::memory_order_relaxed);
  leave_host_function(env);  // while the entry moves
  call.entry = env.cold->alone;
  call.entry.kind = EntryKind::Resumable;
  env.cold->entries = &call.entry;
  env.host_function.store(host, std::memory_order_release);
  call.function = &function;
  call.is_apart = call.is_limited = call.is_nested = false;
  begin_waiting(env, call);
}

void end_waiting_calls(ExecEnv& env, const Slot* top) {
  while (env.top != top) {
    ResumableCall* call = innermost_call(env);
    if (call == nullptr || !call->is_waiting) return;
    ResumableCall** link = &thread_state.waiting;
    while (*link != nullptr && *link != call) link = &(*link)->below;
    if (*link != nullptr) *link = call->below;
    come_into(env, *call);
    go_on(env, *call, false, nullptr);
  }
}

}  // namespace wembed
