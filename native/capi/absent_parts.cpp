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

// Bounds are checked whatever the host wishes.
void wasm_runtime_set_bounds_checks(wasm_module_inst_t, bool) {}
bool wasm_runtime_is_bounds_checks_enabled(wasm_module_inst_t) { return true; }
