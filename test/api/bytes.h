/* Modules loaded one by one, and calls that tell the code of their trap. */
#ifndef WEMBED_TEST_API_BYTES_H
#define WEMBED_TEST_API_BYTES_H

#include "host.h"
#include "wembed.h"

/* A module, and an instance if one was opened. */
typedef struct Loaded {
  wasm_module_t module;
  wasm_module_inst_t instance;
  wasm_exec_env_t env;
} Loaded;

UNUSED static void open_instance(Loaded* loaded) {
  wembed_error_t error;
  loaded->instance = wembed_instantiate(loaded->module, NULL, &error);
  if (CHECK(loaded->instance != NULL)) {
    loaded->env = wasm_runtime_create_exec_env(loaded->instance, 65536);
  }
}

UNUSED static void close_all(Loaded* loaded) {
  if (loaded->env != NULL) wasm_runtime_destroy_exec_env(loaded->env);
  if (loaded->instance != NULL) wasm_runtime_deinstantiate(loaded->instance);
  if (loaded->module != NULL) wasm_runtime_unload(loaded->module);
}

UNUSED static wasm_function_inst_t function_of(wasm_module_inst_t instance, const char* name) {
  wasm_function_inst_t function = wasm_runtime_lookup_function(instance, name);
  CHECK(function != NULL);
  return function;
}

/* Calls with up to three i32; the trap's code, "" if there was none. */
UNUSED static const char* call3(wasm_exec_env_t env, wasm_function_inst_t function, uint32_t a,
                                uint32_t b, uint32_t c, uint32_t* result) {
  static wembed_error_t error;
  uint64_t slots[4] = {a, b, c};
  if (wembed_call(env, function, slots, NULL)) {
    if (result != NULL) *result = (uint32_t)slots[0];
    return "";
  }
  wembed_get_error(wasm_runtime_get_module_inst(env), &error);
  wasm_runtime_clear_exception(wasm_runtime_get_module_inst(env));
  return error.code;
}

#endif /* WEMBED_TEST_API_BYTES_H */
