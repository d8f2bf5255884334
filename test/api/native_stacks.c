/*
 * Small native stacks, and stacks the system knows nothing of: host and guest that call each other
 * without end run into `native stack overflow`, and never into what lies below the stack.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "host.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

/* The sanitizers' own frames do not fit small stacks, nor do they follow a switch of stacks. */
#ifndef SANITIZED

static Host shared;
static uint32_t deepest;

static uint32_t again(wasm_exec_env_t env, uint32_t depth) {
  deepest = depth;
  uint32_t cells[1] = {depth};
  return wasm_runtime_call_wasm(env, host_function(&shared, "recurse"), 1, cells) ? cells[0] : 0;
}
static NativeSymbol natives[] = {EXPORT_WASM_API_WITH_SIG(again, "(i)i")};

static Host open_recursion(void) {
  CHECK(wasm_runtime_register_natives("env", natives, 1));
  return host_try("recurse_host", 1 << 20, 0);
}

/* What runs on the stack under test; nothing here may take much of it. */
typedef struct Work {
  int recursions;
  bool overflowed;
} Work;

static void recurse(Work* work) {
  uint32_t cells[1] = {0};
  work->overflowed = true;
  for (int i = 0; i < work->recursions; ++i) {
    bool good = wasm_runtime_call_wasm(shared.env, host_function(&shared, "recurse"), 1, cells);
    const char* text = wasm_runtime_get_exception(shared.instance);
    if (good || text == NULL || strcmp(text, "Exception: native stack overflow") != 0) {
      work->overflowed = false;
    }
    wasm_runtime_clear_exception(shared.instance);
  }
}

/* Runs `test` in a child; what overran its stack shows by how that ends. */
static bool in_child(void (*test)(size_t bytes), size_t bytes) {
  fflush(NULL);
  pid_t pid = fork();
  if (pid == 0) {
    unsigned before = host_failures;
    test(bytes);
    _exit(host_failures == before ? 0 : 1);
  }
  int status = 0;
  if (waitpid(pid, &status, 0) != pid || status == 0) return status == 0;
  fprintf(stderr, "%zu bytes: status %x\n", bytes, status);
  return false;
}

/* ---- Threads */

static void* recurse_on_thread(void* work) {
  recurse(work);
  return NULL;
}

static void recurse_on_thread_of(size_t bytes) {
  Work work = {3, false};
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  if (pthread_attr_setstacksize(&attributes, bytes) != 0) return; /* the C library takes no less */
  shared = open_recursion();
  if (!CHECK(shared.env != NULL)) return;
  CHECK_EQ(pthread_create(&thread, &attributes, recurse_on_thread, &work), 0);
  pthread_join(thread, NULL);
  CHECK(work.overflowed);
  host_close(&shared);
}

static const size_t kSizes[] = {12 << 10, 16 << 10, 20 << 10, 24 << 10, 28 << 10,
                                32 << 10, 48 << 10, 64 << 10, 128 << 10};
#define SIZES (sizeof kSizes / sizeof kSizes[0])

TEST(threads_with_small_stacks) {
  for (size_t i = 0; i < SIZES; ++i) CHECK(in_child(recurse_on_thread_of, kSizes[i]));
}

/* ---- Coroutines */

static ucontext_t outside;
static ucontext_t inside;
static Work coroutine_work;
static bool is_bounded; /* the host tells the boundary */
static const uint8_t* coroutine_stack;

static void recurse_in_coroutine(void) {
  if (is_bounded) {
    wasm_runtime_set_native_stack_boundary(shared.env, (uint8_t*)(uintptr_t)coroutine_stack);
  }
  recurse(&coroutine_work);
}

