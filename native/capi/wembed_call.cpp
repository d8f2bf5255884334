// wembed.h: calls with slots and limits, and stop requests.
#include <cstring>

#include "capi/call_scope.h"
#include "capi/handles.h"
#include "capi/refusal.h"
#include "runtime/funcref.h"

using namespace wembed;

namespace {

// What makes no sense about a call.
Refusal refuse_arguments(const TypeDef* type, const uint64_t* slots,
                         const wembed_call_options_t* options) {
  if (slots == nullptr && type->param_slots + type->result_slots > 0) {
    return refuse("the slots are NULL");
  }
  return options == nullptr ? Refusal() : refuse_structure(options, "the options of the call");
}

bool has_usable_arguments(const TypeDef* type, const uint64_t* slots,
                          const wembed_call_options_t* options) {
  return (slots != nullptr || type->param_slots + type->result_slots == 0) &&
         (options == nullptr || options->size == sizeof(*options));
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
  for (uint32_t i = 0; i < type->param_slots; i++) place[i] = slots[i];
  if (!adopt_references(*env->instance, type->params(), place)) {
    refuse_call(*env, Trap::OutOfMemory);
    return false;
  }
  Trap trap;
  if (options == nullptr) {
    trap = invoke(*env, *function, place);
  } else {
    CallLimits limits = {options->deadline_ms, options->fuel, unwrap(options->stop)};
    trap = invoke_limited(*env, *function, place, limits);
  }
  if (trap != Trap::None) return false;
  for (uint32_t i = 0; i < type->result_slots; i++) slots[i] = place[i];
  return !env->instance->has_exception();
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
