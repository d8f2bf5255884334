/*
 * Where memories live: in a pool that is found out to work or passed over, on demand when the pool
 * is full, in a static buffer, and in storage of the host's own functions. The guest is the same.
 *
 *   storage storage.wasm
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wembed.h"

static const char* const backends[] = {"automatic", "mapped", "heap",
                                       "buffer",    "pool",   "functions"};
static const char* const steps[] = {"pool", "small pool", "on demand"};
static const char* const outcomes[] = {"not tried", "refused", "taken"};

/* The host's storage functions; a real host would hand out a device's memory, say. */
typedef struct Storage {
  int created, released;
} Storage;

static void* create(void* context, uint64_t minimum, uint64_t maximum, void** handle) {
  (void)maximum, (void)handle;
  ((Storage*)context)->created++;
  return malloc(minimum);
}
static void* grow(void* context, void* handle, void* base, uint64_t old_bytes, uint64_t bytes) {
  (void)context, (void)handle, (void)old_bytes;
  return realloc(base, bytes);
}
static void release(void* context, void* handle, void* base, uint64_t bytes) {
  (void)handle, (void)bytes;
  ((Storage*)context)->released++;
  free(base);
}

static int32_t call(wasm_module_inst_t instance, const char* name) {
  wasm_exec_env_t exec_env = wasm_runtime_create_exec_env(instance, 8 * 1024);
  uint64_t slots[1] = {0};
  bool good = exec_env != NULL &&
              wembed_call(exec_env, wasm_runtime_lookup_function(instance, name), slots, NULL);
  wasm_runtime_destroy_exec_env(exec_env);
  return good ? (int32_t)slots[0] : -1;
}

/* Makes an instance, uses it, and says where its memory is. NULL: it did not go as it should. */
static wasm_module_inst_t use(wasm_module_t module, const wembed_instantiate_options_t* options,
                              const char* what) {
  wembed_error_t error;
  wasm_module_inst_t instance = wembed_instantiate(module, options, &error);
  if (instance == NULL) {
    printf("%s: %s (%s)\n", what, error.message, error.code);
    return NULL;
  }
  wasm_memory_inst_t memory = wasm_runtime_get_default_memory(instance);
  bool good = call(instance, "grow") == 1 && call(instance, "count") == 1;
  printf("%s: %s, %" PRIu64 " bytes\n", what, backends[wembed_memory_backend(memory)],
         wembed_memory_size(memory));
  if (good) return instance;
  wasm_runtime_deinstantiate(instance);
  return NULL;
}

static void print_report(wembed_runtime_t runtime) {
  wembed_memory_report_t report = {.size = sizeof report};
  wembed_memory_report(runtime, &report);
  for (int i = 0; i < 3; ++i) {
    printf("%s: %s%s%s\n", steps[i], outcomes[report.steps[i].outcome],
           report.steps[i].reason[0] == 0 ? "" : ", ", report.steps[i].reason);
  }
  printf("%u slots, %" PRIu64 " memories from slots, %" PRIu64 " on demand\n", report.slots,
         report.hits, report.misses);
}

static bool run(wembed_runtime_t runtime, wasm_module_t module) {
  static _Alignas(16) uint8_t buffer[3 * 65536];
  Storage storage = {0, 0};
  const wembed_memory_functions_t functions = {.size = sizeof functions,
                                               .create = create,
                                               .grow = grow,
                                               .release = release,
                                               .context = &storage};
  const wembed_instantiate_options_t automatic = {.size = sizeof automatic};
  const wembed_instantiate_options_t own_buffer = {.size = sizeof own_buffer,
                                                   .backend = WEMBED_BACKEND_BUFFER,
                                                   .memory_buffer = buffer,
                                                   .memory_buffer_bytes = sizeof buffer};
  const wembed_instantiate_options_t own_functions = {.size = sizeof own_functions,
                                                      .backend = WEMBED_BACKEND_FUNCTIONS,
                                                      .memory_functions = &functions};
  wasm_module_inst_t made[] = {use(module, &automatic, "first"), use(module, &automatic, "second"),
                               use(module, &own_buffer, "static buffer"),
                               use(module, &own_functions, "own functions")};
  bool good = true;
  for (int i = 0; i < 4; ++i) good = good && made[i] != NULL;
  /* The guest's counter, without asking anybody: the memory is ours. */
  printf("in the buffer: %.10s %d\n", (const char*)buffer, buffer[16]);
  print_report(runtime);
  for (int i = 0; i < 4; ++i) {
    if (made[i] != NULL) wasm_runtime_deinstantiate(made[i]);
  }
  printf("%" PRIu64 " bytes given back\n", wembed_memory_trim(runtime));
  return good && storage.created == 1 && storage.released == 1;
}

int main(int argc, char** argv) {
  wembed_error_t error;
  /* One slot, so that the second memory finds the pool full. */
  wembed_config_t config = {.size = sizeof config,
                            .memory_strategy = WEMBED_MEMORY_LADDER,
                            .mem_alloc_type = Alloc_With_System_Allocator,
                            .pool_slots = 1};
  wembed_runtime_t runtime = wembed_runtime_new(&config, &error);
  if (runtime == NULL) {
    printf("%s\n", error.message);
    return 1;
  }
  wasm_module_t module = argc == 2 ? wembed_load_file(runtime, argv[1], "storage", &error) : NULL;
  if (module == NULL) {
    fprintf(stderr, "%s\n", argc == 2 ? error.message : "usage: storage FILE.wasm");
    wembed_runtime_delete(runtime);
    return 2;
  }
  bool good = run(runtime, module);
  wasm_runtime_unload(module);
  wembed_runtime_delete(runtime);
  return good ? 0 : 1;
}
