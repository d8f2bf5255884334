/*
 * The classic first example of embedding: five floats are put into guest memory through the
 * address that wasm_runtime_module_malloc gives, and the guest adds them up.
 *
 *   five_floats five_floats.wasm
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wasm_export.h"

/* What the guest imports as env.log: a pointer and its length, checked before we are called. */
static void log_wrapper(wasm_exec_env_t exec_env, const char* text, uint32_t length) {
  (void)exec_env;
  printf("the guest says: %.*s\n", (int)length, text);
}

static NativeSymbol natives[] = {EXPORT_WASM_API_WITH_SIG2(log, "(*~)")};

static uint8_t* read_file(const char* path, uint32_t* size) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) return NULL;
  fseek(file, 0, SEEK_END);
  *size = (uint32_t)ftell(file);
  rewind(file);
  uint8_t* bytes = malloc(*size + 1u);
  if (bytes != NULL && fread(bytes, 1, *size, file) != *size) *size = 0;
  fclose(file);
  return bytes;
}

/* Allocates, writes, calls and frees. 0 on success. */
static int add_up(wasm_module_inst_t instance) {
  const float samples[5] = {1.5f, 2.5f, 3.5f, 4.5f, 5.5f};
  float* native = NULL;
  uint64_t offset = wasm_runtime_module_malloc(instance, sizeof samples, (void**)&native);
  if (offset == 0) return 1;
  memcpy(native, samples, sizeof samples); /* straight into linear memory */
  printf("5 floats at offset %" PRIu64 "\n", offset);

  wasm_exec_env_t exec_env = wasm_runtime_create_exec_env(instance, 16 * 1024);
  wasm_function_inst_t sum = wasm_runtime_lookup_function(instance, "sum");
  uint32_t argv[2] = {(uint32_t)offset, 5};
  float total = 0;
  bool ok = exec_env != NULL && sum != NULL && wasm_runtime_call_wasm(exec_env, sum, 2, argv);
  if (ok) {
    memcpy(&total, argv, sizeof total); /* results come in the same cells */
    printf("their sum is %g\n", (double)total);
  } else {
    printf("%s\n", wasm_runtime_get_exception(instance));
  }
  wasm_runtime_destroy_exec_env(exec_env);
  wasm_runtime_module_free(instance, offset);
  return ok && total == 17.5f ? 0 : 1;
}

static int run(uint8_t* bytes, uint32_t size) {
  char error[128];
  wasm_module_t module = wasm_runtime_load(bytes, size, error, sizeof error);
  if (module == NULL) {
    printf("%s\n", error);
    return 1;
  }
  int result = 1;
  wasm_module_inst_t instance =
      wasm_runtime_instantiate(module, 16 * 1024, 64 * 1024, error, sizeof error);
  if (instance == NULL) {
    printf("%s\n", error);
  } else {
    result = add_up(instance);
    wasm_runtime_deinstantiate(instance);
  }
  wasm_runtime_unload(module);
  return result;
}

int main(int argc, char** argv) {
  uint32_t size = 0;
  uint8_t* bytes = argc == 2 ? read_file(argv[1], &size) : NULL;
  if (bytes == NULL || size == 0) {
    fprintf(stderr, "usage: %s FILE.wasm\n", argv[0]);
    return 2;
  }
  int result = 1;
  if (wasm_runtime_init()) {
    if (wasm_runtime_register_natives("env", natives, 1)) result = run(bytes, size);
    wasm_runtime_destroy();
  }
  free(bytes);
  return result;
}
