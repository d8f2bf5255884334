/* Several threads at once, on every backend: one module shared by all, pools, runtimes, stopping.
 */
#include <pthread.h>
#include <time.h>

#include "backends.h"

#define THREADS 8
#define NEW_STATE 115 /* what "state" gives for a new instance of shared.wat */

static void pause_us(long us) {
  struct timespec time = {us / 1000000, us % 1000000 * 1000};
  nanosleep(&time, NULL);
}

/* Checks of a worker: host_check() counts without a lock, so only the failing ones get there. */
static pthread_mutex_t reports = PTHREAD_MUTEX_INITIALIZER;
static bool expect(bool good, const char* row, const char* what) {
  if (good) return true;
  pthread_mutex_lock(&reports);
  if (++host_failures <= 20) fprintf(stderr, "%s: %s: %s\n", host_test, row, what);
  pthread_mutex_unlock(&reports);
  return false;
}

static uint32_t call_i32(wasm_exec_env_t env, const char* name, uint32_t argument) {
  uint64_t slots[2] = {argument, 0};
  wasm_function_inst_t function =
      wasm_runtime_lookup_function(wasm_runtime_get_module_inst(env), name);
  return wembed_call(env, function, slots, NULL) ? (uint32_t)slots[0] : 0xDEADBEEF;
}

static uint32_t expected_work(uint32_t rounds) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < rounds; ++i) {
    uint32_t values[] = {sum + i, sum - i, sum * i, sum & i, sum | i, sum ^ i};
    sum = values[i % 6];
  }
  return sum;
}

typedef struct Shared {
  const Row* row;
  wembed_runtime_t runtime;
  wasm_module_t module;
  pthread_barrier_t start;
  uint32_t rounds;
  int users; /* the last one unloads the module */
} Shared;

typedef struct Worker {
  Shared* shared;
  pthread_t thread;
  uint32_t index;
  _Alignas(16) uint8_t block[8 * 65536];
} Worker;

static Worker workers[THREADS];

/* One instance: new, used, soiled, trapped, as new again, gone. */
static bool lives(const Shared* shared, Worker* worker, uint32_t round) {
  const char* row = shared->row->name;
  wembed_instantiate_options_t options =
      row_options(shared->row, worker->block, sizeof worker->block);
  wembed_error_t error;
  wasm_module_inst_t instance = wembed_instantiate(shared->module, &options, &error);
  if (!expect(instance != NULL, row, error.message)) return false;
  wasm_exec_env_t env = wasm_runtime_create_exec_env(instance, 16384);
  if (expect(env != NULL, row, "exec_env")) {
    expect(call_i32(env, "state", 0) == NEW_STATE, row, "state of a new instance");
    expect(call_i32(env, "work", 50 + round) == expected_work(50 + round), row, "work");
    expect(call_i32(env, "soil", 0x5A + worker->index) == 3, row, "soil");
    expect(call_i32(env, "state", 0) != NEW_STATE, row, "state after soiling");
    expect(call_i32(env, "trap", worker->index) == 0xDEADBEEF, row, "no trap");
    const char* text = wasm_runtime_get_exception(instance);
    expect(text != NULL && strstr(text, "out of bounds memory access") != NULL, row, "trap");
    wasm_runtime_clear_exception(instance);
    for (int again = 0; again < 2; ++again) {
      if (!expect(wembed_instance_reset(instance, NULL, &error), row, error.message)) break;
      expect(call_i32(env, "state", 0) == NEW_STATE, row, "state after a reset");
      expect(call_i32(env, "work", 20) == expected_work(20), row, "work after a reset");
      expect(call_i32(env, "soil", 0x77) == 3, row, "soil after a reset");
    }
    wasm_runtime_destroy_exec_env(env);
  }
  wasm_runtime_deinstantiate(instance);
  return true;
}

