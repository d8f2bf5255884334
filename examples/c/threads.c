/*
 * Several threads of the host run one guest at the same time, over its shared memory: each with an
 * exec_env of its own. The main thread waits for a word of that memory, as the guest could, and for
 * no longer than it wants to.
 *
 *   threads threads.wasm
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>

#include "wasm_export.h"
#include "wembed.h"

enum { kThreads = 4, kNumbers = 100000, kFinished = 4 };

typedef struct Worker {
  wasm_module_inst_t instance;
  pthread_t thread;
  uint64_t sum;
  bool good;
} Worker;

static void* work(void* data) {
  Worker* worker = data;
  wasm_exec_env_t env = wasm_runtime_create_exec_env(worker->instance, 16384);
  wasm_function_inst_t take = wasm_runtime_lookup_function(worker->instance, "take");
  uint64_t slots[1] = {kNumbers};
  worker->good = env != NULL && wembed_call(env, take, slots, NULL);
  worker->sum = slots[0];
  if (env != NULL) wasm_runtime_destroy_exec_env(env);
  return NULL;
}

/* Sleeps while not all have finished. */
static bool wait_for_all(wasm_module_inst_t instance) {
  wasm_exec_env_t env = wasm_runtime_create_exec_env(instance, 4096);
  wasm_memory_inst_t memory = wasm_runtime_get_default_memory(instance);
  uint32_t* finished = wasm_runtime_addr_app_to_native(instance, kFinished);
  const int64_t second = 1000000000;
  bool good = env != NULL;
  for (;;) {
    uint32_t count = __atomic_load_n(finished, __ATOMIC_SEQ_CST);
    if (count >= kThreads || !good) break;
    good =
        wembed_memory_wait(env, memory, kFinished, 4, count, 60 * second) != WEMBED_WAIT_TIMED_OUT;
  }
  if (env != NULL) wasm_runtime_destroy_exec_env(env);
  return good;
}

static int run(wasm_module_inst_t instance) {
  Worker workers[kThreads];
  for (int i = 0; i < kThreads; i++) {
    workers[i] = (Worker){.instance = instance};
    if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) return 1;
  }
  bool good = wait_for_all(instance);
  uint64_t sum = 0;
  for (int i = 0; i < kThreads; i++) {
    pthread_join(workers[i].thread, NULL);
    good = good && workers[i].good;
    sum += workers[i].sum;
  }
  uint64_t expected = (uint64_t)kNumbers * (kNumbers - 1) / 2;
  printf("%d threads took %d numbers, their sum is %" PRIu64 "\n", kThreads, kNumbers, sum);
  return good && sum == expected ? 0 : 1;
}

int main(int argc, char** argv) {
  wembed_error_t error;
  if (argc < 2 || !wasm_runtime_init()) return 2;
  int result = 1;
  wasm_module_t module = wembed_load_file(NULL, argv[1], NULL, &error);
  wasm_module_inst_t instance = module == NULL ? NULL : wembed_instantiate(module, NULL, &error);
  if (instance == NULL) {
    fprintf(stderr, "%s\n", error.message);
  } else {
    result = run(instance);
    wasm_runtime_deinstantiate(instance);
  }
  if (module != NULL) wasm_runtime_unload(module);
  wasm_runtime_destroy();
  return result;
}
