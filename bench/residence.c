#include "residence.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

enum { kWasmPage = 65536, kPage = 4096, kMostInstances = 64 };

uint64_t resident_bytes(void) {
  FILE* file = fopen("/proc/self/statm", "r");
  if (!file) return 0;
  unsigned long total = 0, resident = 0, shared = 0;
  int found = fscanf(file, "%lu %lu %lu", &total, &resident, &shared);
  fclose(file);
  if (found != 3) return 0;
  return (uint64_t)(resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE);
}

// What the C library keeps from earlier measurements would look like memory that came back.
static void forget_free_blocks(void) {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void touch(wasm_module_inst_t instance, uint64_t from, uint64_t bytes) {
  uint8_t* base = wasm_memory_get_base_address(wasm_runtime_get_default_memory(instance));
  for (uint64_t at = 0; at < bytes; at += kPage) base[from + at] = 1;
}

static bool grow_and_touch(wasm_module_inst_t instance, uint64_t bytes) {
  wasm_memory_inst_t memory = wasm_runtime_get_default_memory(instance);
  uint64_t size = wembed_memory_size(memory);
  if (!wasm_memory_enlarge(memory, bytes / kWasmPage)) {
    fprintf(stderr, "the memory does not grow\n");
    return false;
  }
  touch(instance, size, bytes);
  return true;
}

static uint64_t difference(uint64_t from, uint64_t to) { return to > from ? to - from : 0; }

bool measure_shrinking(wembed_runtime_t runtime, wasm_module_t module,
                       const wembed_instantiate_options_t* options, uint64_t bytes,
                       shrinking_t* result) {
  wembed_error_t error;
  memset(result, 0, sizeof *result);
  wembed_memory_trim(runtime);
  forget_free_blocks();
  wasm_module_inst_t instance = wembed_instantiate(module, options, &error);
  if (!instance) {
    fprintf(stderr, "%s\n", error.message);
    return false;
  }
  result->before = resident_bytes();
  bool right = grow_and_touch(instance, bytes);
  result->used = resident_bytes();
  double start = now();
  if (right && !wembed_instance_reset(instance, NULL, &error)) {
    fprintf(stderr, "%s\n", error.message);
    right = false;
  }
  result->reset_ns = now() - start;
  result->reset = resident_bytes();
  right = right && grow_and_touch(instance, bytes);
  wasm_runtime_deinstantiate(instance);
  start = now();
  result->returned = wembed_memory_trim(runtime);
  result->trim_ns = now() - start;
  result->trimmed = resident_bytes();
  return right;
}

bool measure_trimming(wembed_runtime_t runtime, wasm_module_t module,
                      const wembed_instantiate_options_t* options, uint32_t count, uint32_t written,
                      trimming_t* result) {
  wasm_module_inst_t instances[kMostInstances];
  wembed_error_t error;
  bool right = count <= kMostInstances;
  uint32_t made = 0;
  memset(result, 0, sizeof *result);
  wembed_memory_trim(runtime);
  forget_free_blocks();
  uint64_t before = resident_bytes();
  while (right && made < count) {
    instances[made] = wembed_instantiate(module, options, &error);
    right = instances[made] != NULL;
    if (!right) {
      fprintf(stderr, "%s\n", error.message);
      break;
    }
    touch(instances[made++], 0, written);
  }
  for (uint32_t i = 0; i < made; i++) wasm_runtime_deinstantiate(instances[i]);
  result->kept = difference(before, resident_bytes());
  double start = now();
  result->returned = wembed_memory_trim(runtime);
  result->ns = now() - start;
  result->left = difference(before, resident_bytes());
  return right;
}
