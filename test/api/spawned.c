/* Spawned exec_envs and threads: instances of their own, limits, exceptions, the end. */
#include <pthread.h>
#include <unistd.h>

#include "capture.h"

static wasm_thread_t joined;
static int32_t join_result;
static void* join_value;

static uint32_t joins(wasm_exec_env_t env) {
  (void)env;
  join_result = wasm_runtime_join_thread(joined, &join_value);
  return 5;
}

static NativeSymbol natives[] = {EXPORT_WASM_API_WITH_SIG(joins, "()i")};

static Host open_spawned(void) {
  CHECK(wasm_runtime_register_natives("env", natives, 1));
  return host_open("spawned", 0);
}

/* The i32 of an export of the exec_env's instance. */
static uint32_t call(wasm_exec_env_t env, const char* name, uint32_t a, uint32_t b) {
  uint32_t cells[2] = {a, b};
  wasm_module_inst_t instance = wasm_runtime_get_module_inst(env);
  wasm_function_inst_t function = wasm_runtime_lookup_function(instance, name);
  if (!CHECK(function != NULL && wasm_runtime_call_wasm(env, function, 2, cells))) {
    fprintf(stderr, "%s: %s\n", name, wasm_runtime_get_exception(instance));
  }
  return cells[0];
}

TEST(instances_of_their_own) {
  Host host = open_spawned();
  if (!host.env) return host_close(&host);
  int data;
  void* key = wasm_runtime_create_context_key(NULL);
  wasm_runtime_set_custom_data(host.instance, &data);
  wasm_runtime_set_context(host.instance, key, &key);
  wasm_runtime_set_user_data(host.env, &data);
  call(host.env, "store", 64, 1234);
  wasm_exec_env_t env = wasm_runtime_spawn_exec_env(host.env);
  if (!CHECK(env != NULL)) return host_close(&host);
  wasm_module_inst_t instance = wasm_runtime_get_module_inst(env);
  CHECK(instance != NULL && instance != host.instance);
  CHECK(wasm_runtime_get_module(instance) == host.module);
  CHECK(wasm_runtime_get_custom_data(instance) == &data);
  CHECK(wasm_runtime_get_context(instance, key) == &key);
  CHECK(wasm_runtime_get_user_data(env) == NULL);
  CHECK_EQ(call(env, "started", 0, 0), 1);
  CHECK_EQ(call(env, "constructed", 0, 0), 0);
  CHECK_EQ(call(host.env, "constructed", 0, 0), 1);
  CHECK_EQ(call(env, "indirect", 0, 0), 7);
  CHECK_EQ(call(env, "load", 64, 0), 0); /* a memory of its own */
  CHECK_EQ(call(env, "load", 16, 0), 0x61746164);
  CHECK_EQ(call(host.env, "load", 64, 0), 1234);
  /* Five parts of 65536 bytes, as multiples of 16. */
  CHECK_EQ(call(env, "sp", 0, 0), 66560 - 13104);
  CHECK_EQ(call(host.env, "sp", 0, 0), 66560);
  wasm_runtime_set_custom_data(instance, NULL);
  CHECK(wasm_runtime_get_custom_data(host.instance) == NULL);
  wasm_runtime_set_context_spread(host.instance, key, &data);
  CHECK(wasm_runtime_get_context(instance, key) == &data);
  wasm_runtime_set_context(host.instance, key, NULL);
  CHECK(wasm_runtime_get_context(instance, key) == &data);
  wasm_runtime_deinstantiate(instance); /* it ends with its exec_env */
  CHECK_EQ(call(env, "add", 3, 4), 7);
  wasm_runtime_destroy_spawned_exec_env(env);
  wasm_runtime_destroy_spawned_exec_env(host.env); /* was not spawned */
  wasm_runtime_destroy_spawned_exec_env(NULL);
  CHECK(wasm_runtime_spawn_exec_env(NULL) == NULL);
  wasm_runtime_destroy_context_key(key);
  host_close(&host);
}

