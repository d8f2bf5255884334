#include "runtime/resumable_call.h"

#include <new>
#include <utility>

#include "runtime/entry.h"
#include "runtime/funcref.h"
#include "runtime/trap_record.h"

namespace wembed {

// At the top of the wasm stack when it began, which is therefore its own address. What it does not
// need stays unwritten.
struct ResumableCall {
  ResumableCall() {}
  ~ResumableCall() {}

  Entry entry;  // the first member: found through ExecEnv::Cold::entries
  const Function* function;
  Slot* slots;
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
};

namespace {

static_assert(sizeof(ResumableCall) <= kResumableSlots * sizeof(Slot));

// Null: the innermost entry is of another kind.
ResumableCall* innermost(const ExecEnv& env) {
  Entry* entry = env.cold->entries;
  return entry != nullptr && entry->kind == EntryKind::Resumable
             ? reinterpret_cast<ResumableCall*>(entry)
             : nullptr;
}

Trap invoke_deferred(ExecEnv& env, const Function& function, Slot* slots) {
  ExecEnv::Cold& cold = *env.cold;
  if (cold.entries != nullptr && cold.entries->kind != EntryKind::Plain &&
      cold.runtime->engine().resume != nullptr) [[likely]] {
    cold.host_slots = slots;
    return Trap::Suspended;
  }
  if (function.host->target != nullptr) return invoke_callback(env, function, slots);
  function.instance->set_exception("a deferred host function needs a call that can wait for it");
  return Trap::HostException;
}

// The call has come back to its caller.
inline CallProgress settle(ExecEnv& env, ResumableCall& call, Trap trap) {
  if (trap == Trap::Suspended) {
    call.is_waiting = true;
    call.host_slots = env.cold->host_slots;
    if (call.is_apart) {
      thread_state.current = call.entry.outer;
    } else {
      call.below = thread_state.waiting;
      thread_state.waiting = &call;
    }
    return {CallState::Waiting, call.host_slots, env.host_function.load(std::memory_order_relaxed)};
  }
  if (trap != Trap::None) [[unlikely]]
    record_trap(env, trap, *call.entry.instance);
  end_entry(env, call.entry);
  env.top = call.top();
  if (call.is_nested) [[unlikely]]
    call.nesting.end(env);
  if (call.is_limited) [[unlikely]]
    call.limits.end(env);
  bool good = trap == Trap::None && !env.instance->has_exception();
  return {good ? CallState::Done : CallState::Failed, call.slots, call.function};
}

// Runs guest code from here, when nothing stands against it.
template <class Run> __attribute__((always_inline)) inline Trap entered(ExecEnv& env,
                                                                        const Function& function,
                                                                        Run run) {
  if (is_entry_plain(env)) [[likely]]
    return run();
  CarefulEntry entry(env, function);
  return entry.refusal() == Trap::None ? run() : entry.refusal();
}

// What op_call_host() does behind a host function.
inline Trap leave_host(ExecEnv& env, ResumableCall& call, bool succeeded) {
  const Function& host = *env.host_function.load(std::memory_order_relaxed);
  Instance& owner = *host.instance;
  Trap adopted = succeeded ? adopt_results(owner, *host.type, call.host_slots) : Trap::None;
  leave_host_function(env);
  env.top = call.top();
  if (!succeeded) [[unlikely]] {
    if (!owner.has_exception()) owner.set_exception("host function failed");
    return host_trapped(env, host, Trap::HostException);
  }
  if (adopted != Trap::None) [[unlikely]]
    return host_trapped(env, host, adopted);
  return owner.has_exception() ? host_trapped(env, host, Trap::None) : Trap::None;
}

// Whether nothing runs on this thread that the call is not inside of: it was left last, or
// forgotten by what it was in.
bool may_go_on(const ExecEnv& env) {
  const ExecEnv* current = thread_state.current;
  if (current == nullptr || current == &env) return true;
  const ResumableCall* call = innermost(*current);
  return call != nullptr && call->is_waiting;
}

__attribute__((always_inline)) inline CallProgress go_on(ExecEnv& env, ResumableCall& call,
                                                         bool succeeded) {
  call.is_waiting = false;
  env.thread.store(&thread_state, std::memory_order_relaxed);
  // Other than at the time when it was left, for one that is apart or was forgotten.
  if (thread_state.current != &env) call.entry.outer = std::exchange(thread_state.current, &env);
  Trap trap = leave_host(env, call, succeeded);
  bool goes_on = trap == Trap::None || trap == Trap::Exception;
  if (goes_on && env.fp != nullptr) {
    env.instance = reinterpret_cast<Instance*>(env.fp[kLinkInstance]);
    trap = entered(env, *call.function, [&] {
      env.native_floor = native_floor(env);  // perhaps another thread's
      return env.cold->runtime->engine().resume(env);
    });
  }
  return settle(env, call, trap);
}

}  // namespace

Unleavable::Unleavable(ExecEnv& env)
    : entry_(*env.cold->entries),
      kind_(static_cast<uint8_t>(std::exchange(entry_.kind, EntryKind::Plain))) {}

Unleavable::~Unleavable() { entry_.kind = static_cast<EntryKind>(kind_); }

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

}  // namespace

