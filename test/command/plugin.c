/* A native library, as people write them for iwasm. It links to nothing: the API is the command's.
 */
#include <stdio.h>
#include <string.h>

#include "wasm_export.h"

static uint32_t twice(wasm_exec_env_t env, uint32_t number) {
  (void)env;
  return 2 * number;
}

static uint32_t size_of(wasm_exec_env_t env, const char* text) {
  wasm_module_inst_t instance = wasm_runtime_get_module_inst(env);
  if (!wasm_runtime_validate_native_addr(instance, (void*)text, strlen(text) + 1)) return 0;
  return (uint32_t)strlen(text);
}

static NativeSymbol symbols[] = {EXPORT_WASM_API_WITH_SIG(twice, "(i)i"),
                                 EXPORT_WASM_API_WITH_SIG(size_of, "($)i")};

__attribute__((visibility("default"))) uint32_t get_native_lib(char** module_name,
                                                               NativeSymbol** native_symbols) {
  *module_name = (char*)"plugin";
  *native_symbols = symbols;
  return sizeof symbols / sizeof symbols[0];
}

__attribute__((visibility("default"))) int init_native_lib(void) {
  puts("plugin begins");
  return 0;
}

__attribute__((visibility("default"))) void deinit_native_lib(void) { puts("plugin ends"); }