static void* returns(wasm_exec_env_t env, void* argument) {
  (void)env;
  return argument;
}

TEST(limits) {
  Host host = open_spawned();
  if (!host.env) return host_close(&host);
  wasm_exec_env_t envs[8];
  for (int i = 0; i < 4; ++i) {
    envs[i] = wasm_runtime_spawn_exec_env(i == 0 ? host.env : envs[i - 1]); /* from each other */
    CHECK(envs[i] != NULL);
    CHECK_EQ(call(envs[i], "sp", 0, 0), 66560 - 13104 * (i + 1));
  }
  capture_begin();
  CHECK(wasm_runtime_spawn_exec_env(host.env) == NULL);
  CHECK(logged(capture_end(),
               "thread manager error: failed to allocate aux stack space for new "
               "thread"));
  wasm_runtime_destroy_spawned_exec_env(envs[1]);
  envs[1] = wasm_runtime_spawn_exec_env(host.env);
  CHECK(envs[1] != NULL);
  CHECK_EQ(call(envs[1], "sp", 0, 0), 66560 - 13104 * 2);
  for (int i = 0; i < 3; ++i) wasm_runtime_destroy_spawned_exec_env(envs[i]);
  wasm_runtime_destroy_exec_env(envs[3]); /* the same */
  host_close(&host);
  wasm_runtime_set_max_thread_num(2);
  wasm_runtime_set_max_thread_num(0);
  host = open_spawned();
  CHECK((envs[0] = wasm_runtime_spawn_exec_env(host.env)) != NULL);
  CHECK((envs[1] = wasm_runtime_spawn_exec_env(host.env)) != NULL);
  capture_begin();
  CHECK(wasm_runtime_spawn_exec_env(host.env) == NULL);
  capture_end();
  for (int i = 0; i < 2; ++i) wasm_runtime_destroy_spawned_exec_env(envs[i]);
  host_close(&host);
  wasm_runtime_set_max_thread_num(4);
  host = host_open("memory", 0); /* tells of no stack */
  capture_begin();
  wasm_thread_t thread;
  CHECK(wasm_runtime_spawn_exec_env(host.env) == NULL);
  CHECK_EQ(wasm_runtime_spawn_thread(host.env, &thread, returns, NULL), -1);
  CHECK(strstr(capture_end(), "failed to allocate aux stack space") != NULL);
  host_close(&host);
}

TEST(exceptions_concern_all) {
  Host host = open_spawned();
  if (!host.env) return host_close(&host);
  wasm_exec_env_t env = wasm_runtime_spawn_exec_env(host.env);
  wasm_module_inst_t instance = wasm_runtime_get_module_inst(env);
  wasm_runtime_set_exception(instance, "stop all");
  CHECK_TEXT(wasm_runtime_get_exception(host.instance), "Exception: stop all");
  CHECK(wasm_runtime_spawn_exec_env(host.env) == NULL);
  wasm_runtime_clear_exception(host.instance);
  CHECK(wasm_runtime_get_exception(instance) == NULL);
  wasm_runtime_terminate(host.instance);
  CHECK_TEXT(wasm_runtime_get_exception(instance), "Exception: terminated by user");
  wasm_runtime_clear_exception(instance);
  CHECK(wasm_runtime_get_exception(host.instance) == NULL);
  CHECK_EQ(call(host.env, "add", 1, 2) + call(env, "add", 1, 2), 6);
  wasm_runtime_destroy_spawned_exec_env(env);
  host_close(&host);
}