CallProgress start_call(ExecEnv& env, const Function& function, Slot* slots,
                        const CallLimits* limits, bool is_apart) {
  const CallProgress failed = {CallState::Failed};
  if (env.instance->has_exception()) return failed;
  if (is_apart && env.depth > 0) {
    const ResumableCall* below = innermost(env);
    if (below == nullptr || !below->is_apart) return {CallState::Refused};
  }
  auto& call = *::new (slots - kResumableSlots) ResumableCall;
  call.is_limited = limits != nullptr;
  if (call.is_limited) [[unlikely]] {
    if (Trap reason = begin_limits(env, call, *limits); reason != Trap::None) {
      refuse_call(env, reason);
      return failed;
    }
  }
  call.function = &function;
  call.slots = slots;
  call.is_apart = is_apart;
  call.is_waiting = call.is_nested = false;
  ExecEnv* outer = thread_state.current;
  if (outer != nullptr && outer != &env && !is_apart) {
    call.is_nested = true;
    ::new (&call.nesting) Nesting;
    call.nesting.begin(env, *outer);
  }
  begin_entry(env, call.entry, function, EntryKind::Resumable);
  Trap trap = entered(env, function, [&] { return run_function(env, function, slots, false); });
  return settle(env, call, trap);
}

CallProgress leave_call(ExecEnv& env, const Function& function, Slot* slots) {
  auto& call = *::new (slots - kResumableSlots) ResumableCall;
  const Function* host = env.host_function.load(std::memory_order_relaxed);
  leave_host_function(env);  // while the entry moves
  call.entry = env.cold->alone;
  call.entry.kind = EntryKind::Resumable;
  env.cold->entries = &call.entry;
  env.host_function.store(host, std::memory_order_release);
  call.function = &function;
  call.slots = slots;
  call.is_apart = call.is_limited = call.is_nested = false;
  return settle(env, call, Trap::Suspended);
}

CallProgress resume_call(ExecEnv& env, bool succeeded) {
  ResumableCall* call = innermost(env);
  if (call == nullptr || !call->is_waiting) return {CallState::Refused};
  // What is not apart belongs to this thread, and was left last.
  if (!call->is_apart) {
    if (thread_state.waiting != call || !may_go_on(env)) return {CallState::Refused};
    thread_state.waiting = call->below;
  }
  return go_on(env, *call, succeeded);
}

void end_waiting_calls(ExecEnv& env, const Slot* top) {
  while (env.top != top) {
    ResumableCall* call = innermost(env);
    if (call == nullptr || !call->is_waiting) return;
    ResumableCall** link = &thread_state.waiting;
    while (*link != nullptr && *link != call) link = &(*link)->below;
    if (*link != nullptr) *link = call->below;
    go_on(env, *call, false);
  }
}

}  // namespace wembed
