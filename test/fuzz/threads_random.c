/* Random calls of what guests have by the names of pthread.h and semaphore.h, while threads of the
   guest loop, wait and end: whatever comes, calls return, instances end, and a build with
   sanitizers sees what is used too late. fuzz_threads_random [--count N] [--seed S] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wembed.h"

static uint64_t state;

static uint32_t below(uint32_t bound) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(state >> 33) % bound;
}

/* Numbers of objects and threads, addresses of words that have them, and anything else. */
static uint32_t argument(void) {
  switch (below(8)) {
    case 0: return below(0x7fffffff) * 2 + below(2);
    case 1: return 2 * 65536 - below(8);
    case 2:
    case 3: return below(40);
    default: return 16 + below(9) * 4;
  }
}

static void ignore(void* context, uint32_t level, const char* text) {
  (void)context, (void)level, (void)text;
}

static uint64_t option(int argc, char** argv, const char* name, uint64_t otherwise) {
  for (int i = 1; i + 1 < argc; i++) {
    if (strcmp(argv[i], name) == 0) return strtoull(argv[i + 1], NULL, 10);
  }
  return otherwise;
}

/* So many calls on one instance; how many were stopped. */
static uint32_t call_randomly(wasm_module_t module, uint32_t count) {
  static const char* const kSemaphores[] = {"a", "b"};
  wembed_error_t error;
  wasm_module_inst_t instance = wembed_instantiate(module, NULL, &error);
  if (instance == NULL) exit(2);
  wasm_exec_env_t env = wasm_runtime_create_exec_env(instance, 16384);
  char* memory = wasm_runtime_addr_app_to_native(instance, 0);
  strcpy(memory, kSemaphores[below(2)]);
  strcpy(memory + 16, kSemaphores[below(2)]);
  uint32_t stopped = 0;
  for (uint32_t i = 0; i < count; i++) {
    wasm_export_t item;
    wasm_runtime_get_export_type(module, below(wasm_runtime_get_export_count(module)), &item);
    if (item.kind != WASM_IMPORT_EXPORT_KIND_FUNC) continue;
    uint64_t slots[8] = {argument(), argument(), argument(), argument()};
    /* Sixteen: some are no element. */
    if (strcmp(item.name, "create") == 0) slots[0] = below(16);
    wembed_call_options_t options = {.size = sizeof options, .deadline_ms = 1, .fuel = -1};
    wasm_function_inst_t function = wasm_runtime_lookup_function(instance, item.name);
    stopped += wembed_call(env, function, slots, &options) ? 0 : 1;
    wasm_runtime_clear_exception(instance);
  }
  wasm_runtime_destroy_exec_env(env);
  wasm_runtime_deinstantiate(instance);
  return stopped;
}

int main(int argc, char** argv) {
  const uint64_t count = option(argc, argv, "--count", 3000);
  state = option(argc, argv, "--seed", 1);
  const char* folder = getenv("WEMBED_TEST_MODULES");
  char path[1024];
  snprintf(path, sizeof path, "%s/pthreads.wasm", folder == NULL ? "." : folder);
  wembed_config_t config = {.size = sizeof config, .libc = WEMBED_LIBC_ON, .log = ignore};
  wembed_error_t error;
  wembed_runtime_t runtime = wembed_runtime_new(&config, &error);
  wasm_module_t module = wembed_load_file(runtime, path, NULL, &error);
  if (module == NULL) {
    fprintf(stderr, "%s\n", error.message);
    return 2;
  }
  uint64_t stopped = 0;
  for (uint64_t done = 0; done < count; done += 100) stopped += call_randomly(module, 100);
  wasm_runtime_unload(module);
  wembed_runtime_delete(runtime);
  printf("%llu calls, %llu of them stopped\n", (unsigned long long)count,
         (unsigned long long)stopped);
  return stopped > 0 && stopped < count ? 0 : 1;
}
