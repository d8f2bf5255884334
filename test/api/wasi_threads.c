/* Whoever calls proc_exit ends all threads of the program, also those that sleep. */
#include "capture.h"

typedef struct Run {
  const char* name;
  uint32_t argument;
} Run;

static int started;

static void* run(wasm_exec_env_t env, void* given) {
  const Run* what = given;
  uint32_t cells[1] = {what->argument};
  wasm_module_inst_t instance = wasm_runtime_get_module_inst(env);
  wasm_function_inst_t function = wasm_runtime_lookup_function(instance, what->name);
  __atomic_add_fetch(&started, 1, __ATOMIC_RELEASE);
  bool good = wasm_runtime_call_wasm(env, function, what->argument != 0, cells);
  return good ? "returned" : "stopped";
}

static void expect_stopped(wasm_thread_t thread) {
  void* result = NULL;
  CHECK_EQ(wasm_runtime_join_thread(thread, &result), 0);
  CHECK_TEXT(result, "stopped");
}

static void await_started(int count) {
  while (__atomic_load_n(&started, __ATOMIC_ACQUIRE) < count) continue;
}

TEST(the_first_thread_ends_all) {
  static Run loop = {"loop", 0}, sleep = {"sleep", 0};
  Host host = host_open("wasi_threads", 0);
  if (!host.env) return host_close(&host);
  wasm_thread_t threads[2];
  started = 0;
  CHECK_EQ(wasm_runtime_spawn_thread(host.env, &threads[0], run, &loop), 0);
  CHECK_EQ(wasm_runtime_spawn_thread(host.env, &threads[1], run, &sleep), 0);
  await_started(2);
  uint32_t code = 7;
  CHECK(!host_call(&host, "exit", 1, &code));
  CHECK_TEXT(wasm_runtime_get_exception(host.instance), "Exception: wasi proc exit");
  CHECK_EQ(wasm_runtime_get_wasi_exit_code(host.instance), 7);
  expect_stopped(threads[0]);
  expect_stopped(threads[1]);
  host_close(&host);
}

TEST(any_other_ends_all) {
  static Run loop = {"loop", 0}, leave = {"exit", 9};
  Host host = host_open("wasi_threads", 0);
  if (!host.env) return host_close(&host);
  wasm_thread_t threads[2];
  started = 0;
  CHECK_EQ(wasm_runtime_spawn_thread(host.env, &threads[0], run, &loop), 0);
  await_started(1);
  CHECK_EQ(wasm_runtime_spawn_thread(host.env, &threads[1], run, &leave), 0);
  expect_stopped(threads[0]);
  expect_stopped(threads[1]);
  CHECK_EQ(wasm_runtime_get_wasi_exit_code(host.instance), 9);
  host_close(&host);
}

int main(void) {
  RUN(the_first_thread_ends_all);
  RUN(any_other_ends_all);
  return host_result();
}
