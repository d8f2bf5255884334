// wembed.h: functions of the host as references.
#include "capi/handles.h"
#include "capi/kind_list.h"
#include "isa/limits.h"
#include "runtime/host_reference.h"
#include "runtime/instance.h"
#include "runtime/resumable_call.h"

using namespace wembed;

namespace {

struct Keep {
  bool (*keep)(void* context, wasm_function_inst_t function, void* data);
  void* context;
};

bool is_kept(void* context, const Function& function) {
  const auto& asked = *static_cast<const Keep*>(context);
  return asked.keep != nullptr &&
         asked.keep(asked.context, wrap_function(&function), function.host->attachment);
}

}  // namespace

WEMBED_API wasm_function_inst_t wembed_function_new(wasm_module_inst_t instance,
                                                    const wembed_host_function_t* what) {
  static_assert(kMaxParams == kMaxResults);
  if (instance == nullptr || what == nullptr || what->size < sizeof(*what)) return nullptr;
  if (what->callback == nullptr && !what->is_deferred) return nullptr;
  KindList params;
  KindList results;
  if (!params.read(what->params, what->param_count) ||
      !results.read(what->results, what->result_count)) {
    return nullptr;
  }
  SlotCallback callback = unwrap_callback(what->callback);
  HostFunction host = what->is_deferred ? deferred_function(callback, what->data)
                                        : slot_callback(callback, what->data);
  return wrap_function(
      make_host_reference(*unwrap(instance), params.types(), results.types(), host));
}

WEMBED_API int64_t wembed_functions_sweep(wasm_module_inst_t instance,
                                          bool (*keep)(void* context, wasm_function_inst_t function,
                                                       void* data),
                                          void* context) {
  if (instance == nullptr) return -1;
  Keep asked = {keep, context};
  return sweep_host_references(*unwrap(instance), is_kept, &asked);
}
