// wasm_export.h: the pending exception of an instance.
#include "capi/handles.h"
#include "runtime/interrupt.h"

using namespace wembed;

const char* wasm_runtime_get_exception(wasm_module_inst_t module_inst) {
  if (module_inst == nullptr || !unwrap(module_inst)->has_exception()) return nullptr;
  return unwrap(module_inst)->exception_text();
}

void wasm_runtime_set_exception(wasm_module_inst_t module_inst, const char* exception) {
  if (module_inst != nullptr) unwrap(module_inst)->set_exception(exception);
}

void wasm_runtime_clear_exception(wasm_module_inst_t module_inst) {
  if (module_inst != nullptr) unwrap(module_inst)->set_exception(nullptr);
}

void wasm_runtime_terminate(wasm_module_inst_t module_inst) {
  if (module_inst != nullptr) terminate(*unwrap(module_inst));
}
