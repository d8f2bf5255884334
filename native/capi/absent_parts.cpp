// wasm_export.h: functions of parts of WAMR that this library does not have. They answer as a WAMR
// does that was built without, or, where such a one has no such function, as where there is
// nothing.
#include "capi/handles.h"

using namespace wembed;

// No module is compiled ahead of time.
bool wasm_runtime_is_xip_file(const uint8_t*, uint32_t) { return false; }

// No debugger listens at any port.
uint32_t wasm_runtime_start_debug_instance_with_port(wasm_exec_env_t, int32_t) { return 0; }
uint32_t wasm_runtime_start_debug_instance(wasm_exec_env_t) { return 0; }

// No profile guides a compiler.
uint32_t wasm_runtime_get_pgo_prof_data_size(wasm_module_inst_t) { return 0; }
uint32_t wasm_runtime_dump_pgo_prof_data_to_buf(wasm_module_inst_t, char*, uint32_t) { return 0; }

// A compiler's question, which WAMR's library answers too.
extern "C" WEMBED_API uint32_t aot_get_plt_table_size() { return 0; }

// There are no shared heaps yet: none can be made, so that none is ever given to the rest.
wasm_shared_heap_t wasm_runtime_create_shared_heap(SharedHeapInitArgs*) {
  log_message(default_log(), LogLevel::Warning, "shared heaps are not supported");
  return nullptr;
}
wasm_shared_heap_t wasm_runtime_chain_shared_heaps(wasm_shared_heap_t, wasm_shared_heap_t) {
  return nullptr;
}
wasm_shared_heap_t wasm_runtime_unchain_shared_heaps(wasm_shared_heap_t, bool) { return nullptr; }
bool wasm_runtime_reset_shared_heap_chain(wasm_shared_heap_t) { return false; }
bool wasm_runtime_attach_shared_heap(wasm_module_inst_t, wasm_shared_heap_t) { return false; }
void wasm_runtime_detach_shared_heap(wasm_module_inst_t) {}
uint64_t wasm_runtime_shared_heap_malloc(wasm_module_inst_t, uint64_t, void** p_native_addr) {
  if (p_native_addr != nullptr) *p_native_addr = nullptr;
  return 0;
}
void wasm_runtime_shared_heap_free(wasm_module_inst_t, uint64_t) {}

// Bounds are checked whatever the host wishes.
void wasm_runtime_set_bounds_checks(wasm_module_inst_t, bool) {}
bool wasm_runtime_is_bounds_checks_enabled(wasm_module_inst_t) { return true; }
