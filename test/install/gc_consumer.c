/* A host of gc_export.h as an installed library's user has it: references are words. */
#include <gc_export.h>
#include <stdio.h>
#include <string.h>

/* (func (export "f") (param externref) (result externref) local.get 0) */
static uint8_t module_bytes[] = {0,    0x61, 0x73, 0x6d, 1, 0, 0, 0, 1,    6, 1,   0x60,
                                 1,    0x6f, 1,    0x6f, 3, 2, 1, 0, 7,    5, 1,   1,
                                 0x66, 0,    0,    10,   6, 1, 4, 0, 0x20, 0, 0x0b};

int main(void) {
  char error[128] = "";
  int value = 0;
  if (!wasm_runtime_init()) return 1;
  wasm_module_t module = wasm_runtime_load(module_bytes, sizeof module_bytes, error, sizeof error);
  wasm_module_inst_t instance =
      module == NULL ? NULL : wasm_runtime_instantiate(module, 8192, 0, error, sizeof error);
  wasm_exec_env_t env = instance == NULL ? NULL : wasm_runtime_create_exec_env(instance, 8192);
  if (env == NULL) {
    fprintf(stderr, "%s\n", error);
    return 1;
  }
  wasm_externref_obj_t given = wasm_externref_obj_new(env, &value), got = NULL;
  uint32_t cells[2];
  memcpy(cells, &given, sizeof cells);
  int good = wasm_runtime_call_wasm(env, wasm_runtime_lookup_function(instance, "f"), 2, cells);
  memcpy(&got, cells, sizeof got);
  good = good && got == given && wasm_externref_obj_get_value(got) == &value;
  wasm_runtime_destroy_exec_env(env);
  wasm_runtime_deinstantiate(instance);
  wasm_runtime_unload(module);
  wasm_runtime_destroy();
  return good ? 0 : 1;
}