static uint8_t* map_stack(size_t bytes) {
  return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* On a stack with `below` bytes under it that must stay as they are. */
static void run_coroutine(size_t bytes) {
  const size_t below = 64 << 10;
  uint8_t* block = map_stack(below + bytes);
  if (!CHECK(block != MAP_FAILED)) return;
  memset(block, 0x5a, below);
  coroutine_stack = block + below;
  getcontext(&inside);
  inside.uc_stack.ss_sp = block + below;
  inside.uc_stack.ss_size = bytes;
  inside.uc_link = &outside;
  makecontext(&inside, recurse_in_coroutine, 0);
  swapcontext(&outside, &inside);
  size_t clean = 0;
  while (clean < below && block[clean] == 0x5a) ++clean;
  CHECK_EQ(clean, below);
  CHECK(coroutine_work.overflowed);
}

static void recurse_in_coroutine_of(size_t bytes) {
  shared = open_recursion();
  if (!CHECK(shared.env != NULL)) return;
  coroutine_work = (Work){3, false};
  run_coroutine(bytes);
  CHECK(is_bounded || deepest >= 3); /* a few calls inside each other go on any stack */
  host_close(&shared);
}

TEST(coroutines_whose_stack_nobody_knows) {
  is_bounded = false;
  for (size_t i = 1; i < SIZES; ++i) CHECK(in_child(recurse_in_coroutine_of, kSizes[i]));
}

TEST(coroutines_whose_bottom_the_host_tells) {
  is_bounded = true;
  for (size_t i = 0; i < SIZES; ++i) CHECK(in_child(recurse_in_coroutine_of, kSizes[i]));
}

/* A call alone, a first one and one that faults, fits a stack of 12 KiB. */
static Host calls;
static bool call_worked[2];
static void call_alone(void) {
  uint32_t cells[2] = {0, 3};
  call_worked[0] = wasm_runtime_call_wasm(calls.env, host_function(&calls, "sum"), 2, cells);
  cells[0] = 0xfffffff0;
  call_worked[1] = wasm_runtime_call_wasm(calls.env, host_function(&calls, "load8"), 1, cells);
}

TEST(a_call_alone_fits_a_coroutine_of_12_kib) {
  calls = host_open("memory", 0);
  if (!calls.env) return host_close(&calls);
  uint8_t* stack = map_stack(12 << 10);
  getcontext(&inside);
  inside.uc_stack.ss_sp = stack;
  inside.uc_stack.ss_size = 12 << 10;
  inside.uc_link = &outside;
  makecontext(&inside, call_alone, 0);
  swapcontext(&outside, &inside);
  CHECK(call_worked[0] && !call_worked[1]);
  CHECK_TEXT(wasm_runtime_get_exception(calls.instance), "Exception: out of bounds memory access");
  munmap(stack, 12 << 10);
  host_close(&calls);
}

/* ---- Threads whose bounds the system cannot tell at first */

/* On the main thread the C library reads a file to find out: without one, and then with. */
static void recurse_without_files(size_t unused) {
  (void)unused;
  struct rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  struct rlimit none = {0, before.rlim_max};
  struct rlimit stack = {1 << 20, RLIM_INFINITY};
  setrlimit(RLIMIT_STACK, &stack);
  shared = open_recursion();
  if (!CHECK(shared.env != NULL)) return;
  setrlimit(RLIMIT_NOFILE, &none);
  Work work = {2, false};
  recurse(&work);
  CHECK(work.overflowed && deepest > 100);
  setrlimit(RLIMIT_NOFILE, &before);
  recurse(&work);
  CHECK(work.overflowed && deepest > 100);
  host_close(&shared);
}

TEST(the_main_thread_without_a_free_file) { CHECK(in_child(recurse_without_files, 0)); }

int main(void) {
  RUN(the_main_thread_without_a_free_file); /* first: bounds that are known stay known */
  RUN(threads_with_small_stacks);
  RUN(coroutines_whose_stack_nobody_knows);
  RUN(coroutines_whose_bottom_the_host_tells);
  RUN(a_call_alone_fits_a_coroutine_of_12_kib);
  return host_result();
}

#else

int main(void) { return 0; }

#endif
