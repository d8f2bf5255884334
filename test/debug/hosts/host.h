/* What the hosts of this folder have in common, in C and in C++: a module of a file, and checks. */
#ifndef WEMBED_TEST_DEBUG_HOST_H
#define WEMBED_TEST_DEBUG_HOST_H

#include <stdio.h>
#include <stdlib.h>

#include "wembed.h"

static int checks, failures;

#define CHECK(condition)                                   \
  do {                                                     \
    checks++;                                              \
    if (condition) break;                                  \
    failures++;                                            \
    printf("%s:%d: %s\n", __FILE__, __LINE__, #condition); \
  } while (0)

/* The program ends with what is wrong. */
static inline void need(bool holds, const char* what) {
  if (holds) return;
  printf("%s\n", what);
  exit(2);
}

/* Of an instance of the file's module, whose imports may be missing. */
static inline wasm_exec_env_t open_guest(const char* path) {
  static uint8_t bytes[1 << 20];
  char text[128] = "";
  FILE* file = path == NULL ? NULL : fopen(path, "rb");
  need(file != NULL, "there is no such file");
  const uint32_t size = (uint32_t)fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  wasm_module_t module = wasm_runtime_load(bytes, size, text, sizeof text);
  need(module != NULL, text);
  wasm_module_inst_t instance = wasm_runtime_instantiate(module, 65536, 65536, text, sizeof text);
  need(instance != NULL, text);
  return wasm_runtime_create_exec_env(instance, 65536);
}

/* What the program ends with; 3: the header does not fit. */
static inline int misfit(const wembed_error_t* error) {
  printf("%s: %s\n", error->code, error->message);
  return 3;
}

static inline int report(wasm_exec_env_t env) {
  wasm_module_inst_t instance = wasm_runtime_get_module_inst(env);
  wasm_module_t module = wasm_runtime_get_module(instance);
  wasm_runtime_destroy_exec_env(env);
  wasm_runtime_deinstantiate(instance);
  wasm_runtime_unload(module);
  wasm_runtime_destroy();
  printf("%d checks, %d failures\n", checks, failures);
  return failures == 0 ? 0 : 1;
}

#endif
