/*
 * A host function with its own data and the guest's memory in hand: one call gives both, nothing
 * is copied, and a slice of the memory knows when it has gone stale because the memory grew.
 *
 *   data_and_memory data_and_memory.wasm
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wembed.h"

/* The host's data: a table of letters for each instance. */
typedef struct Letters {
  uint32_t count[26];
  uint32_t total;
} Letters;

/* count(at, length): reads the guest's bytes where they are. */
static bool count(wasm_exec_env_t exec_env, void* bound, uint64_t* slots) {
  (void)bound; /* the same as `data` */
  void* data;
  wasm_memory_inst_t memory;
  wembed_slice_t text;
  if (!wembed_host_context(exec_env, &data, &memory)) return false;
  if (!wembed_memory_slice(memory, (uint32_t)slots[0], (uint32_t)slots[1], &text)) {
    wasm_runtime_set_exception(wasm_runtime_get_module_inst(exec_env), "the text is no text");
    return false;
  }
  Letters* letters = data;
  const char* bytes = wembed_slice_data(memory, &text); /* not NULL: nothing has run since */
  for (uint64_t i = 0; i < text.length; i++) {
    if (bytes[i] < 'a' || bytes[i] > 'z') continue;
    letters->count[bytes[i] - 'a']++;
    letters->total++;
  }
  slots[0] = letters->total;
  return true;
}

/* report(pages): makes room in the guest, which moves its memory, and writes the table there. */
static bool report(wasm_exec_env_t exec_env, void* data, uint64_t* slots) {
  const Letters* letters = data;
  wasm_memory_inst_t memory;
  wembed_slice_t first, table;
  if (!wembed_host_context(exec_env, NULL, &memory)) return false;
  if (!wembed_memory_slice(memory, 1024, 5, &first)) return false;

  uint64_t argument[1] = {slots[0]};
  wasm_module_inst_t instance = wasm_runtime_get_module_inst(exec_env);
  wasm_function_inst_t room = wasm_runtime_lookup_function(instance, "room");
  if (!wembed_call(exec_env, room, argument, NULL)) return false;
  uint64_t at = argument[0] * 65536;

  printf("a slice from before the growth is %s\n",
         wembed_slice_data(memory, &first) == NULL ? "stale" : "still good");
  char words[6] = "";
  if (!wembed_slice_read(memory, &first, 0, words, 5)) return false; /* copies go on */
  if (!wembed_slice_renew(memory, &first)) return false;
  printf("renewed it begins with '%.5s', as does a copy: '%s'\n",
         (char*)wembed_slice_data(memory, &first), words);

  if (!wembed_memory_slice(memory, at, sizeof letters->count, &table)) return false;
  memcpy(wembed_slice_data(memory, &table), letters->count, sizeof letters->count);
  slots[0] = at;
  return true;
}

static uint8_t* read_file(const char* path, size_t* size) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) return NULL;
  fseek(file, 0, SEEK_END);
  *size = (size_t)ftell(file);
  rewind(file);
  uint8_t* bytes = malloc(*size + 1u);
  if (bytes != NULL && fread(bytes, 1, *size, file) != *size) *size = 0;
  fclose(file);
  return bytes;
}

static int use(wasm_module_inst_t instance) {
  uint64_t slots[1] = {0};
  wasm_exec_env_t exec_env = wasm_runtime_get_exec_env_singleton(instance);
  wasm_function_inst_t run = wasm_runtime_lookup_function(instance, "run");
  if (!wembed_call(exec_env, run, slots, NULL)) {
    printf("run: %s\n", wasm_runtime_get_exception(instance));
    return 1;
  }
  uint32_t count[26];
  wembed_slice_t table;
  wasm_memory_inst_t memory = wasm_runtime_get_default_memory(instance);
  if (!wembed_memory_slice(memory, slots[0], sizeof count, &table)) return 1;
  memcpy(count, wembed_slice_data(memory, &table), sizeof count);
  printf("the guest has counted %u times 't' and %u times 'o'\n", count['t' - 'a'],
         count['o' - 'a']);
  return count['t' - 'a'] == 7 && count['o' - 'a'] == 5 ? 0 : 1;
}

int main(int argc, char** argv) {
  wembed_error_t error;
  size_t size = 0;
  uint8_t* bytes = argc == 2 ? read_file(argv[1], &size) : NULL;
  if (bytes == NULL || size == 0) {
    fprintf(stderr, "usage: %s FILE.wasm\n", argv[0]);
    return 2;
  }
  Letters letters = {{0}, 0};
  wembed_import_t imports[2] = {
      {.source = WEMBED_IMPORT_CALLBACK, .callback = count, .data = &letters},
      {.source = WEMBED_IMPORT_CALLBACK, .callback = report, .data = &letters}};
  wembed_source_t source = {
      .size = sizeof source, .ownership = WEMBED_BYTES_BORROW, .bytes = bytes, .length = size};
  /* On the heap a memory moves when it grows, which shows best what slices are for. */
  wembed_instantiate_options_t options = {.size = sizeof options,
                                          .backend = WEMBED_BACKEND_HEAP,
                                          .strict = true,
                                          .imports = imports,
                                          .import_count = 2};
  int status = 1;
  wembed_runtime_t runtime = wembed_runtime_new(NULL, &error);
  wasm_module_t module = runtime == NULL ? NULL : wembed_load(runtime, &source, &error);
  wasm_module_inst_t instance =
      module == NULL ? NULL : wembed_instantiate(module, &options, &error);
  if (instance == NULL) {
    printf("%s\n", error.message);
  } else {
    status = use(instance);
    wasm_runtime_deinstantiate(instance);
  }
  if (module != NULL) wasm_runtime_unload(module);
  wembed_runtime_delete(runtime);
  free(bytes);
  return status;
}
