#include "instances.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { kMostThreads = 16, kPage = 4096, kFirstWritten = 8192 };

// The pages are behind the module's data.
static void write_pages(wasm_module_inst_t instance, uint32_t pages) {
  if (pages == 0) return;
  uint8_t* base = wasm_memory_get_base_address(wasm_runtime_get_default_memory(instance));
  for (uint32_t i = 0; i < pages; i++) base[kFirstWritten + i * kPage] = 1;
}

static bool drop_loop(const cycle_t* cycle, uint32_t n) {
  wembed_error_t error;
  for (uint32_t i = 0; i < n; i++) {
    wasm_module_inst_t instance = wembed_instantiate(cycle->module, &cycle->options, &error);
    if (!instance) {
      fprintf(stderr, "%s\n", error.message);
      return false;
    }
    write_pages(instance, cycle->written_pages);
    wasm_runtime_deinstantiate(instance);
  }
  return true;
}

static bool reset_loop(const cycle_t* cycle, uint32_t n) {
  wembed_error_t error;
  for (uint32_t i = 0; i < n; i++) {
    write_pages(cycle->resets, cycle->written_pages);
    if (!wembed_instance_reset(cycle->resets, NULL, &error)) {
      fprintf(stderr, "%s\n", error.message);
      return false;
    }
  }
  return true;
}

static bool private_loop(uint32_t n) {
  volatile uint64_t state = 1;
  for (uint64_t i = 0; i < (uint64_t)n * 700; i++) state = state * 3 + i;
  return true;
}

bool cycle_run(const cycle_t* cycle, uint32_t n) {
  if (cycle->module == NULL) return private_loop(n);
  return cycle->resets ? reset_loop(cycle, n) : drop_loop(cycle, n);
}

// ---- several threads

typedef struct worker {
  pthread_t thread;
  atomic_uint* go;     // kWait until all are there
  atomic_uint* there;  // how many are
  const cycle_t* cycle;
  uint32_t n;
  bool right;
  struct timespec from, to;    // on the wall
  struct timespec begin, end;  // of the thread's processor time
} worker_t;

enum { kWait, kRun, kCancelled };

static void* work(void* argument) {
  worker_t* worker = argument;
  bool ready = wasm_runtime_init_thread_env() && cycle_run(worker->cycle, 16);
  unsigned go;
  atomic_fetch_add(worker->there, 1);
  while ((go = atomic_load(worker->go)) == kWait) sched_yield();
  clock_gettime(CLOCK_MONOTONIC, &worker->from);
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &worker->begin);
  worker->right = ready && go == kRun && cycle_run(worker->cycle, worker->n);
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &worker->end);
  clock_gettime(CLOCK_MONOTONIC, &worker->to);
  wasm_runtime_destroy_thread_env();
  return NULL;
}

static double nanoseconds(const struct timespec* time) {
  return (double)time->tv_sec * 1e9 + (double)time->tv_nsec;
}

double cycle_run_threads(const cycle_t* cycle, uint32_t threads, uint32_t n, double* processor_ns) {
  worker_t workers[kMostThreads];
  atomic_uint go = kWait, there = 0;
  if (threads == 0 || threads > kMostThreads || cycle->resets) return -1;
  memset(workers, 0, sizeof workers);
  uint32_t made = 0;
  for (; made < threads; made++) {
    worker_t* worker = &workers[made];
    worker->go = &go;
    worker->there = &there;
    worker->cycle = cycle;
    worker->n = n;
    if (pthread_create(&worker->thread, NULL, work, worker) != 0) break;
  }
  // One that starts late would be counted as time.
  while (atomic_load(&there) < made) sched_yield();
  atomic_store(&go, made == threads ? kRun : kCancelled);
  double from = 0, to = 0;
  *processor_ns = 0;
  bool right = made == threads;
  for (uint32_t i = 0; i < made; i++) {
    pthread_join(workers[i].thread, NULL);
    right = right && workers[i].right;
    *processor_ns += (nanoseconds(&workers[i].end) - nanoseconds(&workers[i].begin)) / threads;
    double first = nanoseconds(&workers[i].from), last = nanoseconds(&workers[i].to);
    if (i == 0 || first < from) from = first;
    if (i == 0 || last > to) to = last;
  }
  return right ? to - from : -1;
}
