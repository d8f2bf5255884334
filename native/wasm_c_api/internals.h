// What this face needs and no public header offers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "wasm_c_api.h"
#include "wembed.h"

namespace wembed::c_api {

void log_error(const char* text);
void log_warning(const char* format, ...) __attribute__((format(printf, 1, 2)));

// The same pointer for the same table, whoever exports it.
const void* table_identity(wasm_module_inst_t instance, uint32_t export_index);

// Whether a native function of that name is registered, or a global comes with the runtime.
bool is_registered(std::string_view module, std::string_view name, wasm_externkind_t kind);

// Links the imports that modules of the process's module reader, or registered ones, serve. False:
// no memory.
bool link_to_modules(wasm_module_t module);
bool is_linked(wasm_module_t module, uint32_t import_index);

// Its instances are given WASI as those of wasm_runtime_instantiate are, without being asked.
void give_wasi(wasm_module_t module);

// The module's bytes as they were loaded. False: no memory, or they are lost; `out` is empty.
bool copy_bytes(wasm_module_t module, wasm_byte_vec_t* out);

// The instance of a frame of the last trap; null: not known.
wasm_module_inst_t trap_instance(wasm_module_inst_t instance, uint32_t frame);

// Where a function's code begins in its module; 0: it has none.
uint32_t body_offset(wasm_module_t module, uint32_t function_index);

}  // namespace wembed::c_api
