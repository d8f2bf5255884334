/* How often functions were called and how long they ran, in a runtime that was asked to measure. */
#include <time.h>

#include "capture.h"
#include "wasm_c_api.h"
#include "wembed.h"

static uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint64_t waited_ns;

static void wait_for(wasm_exec_env_t env, uint32_t milliseconds) {
  (void)env;
  uint64_t begun = now_ns();
  while (now_ns() - begun < (uint64_t)milliseconds * 1000000u) {
  }
  waited_ns += now_ns() - begun;
}
static NativeSymbol natives[] = {{"wait", wait_for, "(i)", NULL}};

/* The process-wide runtime again, as it measures. */
static Host open_measured(void) {
  wasm_runtime_destroy();
  wembed_config_t config = {.size = sizeof config, .profile = true};
  CHECK(wembed_set_default_config(&config, NULL));
  RuntimeInitArgs args = host_init_args();
  CHECK(wasm_runtime_full_init(&args));
  CHECK(wembed_set_default_config(NULL, NULL));
  CHECK(wasm_runtime_register_natives("env", natives, 1));
  return host_open("profile", 0);
}

static const char* dump(const Host* host) {
  capture_begin();
  wasm_runtime_dump_perf_profiling(host->instance);
  return capture_end();
}

/* The calls of a function in a dump; -1: it has no line. */
static long calls_of(const char* text, const char* name) {
  char line[64];
  snprintf(line, sizeof line, "  func %s, execution time: ", name);
  const char* at = strstr(text, line);
  if (at == NULL) return -1;
  at = strstr(at, "execution count: ");
  return at == NULL ? -1 : strtol(at + sizeof "execution count: " - 1, NULL, 10);
}

/* Its milliseconds with what it called, and those of what it called. */
static void times_of(const char* text, const char* name, double* all, double* inner) {
  char line[64];
  snprintf(line, sizeof line, "  func %s, execution time: ", name);
  const char* at = strstr(text, line);
  *all = *inner = -1;
  if (at == NULL) return;
  *all = strtod(at + strlen(line), NULL);
  at = strstr(at, "children execution time: ");
  if (at != NULL) *inner = strtod(at + sizeof "children execution time: " - 1, NULL);
}

TEST(calls_are_counted) {
  Host host = open_measured();
  if (!host.env) return host_close(&host);
  CHECK_TEXT(dump(&host), "Performance profiler data:\n");
  CHECK(wasm_runtime_sum_wasm_exec_time(host.instance) == 0);
  CHECK_EQ(host_i32(&host, "calls", 100, 0), 300);
  const char* text = dump(&host);
  CHECK_PREFIX(text, "Performance profiler data:\n  func ");
  CHECK_EQ(calls_of(text, "leaf"), 300);
  CHECK_EQ(calls_of(text, "tail"), 100);
  CHECK_EQ(calls_of(text, "calls"), 1);
  CHECK_EQ(calls_of(text, "throws"), -1);
  CHECK_EQ(host_i32(&host, "recurses", 9, 0), 7);
  CHECK_EQ(calls_of(dump(&host), "recurses"), 10);
  CHECK(wasm_runtime_get_wasm_func_exec_time(host.instance, "leaf") >= 0);
  CHECK(wasm_runtime_get_wasm_func_exec_time(host.instance, "throws") == 0);
  CHECK(wasm_runtime_get_wasm_func_exec_time(host.instance, "nobody") == -1.0);
  CHECK(wasm_runtime_get_wasm_func_exec_time(host.instance, NULL) == -1.0);
  host_close(&host);
}

/* Also what ends in a trap or an exception. */
TEST(ends_of_all_kinds) {
  Host host = open_measured();
  if (!host.env) return host_close(&host);
  CHECK_EQ(host_i32(&host, "catches", 50, 0), 50);
  CHECK_TEXT(host_trap(&host, "fails", 0), "Exception: unreachable");
  CHECK_TEXT(host_trap(&host, "fails", 0), "Exception: unreachable");
  const char* text = dump(&host);
  CHECK_EQ(calls_of(text, "throws"), 50);
  CHECK_EQ(calls_of(text, "leaf"), 50);
  CHECK_EQ(calls_of(text, "catches"), 1);
  CHECK_EQ(calls_of(text, "traps"), 2);
  CHECK_EQ(calls_of(text, "fails"), 2);
  CHECK_EQ(host_i32(&host, "calls", 1, 0), 3);
  CHECK_EQ(calls_of(dump(&host), "leaf"), 53);
  host_close(&host);
}

/* Time is whose function it was spent in: the host's here. */
TEST(time_of_host_functions) {
  Host host = open_measured();
  if (!host.env) return host_close(&host);
  waited_ns = 0;
  uint64_t begun = now_ns();
  CHECK_EQ(host_i32(&host, "sleeps", 20, 0), 20);
  double passed = (double)(now_ns() - begun) / 1e6, waited = (double)waited_ns / 1e6;
  const char* text = dump(&host);
  double all, inner;
  CHECK_EQ(calls_of(text, "wait"), 1);
  times_of(text, "wait", &all, &inner);
  CHECK(all >= waited - 0.01 && all <= passed && inner == 0);
  times_of(text, "waits", &all, &inner);
  CHECK(all >= waited - 0.01 && all <= passed && inner >= waited - 0.01);
  times_of(text, "sleeps", &all, &inner);
  CHECK(all >= waited - 0.01 && all <= passed && inner <= all);
  double sum = wasm_runtime_sum_wasm_exec_time(host.instance);
  CHECK(sum >= waited - 0.01 && sum <= passed);
  CHECK(wasm_runtime_get_wasm_func_exec_time(host.instance, "wait") >= waited - 0.01);
  host_close(&host);
}

TEST(programs_print_it) {
  Host host = open_measured();
  if (!host.env) return host_close(&host);
  char* arguments[] = {"3"};
  capture_begin();
  CHECK(wasm_application_execute_func(host.instance, "calls", 1, arguments));
  const char* text = capture_end();
  CHECK_PREFIX(text, "0x9:i32\nPerformance profiler data:\n");
  CHECK_EQ(calls_of(text, "leaf"), 9);
  host_close(&host);
}

TEST(nothing_without_being_asked) {
  CHECK(wasm_runtime_register_natives("env", natives, 1));
  Host host = host_open("profile", 0);
  if (!host.env) return host_close(&host);
  CHECK_EQ(host_i32(&host, "calls", 1, 0), 3);
  CHECK_TEXT(dump(&host), "Performance profiler data:\n");
  CHECK(wasm_runtime_sum_wasm_exec_time(host.instance) == -1.0);
  CHECK(wasm_runtime_get_wasm_func_exec_time(host.instance, "leaf") == -1.0);
  host_close(&host);
}

TEST(asked_by_the_environment) {
  wasm_runtime_destroy();
  setenv("WEMBED_PROFILE", "1", 1);
  RuntimeInitArgs args = host_init_args();
  CHECK(wasm_runtime_full_init(&args));
  unsetenv("WEMBED_PROFILE");
  CHECK(wasm_runtime_register_natives("env", natives, 1));
  Host host = host_open("profile", 0);
  if (!host.env) return host_close(&host);
  CHECK_EQ(host_i32(&host, "calls", 1, 0), 3);
  CHECK_EQ(calls_of(dump(&host), "leaf"), 3);
  host_close(&host);
}

int main(void) {
  RUN(calls_are_counted);
  RUN(ends_of_all_kinds);
  RUN(time_of_host_functions);
  RUN(programs_print_it);
  RUN(nothing_without_being_asked);
  RUN(asked_by_the_environment);
  return host_result();
}
