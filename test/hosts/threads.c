/* Threads on spawned exec_envs, which have a memory in common. */
#include "program.h"

static uint32_t joins(wasm_exec_env_t env) {
  (void)env;
  return 0;
}
static NativeSymbol symbols[] = {EXPORT_WASM_API_WITH_SIG(joins, "()i")};

static uint32_t call_in(wasm_exec_env_t env, const char* name, uint32_t a, uint32_t b) {
  uint32_t cells[2] = {a, b};
  wasm_module_inst_t instance = wasm_runtime_get_module_inst(env);
  wasm_runtime_call_wasm(env, wasm_runtime_lookup_function(instance, name), 2, cells);
  return cells[0];
}

static void* sums(wasm_exec_env_t env, void* argument) {
  uint32_t number = (uint32_t)(uintptr_t)argument, sum = 0;
  for (uint32_t i = 0; i < 100; ++i) sum = call_in(env, "add", sum, number);
  call_in(env, "store", 1024 + number * 4, sum);
  return (void*)(uintptr_t)sum;
}

int main(void) {
  start_runtime(symbols, 1);
  Program program = start_program("spawned_shared", 0);
  wasm_thread_t threads[4];
  for (uintptr_t i = 0; i < 4; ++i) {
    int32_t failed = wasm_runtime_spawn_thread(program.env, &threads[i], sums, (void*)(i + 1));
    printf("thread %u: %s\n", (unsigned)i, failed ? "no" : "started");
  }
  for (int i = 0; i < 4; ++i) {
    void* result = NULL;
    wasm_runtime_join_thread(threads[i], &result);
    printf("thread %d: %u\n", i, (unsigned)(uintptr_t)result);
  }
  for (uint32_t i = 1; i <= 4; ++i) {
    printf("memory %u: %u\n", i, call_in(program.env, "load", 1024 + i * 4, 0));
  }
  end_program(&program);
  wasm_runtime_destroy();
  return 0;
}