TEST(shared_memories_are_the_same) {
  CHECK(wasm_runtime_register_natives("env", natives, 1));
  Host host = host_open("spawned_shared", 0);
  if (!host.env) return host_close(&host);
  call(host.env, "store", 16, 1234); /* where the data were */
  wasm_exec_env_t env = wasm_runtime_spawn_exec_env(host.env);
  if (!CHECK(env != NULL)) return host_close(&host);
  CHECK_EQ(call(env, "load", 16, 0), 1234);
  call(env, "store", 64, 5678);
  CHECK_EQ(call(host.env, "load", 64, 0), 5678);
  wasm_memory_inst_t memory = wasm_runtime_get_default_memory(wasm_runtime_get_module_inst(env));
  CHECK(memory == wasm_runtime_get_default_memory(host.instance));
  CHECK(wasm_memory_get_shared(memory));
  /* It stays while somebody has it. */
  wasm_runtime_destroy_exec_env(host.env);
  wasm_runtime_deinstantiate(host.instance);
  CHECK_EQ(call(env, "load", 64, 0), 5678);
  wasm_runtime_destroy_spawned_exec_env(env);
  wasm_runtime_unload(host.module);
  free(host.bytes.data);
}

/* ---- Threads */

static wasm_module_inst_t root;

static void* adds(wasm_exec_env_t env, void* argument) {
  CHECK(wasm_runtime_get_module_inst(env) != root);
  CHECK(wasm_runtime_thread_env_inited());
  for (uint32_t i = 0; i < 1000; ++i) CHECK_EQ(call(env, "add", i, 1), i + 1);
  return (char*)argument + 1;
}
static void* loops(wasm_exec_env_t env, void* argument) {
  wasm_module_inst_t instance = wasm_runtime_get_module_inst(env);
  wasm_function_inst_t loop = wasm_runtime_lookup_function(instance, "loop");
  __atomic_store_n((int*)argument, 1, __ATOMIC_RELEASE);
  CHECK(!wasm_runtime_call_wasm(env, loop, 0, NULL));
  CHECK_TEXT(wasm_runtime_get_exception(instance), "Exception: terminated by user");
  return NULL;
}
static void* traps(wasm_exec_env_t env, void* argument) {
  wasm_module_inst_t instance = wasm_runtime_get_module_inst(env);
  CHECK(!wasm_runtime_call_wasm(env, wasm_runtime_lookup_function(instance, "trap"), 0, NULL));
  return argument;
}
static void* sleeps(wasm_exec_env_t env, void* argument) {
  (void)env;
  usleep(30000);
  __atomic_store_n((int*)argument, 2, __ATOMIC_RELEASE);
  return argument;
}

static void* joins_itself(wasm_exec_env_t env, void* argument) {
  wasm_thread_t* own = argument;
  while (__atomic_load_n(own, __ATOMIC_ACQUIRE) == 0) usleep(100);
  CHECK_EQ(wasm_runtime_join_thread(*own, NULL), -1);
  wasm_runtime_destroy_spawned_exec_env(env); /* it ends with the callback */
  CHECK_EQ(call(env, "add", 1, 2), 3);
  return argument;
}

TEST(threads_run_and_are_joined) {
  Host host = open_spawned();
  if (!host.env) return host_close(&host);
  root = host.instance;
  wasm_thread_t threads[4];
  char arguments[4];
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 4; ++i) {
      CHECK_EQ(wasm_runtime_spawn_thread(host.env, &threads[i], adds, &arguments[i]), 0);
    }
    for (int i = 3; i >= 0; --i) {
      void* value = NULL;
      CHECK_EQ(wasm_runtime_join_thread(threads[i], &value), 0);
      CHECK(value == &arguments[i] + 1);
    }
  }
  CHECK_EQ(wasm_runtime_join_thread(threads[0], NULL), -1); /* is joined */
  wasm_thread_t own = 0, started;
  CHECK_EQ(wasm_runtime_spawn_thread(host.env, &started, joins_itself, &own), 0);
  __atomic_store_n(&own, started, __ATOMIC_RELEASE);
  CHECK_EQ(wasm_runtime_join_thread(started, NULL), 0);
  CHECK_EQ(wasm_runtime_join_thread(12345, NULL), -1);
  CHECK_EQ(wasm_runtime_spawn_thread(host.env, NULL, adds, NULL), -1);
  CHECK_EQ(wasm_runtime_spawn_thread(NULL, threads, adds, NULL), -1);
  CHECK_EQ(wasm_runtime_spawn_thread(host.env, threads, NULL, NULL), -1);
  host_close(&host);
}

