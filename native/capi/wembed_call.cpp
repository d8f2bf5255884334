// wembed.h: calls with slots and limits, and stop requests.
#include <cstring>

#include "capi/call_scope.h"
#include "capi/handles.h"
#include "capi/structure.h"
#include "runtime/funcref.h"

using namespace wembed;

namespace {

// Null, or what makes no sense about a call.
const char* refuse_arguments(const TypeDef* type, const uint64_t* slots,
                             const wembed_call_options_t* options) {
  if (slots == nullptr && type->param_slots + type->result_slots > 0) return "no slots";
  if (options != nullptr && options->size != sizeof(*options) && !is_understood(options)) {
    return "the options of the call are not usable";
  }
  return nullptr;
}

}  // namespace

WEMBED_API bool wembed_call(wasm_exec_env_t exec_env, wasm_function_inst_t function_inst,
                            uint64_t* slots, const wembed_call_options_t* options) {
  ExecEnv* env = unwrap(exec_env);
  const Function* function = unwrap_function(function_inst);
  Slot* place = begin_call(env, function, true);
  if (place == nullptr) return false;
  const TypeDef* type = function->type;
  if (const char* reason = refuse_arguments(type, slots, options); reason != nullptr) [[unlikely]] {
    env->instance->set_exception(reason);
    return false;
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
