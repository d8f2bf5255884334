/*
 * A host as it is written for WAMR: nothing in it names wembed. The guest asks it for a price, and
 * works out a bill.
 *
 *   porting porting.wasm
 */
#include <stdio.h>
#include <string.h>

#include "bh_read_file.h"
#include "wasm_export.h"

/* The guest's import shop.price: a name in its memory, checked before this is called. */
static int32_t price(wasm_exec_env_t exec_env, const char* name) {
  (void)exec_env;
  return strcmp(name, "apples") == 0 ? 30 : strcmp(name, "pears") == 0 ? 45 : 0;
}

static NativeSymbol natives[] = {{"price", price, "($)i", NULL}};

static int call_bill(wasm_module_inst_t instance) {
  wasm_exec_env_t exec_env = wasm_runtime_create_exec_env(instance, 8192);
  wasm_function_inst_t bill = wasm_runtime_lookup_function(instance, "bill");
  uint32_t argv[2] = {3, 2};
  int failed = exec_env == NULL || bill == NULL || !wasm_runtime_call_wasm(exec_env, bill, 2, argv);
  if (failed) {
    printf("%s\n", wasm_runtime_get_exception(instance));
  } else {
    printf("3 apples and 2 pears: %u\n", (unsigned)argv[0]);
  }
  wasm_runtime_destroy_exec_env(exec_env);
  return failed;
}

int main(int argc, char** argv) {
  char error[128] = "which module?";
  RuntimeInitArgs args;
  memset(&args, 0, sizeof args);
  args.mem_alloc_type = Alloc_With_System_Allocator;
  args.native_module_name = "shop";
  args.native_symbols = natives;
  args.n_native_symbols = sizeof natives / sizeof natives[0];
  if (argc < 2 || !wasm_runtime_full_init(&args)) return 1;

  uint32_t size = 0;
  char* bytes = bh_read_file_to_buffer(argv[1], &size);
  wasm_module_t module =
      bytes == NULL ? NULL : wasm_runtime_load((uint8_t*)bytes, size, error, sizeof error);
  wasm_module_inst_t instance =
      module == NULL ? NULL : wasm_runtime_instantiate(module, 8192, 0, error, sizeof error);
  int failed = 1;
  if (instance != NULL) {
    failed = call_bill(instance);
    wasm_runtime_deinstantiate(instance);
  } else {
    printf("%s\n", error);
  }
  if (module != NULL) wasm_runtime_unload(module);
  if (bytes != NULL) wasm_runtime_free(bytes);
  wasm_runtime_destroy();
  return failed;
}