TEST(threads_are_stopped) {
  Host host = open_spawned();
  if (!host.env) return host_close(&host);
  wasm_thread_t thread;
  int begun = 0;
  CHECK_EQ(wasm_runtime_spawn_thread(host.env, &thread, loops, &begun), 0);
  while (__atomic_load_n(&begun, __ATOMIC_ACQUIRE) == 0) usleep(1000);
  usleep(2000);
  wasm_runtime_terminate(host.instance);
  CHECK_EQ(wasm_runtime_join_thread(thread, NULL), 0);
  wasm_runtime_clear_exception(host.instance);
  /* A trap in one ends the others. */
  CHECK_EQ(wasm_runtime_spawn_thread(host.env, &thread, traps, NULL), 0);
  CHECK_EQ(wasm_runtime_join_thread(thread, NULL), 0);
  CHECK_TEXT(wasm_runtime_get_exception(host.instance), "Exception: unreachable");
  wasm_runtime_clear_exception(host.instance);
  CHECK_EQ(call(host.env, "add", 1, 1), 2);
  host_close(&host);
}

static void* terminates(void* given) {
  usleep(20000);
  wasm_runtime_terminate(given);
  return NULL;
}

TEST(natives_join) {
  Host host = open_spawned();
  if (!host.env) return host_close(&host);
  int state = 0;
  CHECK_EQ(wasm_runtime_spawn_thread(host.env, &joined, sleeps, &state), 0);
  CHECK_EQ(call(host.env, "joins", 0, 0), 5);
  CHECK(join_result == 0 && join_value == &state && state == 2);
  /* A guest that waits can be stopped; the thread can be joined afterwards. */
  wasm_thread_t thread;
  pthread_t stopper;
  state = 0;
  CHECK_EQ(wasm_runtime_spawn_thread(host.env, &thread, loops, &state), 0);
  joined = thread;
  CHECK_EQ(pthread_create(&stopper, NULL, terminates, host.instance), 0);
  CHECK_TEXT(host_trap(&host, "joins", 0), "Exception: terminated by user");
  pthread_join(stopper, NULL);
  if (join_result != 0) CHECK_EQ(wasm_runtime_join_thread(thread, NULL), 0);
  wasm_runtime_clear_exception(host.instance);
  host_close(&host);
}

TEST(instances_wait_for_their_threads) {
  Host host = open_spawned();
  if (!host.env) return host_close(&host);
  wasm_thread_t threads[2];
  int states[2] = {0, 0};
  for (int i = 0; i < 2; ++i) {
    CHECK_EQ(wasm_runtime_spawn_thread(host.env, &threads[i], sleeps, &states[i]), 0);
  }
  host_close(&host);
  CHECK(states[0] == 2 && states[1] == 2);
  CHECK_EQ(wasm_runtime_join_thread(threads[0], NULL), -1);
  /* An exec_env that the host has left to itself outlives its root. */
  host = open_spawned();
  wasm_exec_env_t env = wasm_runtime_spawn_exec_env(host.env);
  wasm_runtime_destroy_exec_env(host.env);
  wasm_runtime_deinstantiate(host.instance);
  CHECK_EQ(call(env, "add", 20, 3), 23);
  wasm_runtime_destroy_spawned_exec_env(env);
  wasm_runtime_unload(host.module);
  free(host.bytes.data);
}

int main(void) {
  RUN(instances_of_their_own);
  RUN(limits);
  RUN(exceptions_concern_all);
  RUN(shared_memories_are_the_same);
  RUN(threads_run_and_are_joined);
  RUN(threads_are_stopped);
  RUN(natives_join);
  RUN(instances_wait_for_their_threads);
  return host_result();
}
