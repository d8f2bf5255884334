// wembed.h: calls with slots and limits, and stop requests.
#include <cstddef>
#include <cstring>

#include "capi/call_scope.h"
#include "capi/handles.h"
#include "capi/refusal.h"
#include "runtime/funcref.h"
#include "runtime/waiting_call.h"

using namespace wembed;

namespace {

// What makes no sense about a call.
Refusal refuse_arguments(const TypeDef* type, const uint64_t* slots,
                         const wembed_call_options_t* options) {
  if (slots == nullptr && type->param_slots + type->result_slots > 0) {
    return refuse("the slots are NULL");
  }
  constexpr size_t kLeast = offsetof(wembed_call_options_t, is_apart);
  return options == nullptr ? Refusal()
                            : refuse_structure(options, "the options of the call", kLeast);
}

bool has_usable_arguments(const TypeDef* type, const uint64_t* slots,
                          const wembed_call_options_t* options) {
  return (slots != nullptr || type->param_slots + type->result_slots == 0) &&
         (options == nullptr || options->size == sizeof(*options));
}

// Of a value of 32 bits nothing else is read: who has just written that half alone, as JavaScript
// does, would have to wait for the store otherwise.
inline void take_params(const TypeDef& type, const uint64_t* slots, Slot* place) {
  if (type.params_narrow) {
    for (uint32_t i = 0; i < type.param_count; i++) place[i] = static_cast<uint32_t>(slots[i]);
  } else {
    for (uint32_t i = 0; i < type.param_slots; i++) place[i] = slots[i];
  }
}

CallLimits limits_of(const wembed_call_options_t& options) {
  return {options.deadline_ms, options.fuel, unwrap(options.stop)};
}

bool is_apart(const wembed_call_options_t* options) {
  constexpr size_t kEnd = offsetof(wembed_call_options_t, is_apart) + sizeof(bool);
  return options != nullptr && options->size >= kEnd && options->is_apart;
}

__attribute__((always_inline)) inline wembed_call_state_t report(const ExecEnv& env,
                                                                 CallState state,
                                                                 wembed_host_call_t* host_call) {
  if (state == CallState::Waiting) {
    const Function* function = env.host_function.load(std::memory_order_relaxed);
    host_call->function = wrap_function(function);
    host_call->data = function->host->attachment;
    host_call->slots = env.host_slots;
  }
  return static_cast<wembed_call_state_t>(state);
}

// The usual call: the thread's outermost, without limits. It ends, as a rule, and is no
// ResumableCall until it is left.
inline wembed_call_state_t start_alone(ExecEnv& env, const Function& function, Slot* place,
                                       uint64_t* slots, wembed_host_call_t* host_call) {
  begin_alone(env, function, EntryKind::Leavable);
  const Trap trap = run_function(env, function, place, thread_state.limit);
  if (trap == Trap::Suspended) {
    leave_call(env, function, place);
    return report(env, CallState::Waiting, host_call);
  }
  if (trap != Trap::None) [[unlikely]]
    record_trap(env, trap, *env.cold->alone.instance);
  end_alone(env);
  if (trap != Trap::None || env.instance->has_exception()) [[unlikely]]
    return WEMBED_CALL_FAILED;
  give_results(*function.type, place, slots);
  return WEMBED_CALL_DONE;
}

Refusal refuse_place(const wembed_host_call_t* host_call) {
  return host_call == nullptr ? refuse("host_call is NULL")
                              : refuse_structure(host_call, "host_call");
}

bool is_usable(const wembed_host_call_t* host_call) {
  return host_call != nullptr && host_call->size == sizeof(*host_call);
}

}  // namespace