static void* shares_a_module(void* data) {
  Worker* worker = data;
  Shared* shared = worker->shared;
  wasm_runtime_init_thread_env();
  pthread_barrier_wait(&shared->start); /* so that first calls translate the same functions */
  for (uint32_t round = 0; round < shared->rounds; ++round) {
    if (!lives(shared, worker, round)) break;
    if (round % 16 == worker->index) wembed_memory_trim(shared->runtime);
    wembed_memory_report_t report = {.size = sizeof report};
    expect(wembed_memory_report(shared->runtime, &report), shared->row->name, "report");
    expect(report.live <= THREADS, shared->row->name, "live slots");
  }
  if (__atomic_sub_fetch(&shared->users, 1, __ATOMIC_ACQ_REL) == 0) {
    wasm_runtime_unload(shared->module);
  }
  wasm_runtime_destroy_thread_env();
  return NULL;
}

static void share(const Row* row, wembed_runtime_t runtime, Bytes bytes, uint32_t rounds) {
  Shared shared = {row, runtime, row_load(runtime, bytes), {{0}}, rounds, THREADS};
  if (shared.module == NULL) return;
  pthread_barrier_init(&shared.start, NULL, THREADS);
  for (uint32_t i = 0; i < THREADS; ++i) {
    workers[i].shared = &shared;
    workers[i].index = i;
    pthread_create(&workers[i].thread, NULL, shares_a_module, &workers[i]);
  }
  for (uint32_t i = 0; i < THREADS; ++i) pthread_join(workers[i].thread, NULL);
  pthread_barrier_destroy(&shared.start);
}

/* Translation, instances, calls, traps, resets and the end of one module in four threads. */
TEST(one_module_in_many_threads) {
  Bytes bytes = host_read("shared");
  FOR_EACH_BACKEND(row) {
    wembed_runtime_t runtime = row_runtime(row, THREADS);
    if (runtime == NULL) continue;
    for (int times = 0; times < 8; ++times) share(row, runtime, bytes, 6);
    share(row, runtime, bytes, 60);
    wembed_memory_report_t report = {.size = sizeof report};
    CHECK(wembed_memory_report(runtime, &report));
    CHECK(report.live == 0 && (row->backend == WEMBED_BACKEND_POOL) == (report.hits > 0));
    wembed_runtime_delete(runtime);
  }
  free(bytes.data);
}

/* Fewer slots than threads: who finds none steps down to memory on demand. */
static void* wants_a_slot(void* data) {
  Worker* worker = data;
  Shared* shared = worker->shared;
  wembed_error_t error;
  pthread_barrier_wait(&shared->start);
  for (uint32_t round = 0; round < shared->rounds; ++round) {
    wasm_module_inst_t instance = wembed_instantiate(shared->module, NULL, &error);
    if (!expect(instance != NULL, shared->row->name, error.message)) break;
    wasm_exec_env_t env = wasm_runtime_get_exec_env_singleton(instance);
    expect(call_i32(env, "state", 0) == NEW_STATE, shared->row->name, "state");
    expect(call_i32(env, "soil", round) == 3, shared->row->name, "soil");
    wasm_runtime_deinstantiate(instance);
  }
  return NULL;
}

TEST(threads_and_a_full_pool) {
  Bytes bytes = host_read("shared");
  FOR_EACH_BACKEND(row) {
    if (row->backend != WEMBED_BACKEND_POOL) continue;
    wembed_runtime_t runtime = row_runtime(row, 2);
    if (runtime == NULL) continue;
    Shared shared = {row, runtime, row_load(runtime, bytes), {{0}}, 60, THREADS};
    pthread_barrier_init(&shared.start, NULL, THREADS);
    for (int i = 0; i < THREADS; ++i) {
      workers[i].shared = &shared;
      pthread_create(&workers[i].thread, NULL, wants_a_slot, &workers[i]);
    }
    for (int i = 0; i < THREADS; ++i) pthread_join(workers[i].thread, NULL);
    pthread_barrier_destroy(&shared.start);
    wembed_memory_report_t report = {.size = sizeof report};
    CHECK(wembed_memory_report(runtime, &report));
    CHECK_EQ(report.hits + report.misses, 60 * THREADS); /* the trial at the start is none */
    CHECK(report.live == 0 && report.peak <= 2 && report.misses == report.found_full);
    wasm_runtime_unload(shared.module);
    wembed_runtime_delete(runtime);
  }
  free(bytes.data);
}

