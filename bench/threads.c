#define _GNU_SOURCE
#include "threads.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "wembed.h"

static uint8_t* bytes;
static wasm_module_t module;
static wasm_module_inst_t instance;
static wasm_exec_env_t exec_env, other_env;
static wasm_function_inst_t none, add, notify, ping, pong;

bool threads_begin(const char* modules) {
  char path[1024];
  char error[256];
  snprintf(path, sizeof path, "%s/threads.wasm", modules);
  FILE* in = fopen(path, "rb");
  if (!in) return false;
  bytes = malloc(65536);
  uint32_t size = bytes ? (uint32_t)fread(bytes, 1, 65536, in) : 0;
  fclose(in);
  module = wasm_runtime_load(bytes, size, error, sizeof error);
  if (module) instance = wasm_runtime_instantiate(module, 65536, 0, error, sizeof error);
  if (!instance) {
    fprintf(stderr, "%s\n", error);
    return false;
  }
  exec_env = wasm_runtime_create_exec_env(instance, 65536);
  other_env = wasm_runtime_create_exec_env(instance, 65536);
  none = wasm_runtime_lookup_function(instance, "none");
  add = wasm_runtime_lookup_function(instance, "add");
  notify = wasm_runtime_lookup_function(instance, "notify");
  ping = wasm_runtime_lookup_function(instance, "ping");
  pong = wasm_runtime_lookup_function(instance, "pong");
  return exec_env && other_env && none && add && notify && ping && pong;
}

void threads_end(void) {
  if (exec_env) wasm_runtime_destroy_exec_env(exec_env);
  if (other_env) wasm_runtime_destroy_exec_env(other_env);
  if (instance) wasm_runtime_deinstantiate(instance);
  if (module) wasm_runtime_unload(module);
  free(bytes);
}

static bool loop_of(wasm_exec_env_t env, wasm_function_inst_t function, uint32_t n) {
  uint64_t slots[1] = {n};
  return n == 0 || wembed_call(env, function, slots, NULL);
}

bool atomic_none(uint32_t n) { return loop_of(exec_env, none, n); }
bool atomic_add(uint32_t n) { return loop_of(exec_env, add, n); }
bool notify_nobody(uint32_t n) { return loop_of(exec_env, notify, n); }

// Runs both sides, each on a thread.
static bool run_both(void* (*first)(void*), void* (*second)(void*), uint32_t n) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, second, &n) != 0) return false;
  void* bad = first(&n);
  void* other_bad = NULL;
  pthread_join(thread, &other_bad);
  return bad == NULL && other_bad == NULL;
}

static void* run_ping(void* n) { return loop_of(exec_env, ping, *(uint32_t*)n) ? NULL : n; }
static void* run_pong(void* n) { return loop_of(other_env, pong, *(uint32_t*)n) ? NULL : n; }

bool wake_guests(uint32_t n) { return run_both(run_ping, run_pong, n); }

#ifdef __linux__

static uint32_t word;

static void futex(int operation, uint32_t value) {
  syscall(SYS_futex, &word, operation, value, NULL, NULL, 0);
}

static void* futex_ping(void* count) {
  for (uint32_t n = *(uint32_t*)count; n > 0; n--) {
    __atomic_store_n(&word, 1, __ATOMIC_SEQ_CST);
    futex(FUTEX_WAKE_PRIVATE, 1);
    while (__atomic_load_n(&word, __ATOMIC_SEQ_CST) == 1) futex(FUTEX_WAIT_PRIVATE, 1);
  }
  return NULL;
}

static void* futex_pong(void* count) {
  for (uint32_t n = *(uint32_t*)count; n > 0; n--) {
    while (__atomic_load_n(&word, __ATOMIC_SEQ_CST) == 0) futex(FUTEX_WAIT_PRIVATE, 0);
    __atomic_store_n(&word, 0, __ATOMIC_SEQ_CST);
    futex(FUTEX_WAKE_PRIVATE, 1);
  }
  return NULL;
}

bool wake_futexes(uint32_t n) { return run_both(futex_ping, futex_pong, n); }

#else

bool wake_futexes(uint32_t n) { return n == 0; }

#endif