WEMBED_API bool wembed_call(wasm_exec_env_t exec_env, wasm_function_inst_t function_inst,
                            uint64_t* slots, const wembed_call_options_t* options) {
  ExecEnv* env = unwrap(exec_env);
  const Function* function = unwrap_function(function_inst);
  if (function == nullptr && env != nullptr && env->instance != nullptr) [[unlikely]] {
    if (!env->instance->has_exception()) env->instance->set_exception("the function is NULL");
    return false;
  }
  Slot* place = begin_call(env, function);
  if (place == nullptr) return false;
  const TypeDef* type = function->type;
  if (!has_usable_arguments(type, slots, options)) [[unlikely]] {
    if (Refusal refusal = refuse_arguments(type, slots, options)) {
      env->instance->set_exception(refusal.text);
      return false;
    }
  }
  take_params(*type, slots, place);
  if (Trap trap = adopt_params(*env->instance, *type, place); trap != Trap::None) [[unlikely]] {
    refuse_call(*env, trap);
    return false;
  }
  Trap trap;
  if (options == nullptr) {
    trap = invoke_begun(*env, *function, place);
  } else {
    trap = invoke_limited(*env, *function, place, limits_of(*options));
  }
  if (trap != Trap::None) return false;
  give_results(*type, place, slots);
  return !env->instance->has_exception();
}

WEMBED_API wembed_call_state_t wembed_call_start(wasm_exec_env_t exec_env,
                                                 wasm_function_inst_t function_inst,
                                                 uint64_t* slots,
                                                 const wembed_call_options_t* options,
                                                 wembed_host_call_t* host_call) {
  ExecEnv* env = unwrap(exec_env);
  const Function* function = unwrap_function(function_inst);
  if (!is_call_plain(env, function) && begin_call_slowly(env, function) == nullptr) [[unlikely]] {
    return WEMBED_CALL_FAILED;
  }
  const TypeDef* type = function->type;
  if (!has_usable_arguments(type, slots, options) || !is_usable(host_call)) [[unlikely]] {
    Refusal refusal = refuse_arguments(type, slots, options);
    if (!refusal) refusal = refuse_place(host_call);
    if (refusal) {
      env->instance->set_exception(refusal.text);
      return WEMBED_CALL_FAILED;
    }
  }
  Slot* place = resumable_slots(*env, *type);
  if (place == nullptr) {
    refuse_call(*env, Trap::StackOverflow);
    return WEMBED_CALL_FAILED;
  }
  take_params(*type, slots, place);
  if (Trap trap = adopt_params(*env->instance, *type, place); trap != Trap::None) [[unlikely]] {
    refuse_call(*env, trap);
    return WEMBED_CALL_FAILED;
  }
  if (options == nullptr && is_entry_plain(*env) && is_outermost(*env)) [[likely]] {
    return start_alone(*env, *function, place, slots, host_call);
  }
  if (options == nullptr) {
    return report(*env, start_call(*env, *function, place, slots, nullptr, false), host_call);
  }
  const CallLimits limits = limits_of(*options);
  return report(*env, start_call(*env, *function, place, slots, &limits, is_apart(options)),
                host_call);
}

WEMBED_API wembed_call_state_t wembed_call_resume(wasm_exec_env_t exec_env, bool succeeded,
                                                  uint64_t* slots, wembed_host_call_t* host_call) {
  if (exec_env == nullptr || (!is_usable(host_call) && refuse_place(host_call))) {
    return WEMBED_CALL_REFUSED;
  }
  ExecEnv& env = *unwrap(exec_env);
  return report(env, resume_call(env, succeeded, slots), host_call);
}

WEMBED_API wembed_stop_t wembed_stop_new(wembed_runtime_t runtime) {
  Runtime* target = runtime_of(unwrap(runtime));
  return target == nullptr ? nullptr : wrap(Stop::create(*target));
}

WEMBED_API void wembed_stop_request(wembed_stop_t stop) {
  if (stop != nullptr) unwrap(stop)->request();
}

WEMBED_API void wembed_stop_clear(wembed_stop_t stop) {
  if (stop != nullptr) unwrap(stop)->clear();
}

WEMBED_API void wembed_stop_delete(wembed_stop_t stop) {
  if (stop != nullptr) unwrap(stop)->destroy();
}
