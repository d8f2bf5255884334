/*
 * What lies where in a guest's memory: an instance is made, its heap is used, and the regions of
 * its memory are listed, first by a program's own means and then as wembed prints them.
 *
 *   inspect inspect.wasm
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "wembed.h"

enum { kMost = 64 };

/* How much of the memory the host's own allocations are, and what they lie between. */
static bool list_allocations(wasm_module_inst_t instance) {
  static wembed_region_t regions[kMost];
  wembed_error_t error;
  uint32_t count = wembed_instance_regions(instance, 0, regions, kMost, &error);
  if (error.kind != WEMBED_ERROR_NONE) {
    printf("cannot be inspected: %s\n", error.message);
    return false;
  }
  uint64_t used = 0;
  for (uint32_t i = 0; i < count && i < kMost; i++) {
    if (regions[i].kind != WEMBED_REGION_ALLOCATION) continue;
    printf("an allocation of %" PRIu64 " bytes at offset %" PRIu64 "\n", regions[i].bytes,
           regions[i].offset);
    used += regions[i].bytes;
  }
  printf("%" PRIu64 " bytes in all\n\n", used);
  return used != 0;
}

static bool show(wasm_module_inst_t instance) {
  wembed_error_t error;
  uint32_t length = wembed_inspect_text(instance, NULL, 0, &error);
  char* text = length == 0 ? NULL : malloc(length + 1);
  if (text == NULL) return false;
  wembed_inspect_text(instance, text, length + 1, &error);
  fputs(text, stdout);
  free(text);
  return true;
}

static bool look_into(wasm_module_t module) {
  wembed_error_t error;
  wembed_instantiate_options_t options = {.size = sizeof options, .heap_size = 16384};
  wasm_module_inst_t instance = wembed_instantiate(module, &options, &error);
  if (instance == NULL) {
    printf("%s\n", error.message);
    return false;
  }
  uint64_t samples = wasm_runtime_module_malloc(instance, 5 * sizeof(float), NULL);
  uint64_t image = wasm_runtime_module_malloc(instance, 4096, NULL);
  bool good = samples != 0 && image != 0 && list_allocations(instance) && show(instance);
  wasm_runtime_deinstantiate(instance);
  return good;
}

int main(int argc, char** argv) {
  static uint8_t bytes[65536];
  FILE* file = fopen(argc > 1 ? argv[1] : "inspect.wasm", "rb");
  if (file == NULL) {
    printf("usage: inspect FILE.wasm\n");
    return 2;
  }
  size_t length = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  if (!wasm_runtime_init()) return 1;
  wembed_error_t error;
  wembed_source_t source = {.size = sizeof source,
                            .ownership = WEMBED_BYTES_BORROW,
                            .bytes = bytes,
                            .length = length,
                            .name = "inspect"};
  wasm_module_t module = wembed_load(NULL, &source, &error);
  bool good = module != NULL && look_into(module);
  if (module == NULL) printf("%s\n", error.message);
  wasm_runtime_unload(module);
  wasm_runtime_destroy();
  return good ? 0 : 1;
}
