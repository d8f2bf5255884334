/*
 * One instance for many requests: it is put back to the state of a new one in between, so that no
 * request sees anything of the one before, whatever that did to it.
 *
 *   requests requests.wasm
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wembed.h"

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

/* What a worker keeps: nothing of it has to be made again after a reset. */
typedef struct Worker {
  wasm_module_inst_t instance;
  wasm_exec_env_t exec_env;
  wasm_function_inst_t handle, remembered, fail;
} Worker;

static uint32_t call(const Worker* worker, wasm_function_inst_t function, uint64_t a, uint64_t b) {
  uint64_t slots[2] = {a, b};
  return wembed_call(worker->exec_env, function, slots, NULL) ? (uint32_t)slots[0] : 0;
}

/* False: the instance could not be brought back and has to go. */
static bool serve(const Worker* worker, const char* text) {
  uint32_t length = (uint32_t)strlen(text);
  uint64_t at = wasm_runtime_module_dup_data(worker->instance, text, length);
  if (at == 0) return false;
  uint32_t number = call(worker, worker->handle, at, length);
  printf("\"%s\" was request %u, %u bytes remembered\n", text, number,
         call(worker, worker->remembered, 0, 0));
  if (strcmp(text, "a bad one") == 0) call(worker, worker->fail, 0, 0); /* an exception is left */
  /* The text's block is not freed: it goes with the heap. */
  wembed_error_t error;
  if (wembed_instance_reset(worker->instance, NULL, &error)) return true;
  printf("%s\n", error.message);
  return false;
}

static int run(wasm_module_t module) {
  wembed_error_t error;
  wembed_instantiate_options_t options = {.size = sizeof options, .heap_size = 4096};
  Worker worker = {.instance = wembed_instantiate(module, &options, &error)};
  if (worker.instance == NULL) {
    printf("%s\n", error.message);
    return 1;
  }
  worker.exec_env = wasm_runtime_create_exec_env(worker.instance, 16 * 1024);
  worker.handle = wasm_runtime_lookup_function(worker.instance, "handle");
  worker.remembered = wasm_runtime_lookup_function(worker.instance, "remembered");
  worker.fail = wasm_runtime_lookup_function(worker.instance, "fail");
  static const char* const requests[] = {"the first", "a bad one", "the last"};
  bool good = worker.exec_env != NULL;
  for (int i = 0; good && i < 3; ++i) good = serve(&worker, requests[i]);
  /* As new: nothing is remembered, nothing is pending, nothing is allocated. */
  good = good && call(&worker, worker.remembered, 0, 0) == 0 &&
         wasm_runtime_get_exception(worker.instance) == NULL;
  wasm_runtime_destroy_exec_env(worker.exec_env);
  wasm_runtime_deinstantiate(worker.instance);
  return good ? 0 : 1;
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
    wembed_error_t error;
    wembed_source_t source = {.size = sizeof source, .bytes = bytes, .length = size};
    wasm_module_t module = wembed_load(NULL, &source, &error);
    if (module == NULL) {
      printf("%s\n", error.message);
    } else {
      result = run(module);
      wasm_runtime_unload(module);
    }
    wasm_runtime_destroy();
  }
  free(bytes);
  return result;
}
