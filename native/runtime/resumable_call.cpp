#include "runtime/resumable_call.h"

#include <new>
#include <utility>

#include "runtime/entry.h"
#include "runtime/funcref.h"
#include "runtime/trap_record.h"

namespace wembed {

struct ResumableCall {
  Entry entry;  // the first member: found through ExecEnv::Cold::entries
  LimitsInForce limits;
  Nesting nesting;
  const Function* function = nullptr;
  Slot* slots = nullptr;
  Slot* host_slots = nullptr;      // arguments of the host function it waits for
  ResumableCall* below = nullptr;  // waiting on the same thread, see ThreadState
  bool is_apart = false;
  bool is_waiting = false;
};

namespace {

constexpr uint32_t kCallSlots = sizeof(ResumableCall) / sizeof(Slot);
static_assert(sizeof(ResumableCall) % sizeof(Slot) == 0);

// Null: the innermost entry is of another kind.
ResumableCall* innermost(const ExecEnv& env) {
  Entry* entry = env.cold->entries;
  return entry != nullptr && entry->is_resumable ? reinterpret_cast<ResumableCall*>(entry)
                                                 : nullptr;
}

Trap invoke_deferred(ExecEnv& env, const Function& function, Slot* slots) {
  if (ResumableCall* call = innermost(env); call != nullptr) {
    call->host_slots = slots;
    return Trap::Suspended;
  }
  if (function.host->target != nullptr) return invoke_callback(env, function, slots);
  function.instance->set_exception("a deferred host function needs a call that can wait for it");
  return Trap::HostException;
}

// The call has come back to its caller.
CallProgress settle(ExecEnv& env, ResumableCall& call, Trap trap) {
  if (trap == Trap::Suspended) {
    call.is_waiting = true;
    if (call.is_apart) {
      thread_state.current = call.entry.outer;
    } else {
      call.below = thread_state.waiting;
      thread_state.waiting = &call;
    }
    return {CallState::Waiting, call.host_slots, env.host_function};
  }
  if (trap != Trap::None) record_trap(env, trap, *call.entry.instance);
  end_entry(env, call.entry);
  call.nesting.end(env);
  call.limits.end(env);
  bool good = trap == Trap::None && !env.instance->has_exception();
  return {good ? CallState::Done : CallState::Failed, call.slots, call.function};
}

// Runs guest code from here, when nothing stands against it.
template <class Run> Trap entered(ExecEnv& env, const Function& function, Run run) {
  if (is_entry_plain(env)) [[likely]]
    return run();
  CarefulEntry entry(env, function);
  return entry.refusal() == Trap::None ? run() : entry.refusal();
}

// What op_call_host() does behind a host function.
Trap leave_host(ExecEnv& env, const ResumableCall& call, bool succeeded) {
  const Function& host = *env.host_function;
  Instance& owner = *host.instance;
  env.host_function = nullptr;
  env.top = call.entry.top;
  Trap trap = Trap::None;
  if (!succeeded) {
    if (!owner.has_exception()) owner.set_exception("host function failed");
    trap = Trap::HostException;
  } else if (!adopt_references(owner, host.type->results(), call.host_slots)) {
    trap = Trap::OutOfMemory;
  }
  if (trap != Trap::None || owner.has_exception()) return host_trapped(env, host, trap);
  return Trap::None;
}

// Whether nothing runs on this thread that the call is not inside of: it was left last, or
// forgotten by what it was in.
bool may_go_on(const ExecEnv& env) {
  const ExecEnv* current = thread_state.current;
  if (current == nullptr || current == &env) return true;
  const ResumableCall* call = innermost(*current);
  return call != nullptr && call->is_waiting;
}

CallProgress go_on(ExecEnv& env, ResumableCall& call, bool succeeded) {
  call.is_waiting = false;
  env.thread.store(&thread_state, std::memory_order_relaxed);
  // Other than at the time when it was left, for one that is apart or was forgotten.
  if (thread_state.current != &env) call.entry.outer = std::exchange(thread_state.current, &env);
  Trap trap = leave_host(env, call, succeeded);
  if (trap == Trap::None && env.fp != nullptr) {
    env.instance = reinterpret_cast<Instance*>(env.fp[kLinkInstance]);
    trap = entered(env, *call.function, [&] { return env.cold->runtime->engine().resume(env); });
  }
  return settle(env, call, trap);
}

}  // namespace

HostFunction deferred_function(SlotCallback callback, void* data) {
  return {&invoke_deferred, reinterpret_cast<void*>(callback), data, nullptr};
}

Slot* resumable_slots(const ExecEnv& env, const TypeDef* type) {
  uint64_t needed = type->param_slots > type->result_slots ? type->param_slots : type->result_slots;
  return static_cast<uint64_t>(env.stack_end - env.top) < needed + kCallSlots
             ? nullptr
             : env.top + kCallSlots;
}

CallProgress start_call(ExecEnv& env, const Function& function, Slot* slots,
                        const CallLimits& limits, bool is_apart) {
  const CallProgress failed = {CallState::Failed};
  if (env.instance->has_exception()) return failed;
  if (is_apart && env.depth > 0) {
    const ResumableCall* below = innermost(env);
    if (below == nullptr || !below->is_apart) return {CallState::Refused};
  }
  auto& call = *::new (slots - kCallSlots) ResumableCall;
  if (Trap reason = call.limits.begin(env, limits); reason != Trap::None) {
    refuse_call(env, reason);
    return failed;
  }
  if (call.limits.stopped()) {
    refuse_call(env, Trap::Terminated);
    call.limits.end(env);
    return failed;
  }
  call.function = &function;
  call.slots = slots;
  call.is_apart = is_apart;
  ExecEnv* outer = thread_state.current;
  if (!is_apart && outer != nullptr && outer != &env) call.nesting.begin(env, *outer);
  begin_entry(env, call.entry, function, env.cold->runtime->engine().resume != nullptr);
  Trap trap = entered(env, function, [&] { return run_function(env, function, slots); });
  return settle(env, call, trap);
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