/* A runtime for each thread, while others begin and end theirs. */
static void* has_a_runtime(void* data) {
  Worker* worker = data;
  Bytes bytes = host_read("shared");
  for (uint32_t round = 0; round < 6; ++round) {
    const Row* row = &backend_rows[(worker->index + round) % 6];
    Shared own = {row, row_runtime(row, 4), NULL, {{0}}, 0, 1};
    if (!expect(own.runtime != NULL, row->name, "runtime")) break;
    own.module = row_load(own.runtime, bytes);
    for (uint32_t i = 0; i < 5; ++i) lives(&own, worker, i);
    wasm_runtime_unload(own.module);
    wembed_runtime_delete(own.runtime);
  }
  free(bytes.data);
  return NULL;
}

TEST(several_runtimes_at_once) {
  for (uint32_t i = 0; i < THREADS; ++i) {
    workers[i].index = i;
    pthread_create(&workers[i].thread, NULL, has_a_runtime, &workers[i]);
  }
  for (uint32_t i = 0; i < THREADS; ++i) pthread_join(workers[i].thread, NULL);
}

/* ---- Stopping from outside */

typedef struct Guest {
  Shared* shared;
  Worker* worker;
  wembed_stop_t stop;
  wasm_module_inst_t instance;
  bool is_done;
} Guest;

/* Calls that end by a deadline, a stop request or termination, whichever comes first. */
static void* runs_endlessly(void* data) {
  Guest* guest = data;
  const char* row = guest->shared->row->name;
  wasm_exec_env_t env = wasm_runtime_create_exec_env(guest->instance, 16384);
  wasm_function_inst_t endless = wasm_runtime_lookup_function(guest->instance, "endless");
  for (uint32_t round = 0; round < 20; ++round) {
    wembed_call_options_t options = {.size = sizeof options, .fuel = -1, .stop = guest->stop};
    if (round % 3 != 0) options.deadline_ms = 1 + round % 2;
    uint64_t slots[1] = {0};
    expect(!wembed_call(env, endless, slots, &options), row, "an endless call ended");
    wembed_error_t error;
    expect(wembed_get_error(guest->instance, &error), row, "no error");
    expect(strcmp(error.code, "Deadline") == 0 || strcmp(error.code, "Terminated") == 0, row,
           error.message);
    wembed_stop_clear(guest->stop);
    wasm_runtime_clear_exception(guest->instance);
  }
  wasm_runtime_destroy_exec_env(env);
  __atomic_store_n(&guest->is_done, true, __ATOMIC_RELEASE);
  return NULL;
}

TEST(stopped_by_other_threads) {
  Bytes bytes = host_read("shared");
  FOR_EACH_BACKEND(row) {
    wembed_runtime_t runtime = row_runtime(row, THREADS);
    if (runtime == NULL) continue;
    Shared shared = {row, runtime, row_load(runtime, bytes), {{0}}, 0, 0};
    Guest guests[THREADS];
    for (int i = 0; i < THREADS; ++i) {
      wembed_instantiate_options_t options =
          row_options(row, workers[i].block, sizeof workers[i].block);
      guests[i] = (Guest){&shared, &workers[i], wembed_stop_new(runtime),
                          wembed_instantiate(shared.module, &options, NULL), false};
      CHECK(guests[i].instance != NULL && guests[i].stop != NULL);
      pthread_create(&workers[i].thread, NULL, runs_endlessly, &guests[i]);
    }
    for (uint32_t turn = 0, left = THREADS; left > 0; ++turn) {
      pause_us(300);
      left = 0;
      for (uint32_t i = 0; i < THREADS; ++i) {
        if (__atomic_load_n(&guests[i].is_done, __ATOMIC_ACQUIRE)) continue;
        ++left;
        if ((turn + i) % 2 == 0)
          wembed_stop_request(guests[i].stop);
        else
          wasm_runtime_terminate(guests[i].instance);
      }
    }
    for (int i = 0; i < THREADS; ++i) {
      pthread_join(workers[i].thread, NULL);
      wembed_stop_delete(guests[i].stop);
      wasm_runtime_deinstantiate(guests[i].instance);
    }
    wasm_runtime_unload(shared.module);
    wembed_runtime_delete(runtime);
  }
  free(bytes.data);
}

