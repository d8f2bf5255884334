/*
 * A host function that throws an exception of the host's: one guest catches it, another does not;
 * and an exception of the guest's, which the host reads.
 *
 *   exceptions exceptions.wasm
 */
#include <stdio.h>
#include <string.h>

#include "wembed.h"

/* Thrown when open() refuses; its value is what was asked for. */
static wembed_tag_t refused;

static bool open_it(wasm_exec_env_t exec_env, void* data, uint64_t* slots) {
  (void)data;
  uint64_t wanted = (uint32_t)slots[0];
  if (wanted > 9) return wembed_throw(exec_env, refused, &wanted);
  slots[0] = wanted + 1;
  return true;
}

static int call(wasm_module_inst_t instance, const char* name, uint32_t argument) {
  wasm_exec_env_t exec_env = wasm_runtime_get_exec_env_singleton(instance);
  wasm_function_inst_t function = wasm_runtime_lookup_function(instance, name);
  uint64_t slots[1] = {argument};
  if (wembed_call(exec_env, function, slots, NULL)) {
    printf("%s(%u) gives %u\n", name, argument, (uint32_t)slots[0]);
    return 0;
  }
  wembed_error_t error;
  wembed_get_error(instance, &error);
  printf("%s(%u): %s\n", name, argument, error.message);
  wembed_exception_t exception = wembed_get_exception(instance);
  if (exception == NULL) return 1;
  uint64_t values[2] = {0, 0};
  wembed_exception_values(exception, values, 2);
  printf(
      "  its first value is %u, %s\n", (uint32_t)values[0],
      wembed_exception_tag(exception) == refused ? "refused by the host" : "thrown by the guest");
  wembed_exception_release(exception);
  wasm_runtime_clear_exception(instance);
  return 0;
}

int main(int argc, char** argv) {
  if (argc != 2 || !wasm_runtime_init()) return 1;
  const wasm_valkind_t kinds[] = {WASM_I32};
  refused = wembed_tag_new(NULL, kinds, 1);
  wembed_error_t error;
  wasm_module_t module = wembed_load_file(NULL, argv[1], NULL, &error);
  const wembed_import_t imports[] = {
      {.source = WEMBED_IMPORT_CALLBACK, .callback = open_it},
      {.source = WEMBED_IMPORT_TAG, .data = refused},
  };
  wembed_instantiate_options_t options = {
      .size = sizeof options, .strict = true, .imports = imports, .import_count = 2};
  wasm_module_inst_t instance =
      module == NULL ? NULL : wembed_instantiate(module, &options, &error);
  if (instance == NULL) {
    printf("%s\n", error.message);
    return 1;
  }
  int failed = call(instance, "careful", 3) | call(instance, "careful", 12) |
               call(instance, "careless", 12) | call(instance, "fail", 0);
  wasm_runtime_deinstantiate(instance);
  wasm_runtime_unload(module);
  wembed_tag_release(refused);
  wasm_runtime_destroy();
  return failed;
}
