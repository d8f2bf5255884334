// wasm_export.h: the pending exception of an instance.
#include "capi/cluster.h"
#include "capi/handles.h"
#include "runtime/interrupt.h"

using namespace wembed;

const char* wasm_runtime_get_exception(wasm_module_inst_t module_inst) {
  if (module_inst == nullptr || !unwrap(module_inst)->has_exception()) return nullptr;
  return unwrap(module_inst)->exception_text();
}

void wasm_runtime_set_exception(wasm_module_inst_t module_inst, const char* exception) {
  if (module_inst == nullptr) return;
  unwrap(module_inst)->set_exception(exception);
  spread_exception(*unwrap(module_inst));
}

void wasm_runtime_clear_exception(wasm_module_inst_t module_inst) {
  wasm_runtime_set_exception(module_inst, nullptr);
}

void wasm_runtime_terminate(wasm_module_inst_t module_inst) {
  if (module_inst != nullptr) terminate_with_cluster(*unwrap(module_inst));
}
