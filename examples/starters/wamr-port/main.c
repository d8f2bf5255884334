/* A host over wasm_export.h and bh_read_file.h, which knows nothing of wembed. */
#include <stdio.h>
#include <string.h>

#include "bh_read_file.h"
#include "wasm_export.h"

static void print(wasm_exec_env_t exec_env, const char* text, uint32_t length) {
  (void)exec_env;
  printf("%.*s\n", (int)length, text);
}

static NativeSymbol natives[] = {{"print", (void*)print, "(*~)", NULL}};

static int use(wasm_module_inst_t instance) {
  wasm_exec_env_t exec_env = wasm_runtime_create_exec_env(instance, 64 * 1024);
  wasm_function_inst_t greet = wasm_runtime_lookup_function(instance, "greet");
  wasm_function_inst_t sum = wasm_runtime_lookup_function(instance, "sum");
  float* samples;
  uint64_t at = wasm_runtime_module_malloc(instance, 5 * sizeof *samples, (void**)&samples);
  int result = 1;
  if (exec_env != NULL && at != 0 && wasm_runtime_call_wasm(exec_env, greet, 0, NULL)) {
    for (int i = 0; i < 5; i++) samples[i] = (float)(i + 1);
    uint32_t argv[2] = {(uint32_t)at, 5};
    if (wasm_runtime_call_wasm(exec_env, sum, 2, argv)) {
      float total;
      memcpy(&total, argv, sizeof total);
      printf("the sum is %g\n", total);
      result = 0;
    }
    uint32_t many[2] = {(uint32_t)at, 1000000000};
    if (!wasm_runtime_call_wasm(exec_env, sum, 2, many)) {
      printf("too many: %s\n", wasm_runtime_get_exception(instance));
    }
  }
  if (at != 0) wasm_runtime_module_free(instance, at);
  if (exec_env != NULL) wasm_runtime_destroy_exec_env(exec_env);
  return result;
}

int main(int argc, char** argv) {
  char error[128] = "";
  RuntimeInitArgs args;
  memset(&args, 0, sizeof args);
  args.mem_alloc_type = Alloc_With_System_Allocator;
  args.native_module_name = "host";
  args.native_symbols = natives;
  args.n_native_symbols = sizeof natives / sizeof natives[0];
  if (!wasm_runtime_full_init(&args)) return 1;

  int result = 1;
  uint32_t size = 0;
  uint8_t* bytes = (uint8_t*)bh_read_file_to_buffer(argc > 1 ? argv[1] : "app.wasm", &size);
  wasm_module_t module = bytes == NULL ? NULL : wasm_runtime_load(bytes, size, error, sizeof error);
  wasm_module_inst_t instance =
      module == NULL ? NULL
                     : wasm_runtime_instantiate(module, 64 * 1024, 65536, error, sizeof error);
  if (instance == NULL)
    fprintf(stderr, "%s\n", error);
  else
    result = use(instance);

  if (instance != NULL) wasm_runtime_deinstantiate(instance);
  if (module != NULL) wasm_runtime_unload(module);
  if (bytes != NULL) wasm_runtime_free(bytes);
  wasm_runtime_destroy();
  return result;
}
