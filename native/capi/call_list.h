// Calls with arguments in a list of varargs.
#pragma once

#include <cstdarg>

#include "capi/handles.h"

namespace wembed {

// As wasm_runtime_call_wasm_v().
bool call_with_list(wasm_exec_env_t exec_env, wasm_function_inst_t function_inst,
                    uint32_t num_results, wasm_val_t results[], uint32_t num_args, va_list* list);

}  // namespace wembed