/* A start function that does not end, stopped while it runs or just before. */
static void* starts(void* data) {
  Guest* guest = data;
  for (uint32_t round = 0; round < 10; ++round) {
    wembed_instantiate_options_t options = {
        .size = sizeof options, .stop = guest->stop, .deadline_ms = round % 2 ? 2 : 0};
    wembed_error_t error;
    expect(wembed_instantiate(guest->shared->module, &options, &error) == NULL,
           guest->shared->row->name, "an endless start function ended");
    expect(strcmp(error.code, "Deadline") == 0 || strcmp(error.code, "Terminated") == 0,
           guest->shared->row->name, error.message);
    wembed_stop_clear(guest->stop);
  }
  __atomic_store_n(&guest->is_done, true, __ATOMIC_RELEASE);
  return NULL;
}

static void started(wasm_exec_env_t env) { (void)env; }
static NativeSymbol natives[] = {EXPORT_WASM_API_WITH_SIG(started, "()")};

TEST(start_functions_stopped_by_other_threads) {
  Bytes bytes = host_read("start_loop");
  for (int pooled = 0; pooled < 2; ++pooled) {
    const Row* row = &backend_rows[pooled == 0 ? 0 : 2];
    wembed_runtime_t runtime = row_runtime(row, 1);
    if (runtime == NULL) continue;
    CHECK(wembed_register_natives(runtime, "env", natives, 1, false));
    Shared shared = {row, runtime, row_load(runtime, bytes), {{0}}, 0, 0};
    Guest guest = {&shared, &workers[0], wembed_stop_new(runtime), NULL, false};
    pthread_create(&workers[0].thread, NULL, starts, &guest);
    while (!__atomic_load_n(&guest.is_done, __ATOMIC_ACQUIRE)) {
      pause_us(500);
      wembed_stop_request(guest.stop);
    }
    pthread_join(workers[0].thread, NULL);
    wembed_stop_delete(guest.stop);
    wasm_runtime_unload(shared.module);
    wembed_runtime_delete(runtime);
  }
  free(bytes.data);
}

/* Threads that load and unload the same bytes: types are shared by all modules of a runtime. */
static void* loads(void* data) {
  Worker* worker = data;
  Shared* shared = worker->shared;
  Bytes bytes = host_read("shared");
  pthread_barrier_wait(&shared->start);
  for (uint32_t round = 0; round < 30; ++round) {
    Shared own = *shared;
    own.module = row_load(shared->runtime, bytes);
    if (round % 4 == 0) lives(&own, worker, round);
    wasm_runtime_unload(own.module);
  }
  free(bytes.data);
  return NULL;
}

TEST(loading_at_the_same_time) {
  const Row* row = &backend_rows[3];
  Shared shared = {row, row_runtime(row, THREADS), NULL, {{0}}, 0, THREADS};
  if (shared.runtime == NULL) return;
  pthread_barrier_init(&shared.start, NULL, THREADS);
  for (uint32_t i = 0; i < THREADS; ++i) {
    workers[i].shared = &shared;
    workers[i].index = i;
    pthread_create(&workers[i].thread, NULL, loads, &workers[i]);
  }
  for (int i = 0; i < THREADS; ++i) pthread_join(workers[i].thread, NULL);
  pthread_barrier_destroy(&shared.start);
  wembed_runtime_delete(shared.runtime);
}

int main(void) {
  RUN(one_module_in_many_threads);
  RUN(threads_and_a_full_pool);
  RUN(several_runtimes_at_once);
  RUN(stopped_by_other_threads);
  RUN(start_functions_stopped_by_other_threads);
  RUN(loading_at_the_same_time);
  return host_result();
}
