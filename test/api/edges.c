/* What hosts and hostile files have tried elsewhere, each in a bounded form: nothing crashes,
 * nothing grows, everything goes on. */
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

#define OVERFLOW_TEXT "Exception: wasm operand stack overflow"
#define OUTSIDE_TEXT "Exception: out of bounds memory access"

TEST(endless_recursion_on_5000_stack_sizes) {
  Host host = host_open("traps", 0);
  if (!host.env) return host_close(&host);
  wasm_runtime_destroy_exec_env(host.env);
  for (uint32_t i = 0; i < 5000; ++i) {
    host.env = wasm_runtime_create_exec_env(host.instance, 8 + i * 8);
    if (!CHECK(host.env != NULL)) break;
    CHECK_TEXT(host_trap(&host, "deep", 0), OVERFLOW_TEXT);
    CHECK_TEXT(host_trap(&host, "deep", 0), OVERFLOW_TEXT);
    if (i == 4999) CHECK_EQ(host_i32(&host, "count", 3, 0), 3);
    wasm_runtime_destroy_exec_env(host.env);
  }
  host.env = NULL;
  host_close(&host);
}

static uint32_t put_u32(uint8_t* at, uint32_t value) {
  uint32_t length = 0;
  for (; value >= 0x80; value >>= 7) at[length++] = (uint8_t)(value | 0x80);
  at[length++] = (uint8_t)value;
  return length;
}

/* A section that says it has 2^31 of something, and one more number of that kind behind it. */
TEST(files_of_31_bytes_with_counts_of_two_to_the_31) {
  static const uint32_t counts[] = {0x7fffffff, 0x80000000, 0xffffffff};
  for (uint8_t id = 0; id <= 13; ++id) {
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; ++i) {
      for (uint8_t filling = 0; filling < 4; ++filling) {
        uint8_t bytes[31] = {0, 'a', 's', 'm', 1, 0, 0, 0, id, 21};
        memset(bytes + 10, (int[]){0, 1, 0x60, 0x7f}[filling], 21);
        uint32_t at = 10 + put_u32(bytes + 10, counts[i]);
        put_u32(bytes + at, counts[i]);
        int blocks = host_blocks;
        wasm_module_t module =
            wasm_runtime_load(bytes, sizeof bytes, host_error, sizeof host_error);
        CHECK(module == NULL && host_error[0] != 0);
        CHECK_EQ(host_blocks, blocks);
      }
    }
  }
}

/* ---- Threads */

static void* adds(void* data) {
  Host host = *(Host*)data;
  CHECK(wasm_runtime_init_thread_env());
  host.env = wasm_runtime_create_exec_env(host.instance, 8192);
  for (uint32_t i = 0; host.env != NULL && i < 20000; ++i) {
    uint32_t cells[2] = {i, 1};
    if (!host_call(&host, "add", 2, cells) || cells[0] != i + 1) {
      CHECK(!"add");
      break;
    }
  }
  CHECK(host.env != NULL);
  wasm_runtime_destroy_exec_env(host.env);
  wasm_runtime_destroy_thread_env();
  return NULL;
}

TEST(four_threads_on_one_instance) {
  Host host = host_open("calls", 0);
  pthread_t threads[4];
  if (!host.env) return host_close(&host);
  for (int i = 0; i < 4; ++i) pthread_create(&threads[i], NULL, adds, &host);
  for (int i = 0; i < 4; ++i) pthread_join(threads[i], NULL);
  CHECK_EQ(host_i32(&host, "add", 1, 2), 3);
  host_close(&host);
}

/* ---- Processes */

static void goes_on(Host* host) {
  CHECK_TEXT(host_trap(host, "load", 70000000), OUTSIDE_TEXT);
  CHECK_EQ(host_i32(host, "count", 10, 0), 10);
  Host fresh = host_open("traps", 0);
  if (fresh.env != NULL) CHECK_TEXT(host_trap(&fresh, "load", 0xffffffff), OUTSIDE_TEXT);
  host_close(&fresh);
}

TEST(a_forked_child_goes_on_and_so_does_its_parent) {
  Host host = host_open("traps", 0);
  if (!host.env) return host_close(&host);
  goes_on(&host);
  for (int i = 0; i < 5; ++i) {
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
      unsigned before = host_failures;
      goes_on(&host);
      _exit(host_failures == before ? 0 : 1);
    }
    int status = 1;
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK_EQ(status, 0);
    goes_on(&host);
  }
  host_close(&host);
}

static volatile sig_atomic_t signals_seen;
static void on_alarm(int number) {
  (void)number;
  ++signals_seen;
}

/* A profiler's timer, while guests fault all the time. */
TEST(faults_under_a_storm_of_signals) {
  Host host = host_open("traps", 0);
  if (!host.env) return host_close(&host);
  struct sigaction action, before;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_alarm;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, &before);
  struct itimerval often = {{0, 100}, {0, 100}};
  struct itimerval never = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &often, NULL);
  signals_seen = 0;
  for (uint32_t i = 0; i < 20000 || (signals_seen < 20 && i < 10000000); ++i) {
    const char* text = host_trap(&host, "load", 0x10000 + i * 4096);
    if (text == NULL || strcmp(text, OUTSIDE_TEXT) != 0) {
      CHECK(!"a fault was lost");
      break;
    }
  }
  setitimer(ITIMER_REAL, &never, NULL);
  sigaction(SIGALRM, &before, NULL);
  CHECK(signals_seen >= 20);
  host_close(&host);
}

/* ---- Many times */

/* Pages that are resident; 0: not known, or a sanitizer keeps what was freed. */
static long resident(void) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return 0;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  return 0;
#endif
#endif
  long all = 0, pages = 0;
  FILE* file = fopen("/proc/self/statm", "r");
  if (file == NULL) return 0;
  if (fscanf(file, "%ld %ld", &all, &pages) != 2) pages = 0;
  fclose(file);
  return pages;
}

TEST(three_thousand_loads_and_ends_leave_nothing) {
  static const char* const names[] = {"traps", "calls", "memory"};
  long level = 0;
  int blocks = 0;
  for (int i = 0; i < 3000; ++i) {
    if (i == 300) {
      level = resident();
      blocks = host_blocks;
    }
    Host host = host_open(names[i % 3], i % 2 == 0 ? 0 : 4096);
    if (!CHECK(host.env != NULL)) break;
    if (i % 3 == 0) CHECK_TEXT(host_trap(&host, "unreachable", 0), "Exception: unreachable");
    host_close(&host);
  }
  CHECK_EQ(host_blocks, blocks);
  CHECK(resident() <= level + 512);
}

int main(void) {
  RUN(endless_recursion_on_5000_stack_sizes);
  RUN(files_of_31_bytes_with_counts_of_two_to_the_31);
  RUN(four_threads_on_one_instance);
  RUN(a_forked_child_goes_on_and_so_does_its_parent);
  RUN(faults_under_a_storm_of_signals);
  RUN(three_thousand_loads_and_ends_leave_nothing);
  return host_result();
}
