/* One module for several threads: each makes an instance of its own, which sees nothing of the
 * others. */
#include "program.h"

enum { kThreads = 4, kRounds = 20 };

static wasm_module_t module;

static void* work(void* argument) {
  uint32_t number = (uint32_t)(uintptr_t)argument;
  char text[128];
  uint32_t sum = 0;
  if (!wasm_runtime_init_thread_env()) return NULL;
  for (int i = 0; i < kRounds; i++) {
    wasm_module_inst_t instance = wasm_runtime_instantiate(module, 16384, 0, text, sizeof text);
    wasm_exec_env_t env = instance == NULL ? NULL : wasm_runtime_create_exec_env(instance, 16384);
    if (env == NULL) break;
    uint32_t store[2] = {1024, number}, load[2] = {1024, 0};
    wasm_runtime_call_wasm(env, wasm_runtime_lookup_function(instance, "load"), 1, load);
    if (load[0] != 0) printf("an instance that is not new\n");
    wasm_runtime_call_wasm(env, wasm_runtime_lookup_function(instance, "store"), 2, store);
    load[0] = 1024;
    wasm_runtime_call_wasm(env, wasm_runtime_lookup_function(instance, "load"), 1, load);
    sum += load[0];
    wasm_runtime_destroy_exec_env(env);
    wasm_runtime_deinstantiate(instance);
  }
  wasm_runtime_destroy_thread_env();
  return (void*)(uintptr_t)sum;
}

int main(void) {
  korp_tid threads[kThreads];
  uint32_t size = 0;
  start_runtime(NULL, 0);
  char* bytes = read_module("spawned", &size);
  module = wasm_runtime_load((uint8_t*)bytes, size, error_text, sizeof error_text);
  if (module == NULL) quit("no module");
  for (uintptr_t i = 0; i < kThreads; i++) {
    if (os_thread_create(&threads[i], work, (void*)(i + 1), 65536) != BHT_OK) quit("no thread");
  }
  for (int i = 0; i < kThreads; i++) {
    void* sum = NULL;
    os_thread_join(threads[i], &sum);
    printf("thread %d: %u\n", i, (unsigned)(uintptr_t)sum);
  }
  wasm_runtime_unload(module);
  BH_FREE(bytes);
  wasm_runtime_destroy();
  return 0;
}
