#define _GNU_SOURCE
#include "threads.h"

#include <pthread.h>
#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "guest.h"
#include "wembed.h"

static guest_t guest;
static wasm_exec_env_t other_env;
static wasm_function_inst_t none, add, notify, ping, pong;

bool threads_begin(const char* modules) {
  if (!guest_open(&guest, modules, "threads", 0)) return false;
  other_env = wasm_runtime_create_exec_env(guest.instance, 65536);
  none = wasm_runtime_lookup_function(guest.instance, "none");
  add = wasm_runtime_lookup_function(guest.instance, "add");
  notify = wasm_runtime_lookup_function(guest.instance, "notify");
  ping = wasm_runtime_lookup_function(guest.instance, "ping");
  pong = wasm_runtime_lookup_function(guest.instance, "pong");
  return other_env && none && add && notify && ping && pong;
}

void threads_end(void) {
  if (other_env) wasm_runtime_destroy_exec_env(other_env);
  guest_close(&guest);
}

static bool loop_of(wasm_exec_env_t env, wasm_function_inst_t function, uint32_t n) {
  uint64_t slots[1] = {n};
  return n == 0 || wembed_call(env, function, slots, NULL);
}

bool atomic_none(uint32_t n) { return loop_of(guest.exec_env, none, n); }
bool atomic_add(uint32_t n) { return loop_of(guest.exec_env, add, n); }
bool notify_nobody(uint32_t n) { return loop_of(guest.exec_env, notify, n); }

// Runs both sides, each on a thread.
static bool run_both(void* (*first)(void*), void* (*second)(void*), uint32_t n) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, second, &n) != 0) return false;
  void* bad = first(&n);
  void* other_bad = NULL;
  pthread_join(thread, &other_bad);
  return bad == NULL && other_bad == NULL;
}

static void* run_ping(void* n) { return loop_of(guest.exec_env, ping, *(uint32_t*)n) ? NULL : n; }
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
