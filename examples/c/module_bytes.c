/*
 * Who owns a module's bytes: the four ways to load one, and what happens when a file in use is cut
 * short.
 *
 *   module_bytes module_bytes.wasm
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wembed.h"

static wembed_error_t error;

static uint8_t* read_file(const char* path, size_t* size) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) return NULL;
  fseek(file, 0, SEEK_END);
  *size = (size_t)ftell(file);
  rewind(file);
  uint8_t* bytes = malloc(*size + 1);
  if (bytes != NULL && fread(bytes, 1, *size, file) != *size) *size = 0;
  fclose(file);
  return bytes;
}

/* What the export returns; -1 with `error` filled. */
static int answer(wasm_module_inst_t instance) {
  uint64_t slots[1];
  wasm_function_inst_t function = wasm_runtime_lookup_function(instance, "answer");
  wasm_exec_env_t exec_env = wasm_runtime_get_exec_env_singleton(instance);
  if (function != NULL && wembed_call(exec_env, function, slots, NULL)) return (int)slots[0];
  wembed_get_error(instance, &error);
  return -1;
}

/* Instantiates, calls, and ends the instance. */
static int answer_of(wasm_module_t module) {
  if (module == NULL) return -1;
  wasm_module_inst_t instance = wembed_instantiate(module, NULL, &error);
  if (instance == NULL) return -1;
  int result = answer(instance);
  wasm_runtime_deinstantiate(instance);
  return result;
}

static void give_back(void* context, const uint8_t* bytes, size_t length) {
  printf("  (released: %s, %zu bytes)\n", (const char*)context, length);
  free((void*)bytes);
}

static wembed_source_t source_of(uint8_t* bytes, size_t length, wembed_ownership_t ownership) {
  wembed_source_t source = {.size = sizeof source,
                            .ownership = ownership,
                            .bytes = bytes,
                            .length = length,
                            .name = "example"};
  return source;
}

/* wembed copies: the buffer is the caller's again at once. */
static bool copy(const char* path) {
  size_t size = 0;
  uint8_t* bytes = read_file(path, &size);
  wembed_source_t source = source_of(bytes, size, WEMBED_BYTES_COPY);
  wasm_module_t module = wembed_load(NULL, &source, &error);
  free(bytes);
  bool good = answer_of(module) == 42;
  if (module != NULL) wasm_runtime_unload(module);
  return good;
}

/* Nothing is copied: the buffer stays as it is until the module is unloaded. */
static bool borrow(const char* path) {
  size_t size = 0;
  uint8_t* bytes = read_file(path, &size);
  wembed_source_t source = source_of(bytes, size, WEMBED_BYTES_BORROW);
  wasm_module_t module = wembed_load(NULL, &source, &error);
  wasm_module_inst_t left = module == NULL ? NULL : wembed_instantiate(module, NULL, &error);
  if (module != NULL) wasm_runtime_unload(module);
  free(bytes);
  /* An instance that is left has what it needs. */
  bool good = left != NULL && answer(left) == 42;
  if (left != NULL) wasm_runtime_deinstantiate(left);
  return good;
}

/* Nothing is copied, and wembed says when the buffer may go: also when loading fails. */
static bool take(const char* path) {
  size_t size = 0;
  uint8_t* bytes = read_file(path, &size);
  wembed_source_t source = source_of(bytes, size, WEMBED_BYTES_TAKE);
  source.release = give_back;
  source.release_context = "what could not be loaded";
  source.length = size - 1;
  if (wembed_load(NULL, &source, &error) != NULL) return false;

  bytes = read_file(path, &size);
  source = source_of(bytes, size, WEMBED_BYTES_TAKE);
  source.release = give_back;
  source.release_context = "a module that was unloaded";
  wasm_module_t module = wembed_load(NULL, &source, &error);
  bool good = answer_of(module) == 42;
  if (module != NULL) wasm_runtime_unload(module);
  return good;
}

/* Nothing is copied or read before it is needed: the file is mapped. */
static bool map(const char* path) {
  wasm_module_t module = wembed_load_file(NULL, path, NULL, &error);
  bool good = answer_of(module) == 42;
  if (module != NULL) wasm_runtime_unload(module);
  if (wembed_load_file(NULL, "/nowhere/x.wasm", NULL, &error) != NULL) return false;
  printf("  %s\n", error.message);
  return good;
}

/* A file that somebody cuts short while it is in use: an error, not a crash. */
static bool cut(const char* path) {
  char copied[1024];
  snprintf(copied, sizeof copied, "%s.cut", path);
  size_t size = 0;
  uint8_t* bytes = read_file(path, &size);
  FILE* file = fopen(copied, "wb");
  if (file == NULL || bytes == NULL) return false;
  fwrite(bytes, 1, size, file);
  fclose(file);
  free(bytes);
  wasm_module_t module = wembed_load_file(NULL, copied, NULL, &error);
  wasm_module_inst_t instance = module == NULL ? NULL : wembed_instantiate(module, NULL, &error);
  wasm_function_inst_t function =
      instance == NULL ? NULL : wasm_runtime_lookup_function(instance, "answer");
  fclose(fopen(copied, "wb")); /* now it is empty */
  uint64_t slots[1];
  bool good = function != NULL &&
              !wembed_call(wasm_runtime_get_exec_env_singleton(instance), function, slots, NULL) &&
              wembed_get_error(instance, &error) && strcmp(error.code, "BytesLost") == 0;
  printf("  %s\n", error.message);
  if (instance != NULL) wasm_runtime_deinstantiate(instance);
  if (module != NULL) wasm_runtime_unload(module);
  remove(copied);
  return good;
}

int main(int argc, char** argv) {
  static const struct {
    const char* name;
    bool (*run)(const char* path);
  } ways[] = {{"copy", copy}, {"borrow", borrow}, {"take", take}, {"map", map}, {"cut", cut}};
  if (argc != 2) {
    fprintf(stderr, "usage: %s FILE.wasm\n", argv[0]);
    return 2;
  }
  if (!wasm_runtime_init()) return 1;
  int status = 0;
  for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
    printf("%s\n", ways[i].name);
    if (ways[i].run(argv[1])) continue;
    printf("  failed: %s\n", error.message);
    status = 1;
  }
  wasm_runtime_destroy();
  return status;
}
