/* Several threads: environments, shared modules, stopping a guest from outside. */
#include <pthread.h>
#include <time.h>

#include "capture.h"
#include "wembed.h"

static void pause_ms(long ms) {
  struct timespec time = {ms / 1000, ms % 1000 * 1000000};
  nanosleep(&time, NULL);
}

static void* calls_without_env(void* data) {
  const Host* host = data;
  CHECK_EQ(host_i32(host, "add", 2, 3), 5); /* WAMR would refuse; see docs/wamr-compat.md */
  return NULL;
}

static void* calls_with_env(void* data) {
  const Host* host = data;
  CHECK(wasm_runtime_init_thread_env());
  CHECK(wasm_runtime_init_thread_env());
  CHECK(wasm_runtime_thread_env_inited());
  CHECK_EQ(host_i32(host, "add", 20, 3), 23);
  wasm_runtime_destroy_thread_env();
  return NULL;
}

TEST(exec_env_passed_between_threads) {
  Host host = host_open("calls", 0);
  if (!host.env) return host_close(&host);
  pthread_t thread;
  CHECK(wasm_runtime_thread_env_inited()); /* the initialising thread has one */
  pthread_create(&thread, NULL, calls_with_env, &host);
  pthread_join(thread, NULL);
  pthread_create(&thread, NULL, calls_without_env, &host);
  pthread_join(thread, NULL);
  CHECK_EQ(host_i32(&host, "add", 1, 3), 4);
  host_close(&host);
}

/* Threads with an instance each over one module: first calls translate at the same time. */
static void* runs_instances(void* data) {
  wasm_module_t module = data;
  CHECK(wasm_runtime_init_thread_env());
  for (int round = 0; round < 20; ++round) {
    Host host = {{NULL, 0}, NULL, NULL, NULL};
    host.instance = wasm_runtime_instantiate(module, 16384, 4096, NULL, 0);
    if (host.instance == NULL || !(host.env = wasm_runtime_create_exec_env(host.instance, 65536))) {
      CHECK(host.env != NULL);
      return NULL;
    }
    uint64_t at = wasm_runtime_module_dup_data(host.instance, "\1\0\0\0\2\0\0\0\3\0\0", 12);
    if (host_i32(&host, "sum", (uint32_t)at, 3) != 6) CHECK(!"sum");
    if (host_i32(&host, "grow", 1, 0) != 3) CHECK(!"grow");
    const char* trap = host_call(&host, "load8", 1, (uint32_t[]){0xFFFFFFFF})
                           ? NULL
                           : wasm_runtime_get_exception(host.instance);
    if (trap == NULL || strcmp(trap, "Exception: out of bounds memory access") != 0) {
      CHECK_TEXT(trap, "Exception: out of bounds memory access");
    }
    wasm_runtime_destroy_exec_env(host.env);
    wasm_runtime_deinstantiate(host.instance);
  }
  wasm_runtime_destroy_thread_env();
  return NULL;
}

TEST(one_module_in_several_threads) {
  Host host = host_try("memory", 8192, 0);
  pthread_t threads[4];
  if (!CHECK(host.module != NULL)) return host_close(&host);
  for (int i = 0; i < 4; ++i) pthread_create(&threads[i], NULL, runs_instances, host.module);
  for (int i = 0; i < 4; ++i) pthread_join(threads[i], NULL);
  host_close(&host);
}

static void* terminates_soon(void* data) {
  pause_ms(20);
  wasm_runtime_terminate(*(wasm_module_inst_t*)data);
  return NULL;
}

TEST(endless_loop_is_stopped) {
  Host host = host_open("traps", 0);
  if (!host.env) return host_close(&host);
  for (int round = 0; round < 3; ++round) {
    pthread_t thread;
    pthread_create(&thread, NULL, terminates_soon, &host.instance);
    CHECK_TEXT(host_trap(&host, "loop", 0), "Exception: terminated by user");
    pthread_join(thread, NULL);
    wasm_runtime_clear_exception(host.instance);
    CHECK_EQ(host_i32(&host, "count", 1000, 0), 1000); /* usable again */
  }
  host_close(&host);
}

static wasm_module_inst_t starting;
static pthread_t terminator;

static void started(wasm_exec_env_t env) {
  starting = wasm_runtime_get_module_inst(env);
  pthread_create(&terminator, NULL, terminates_soon, &starting);
}
static NativeSymbol natives[] = {EXPORT_WASM_API_WITH_SIG(started, "()")};

TEST(endless_start_function_is_stopped) {
  CHECK(wasm_runtime_register_natives("env", natives, 1));
  CHECK_TEXT(host_refused("start_loop", 0),
             "WASM module instantiate failed: Exception: terminated by user");
  pthread_join(terminator, NULL);
}

static bool asked_to_stop;

static void blocks(wasm_exec_env_t env) {
  CHECK(wasm_runtime_begin_blocking_op(env));
  wasm_runtime_end_blocking_op(env);
  wasm_runtime_terminate(get_module_inst(env));
  asked_to_stop = !wasm_runtime_begin_blocking_op(env);
  if (!asked_to_stop) wasm_runtime_end_blocking_op(env);
}
static NativeSymbol blocking[] = {{"start", (void*)blocks, "()", NULL}};

TEST(blocking_operations) {
  CHECK(wasm_runtime_register_natives("env", blocking, 1));
  asked_to_stop = false;
  host_refused("start_import", 0);
  CHECK(asked_to_stop);
}

/* ---- One exec_env on two threads at a time, which is not allowed */

static wasm_exec_env_t shared_env;

static void* calls_on_shared(void* data) {
  (void)data;
  uint64_t slots[1] = {1};
  wasm_module_inst_t instance = wasm_runtime_get_module_inst(shared_env);
  wasm_function_inst_t recurse = wasm_runtime_lookup_function(instance, "recurse");
  uint32_t cells[1] = {1};
  CHECK(!wasm_runtime_call_wasm(shared_env, recurse, 1, cells));
  CHECK(!wembed_call(shared_env, recurse, slots, NULL));
  CHECK(cells[0] == 1 && slots[0] == 1);
  CHECK(wasm_runtime_get_exception(instance) == NULL); /* the other thread's business */
  return NULL;
}

static uint32_t lends_its_env(wasm_exec_env_t env, uint32_t argument) {
  pthread_t threads[2];
  shared_env = env;
  for (int i = 0; i < 2; ++i) pthread_create(&threads[i], NULL, calls_on_shared, NULL);
  for (int i = 0; i < 2; ++i) pthread_join(threads[i], NULL);
  return argument * 2;
}
static NativeSymbol lending[] = {{"again", (void*)lends_its_env, "(i)i", NULL}};

TEST(an_exec_env_in_use_is_refused) {
  CHECK(wasm_runtime_register_natives("env", lending, 1));
  Host host = host_open("recurse_host", 0);
  if (!host.env) return host_close(&host);
  capture_begin();
  uint32_t result = host_i32(&host, "recurse", 20, 0);
  CHECK(logged(capture_end(), "the exec_env is in use by another thread"));
  CHECK_EQ(result, 42); /* undisturbed */
  CHECK_EQ(host_i32(&host, "recurse", 0, 0), 2);
  host_close(&host); /* ends it: every block is given back */
}

int main(void) {
  RUN(exec_env_passed_between_threads);
  RUN(one_module_in_several_threads);
  RUN(endless_loop_is_stopped);
  RUN(endless_start_function_is_stopped);
  RUN(blocking_operations);
  RUN(an_exec_env_in_use_is_refused);
  return host_result();
}
