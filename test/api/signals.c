/*
 * Signals are the host's: SIGSEGV blocked, a handler put over wembed's, rt_sigaction refused. A
 * guest's access out of bounds is a trap all the same, or its call is refused with a reason.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"
#include "wembed.h"

#ifdef __linux__
#include <sys/syscall.h>

#include "../refused_call.h"
#endif

#define OUT_OF_BOUNDS "Exception: out of bounds memory access"
#define BLOCKED "Exception: SIGSEGV or SIGBUS is blocked on the calling thread"

static char log_lines[1024];
static void note(void* context, uint32_t level, const char* text) {
  (void)context;
  (void)level;
  size_t length = strlen(log_lines);
  snprintf(log_lines + length, sizeof log_lines - length, "%s\n", text);
}

/* A runtime with a mapped memory's instance. */
static Host memory_host(void) {
  wembed_config_t config = {.size = sizeof config,
                            .log = note,
                            .backend = WEMBED_BACKEND_MAPPED,
                            .memory_strategy = WEMBED_MEMORY_ON_DEMAND};
  CHECK(wembed_set_default_config(&config, NULL));
  CHECK(wasm_runtime_init());
  return host_open("memory", 0);
}

/* Everything in a child: signals are the whole process's. */
static void in_child(void (*body)(void)) {
  fflush(NULL);
  pid_t pid = fork();
  if (pid == 0) {
    unsigned before = host_failures;
    alarm(60);
    signal(SIGSEGV, SIG_DFL); /* a sanitizer may have its own */
    signal(SIGBUS, SIG_DFL);
    body();
    _exit(host_failures == before ? 0 : 1);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  CHECK_EQ(status, 0);
}

static void block(int signal, bool is_wanted) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  pthread_sigmask(is_wanted ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

static const char* out_of_bounds(const Host* host) { return host_trap(host, "load8", 0x7fff0000); }

static void another(Host* host) {
  host->instance = wasm_runtime_instantiate(host->module, 65536, 0, host_error, sizeof host_error);
  if (!CHECK(host->instance != NULL)) return;
  host->env = wasm_runtime_create_exec_env(host->instance, 65536);
}

/* ---- Blocked */

static void* calls_blocked(void* data) {
  const Host* host = data;
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, NULL);
  CHECK_TEXT(out_of_bounds(host), BLOCKED);
  CHECK_EQ(wembed_check_signals(NULL), WEMBED_SIGNALS_BLOCKED);
  /* Its own instance checks by itself. */
  Host own = *host;
  another(&own);
  CHECK_TEXT(out_of_bounds(&own), OUT_OF_BOUNDS);
  block(SIGSEGV, false);
  block(SIGBUS, false);
  CHECK_TEXT(out_of_bounds(host), BLOCKED); /* nobody has looked */
  CHECK_EQ(wembed_check_signals(NULL), WEMBED_SIGNALS_WORK);
  CHECK_TEXT(out_of_bounds(host), OUT_OF_BOUNDS);
  return NULL;
}

static void thread_that_blocks_them(void) {
  Host host = memory_host();
  CHECK_TEXT(out_of_bounds(&host), OUT_OF_BOUNDS);
  pthread_t thread;
  pthread_create(&thread, NULL, calls_blocked, &host);
  pthread_join(thread, NULL);
  CHECK(strstr(log_lines, "a thread blocks SIGSEGV or SIGBUS") != NULL);
  CHECK_TEXT(out_of_bounds(&host), OUT_OF_BOUNDS);
}
TEST(a_thread_that_blocks_them) { in_child(thread_that_blocks_them); }

static void blocked_from_the_start(void) {
  block(SIGSEGV, true);
  Host host = memory_host();
  CHECK_TEXT(out_of_bounds(&host), OUT_OF_BOUNDS);
  block(SIGSEGV, false);
  CHECK_TEXT(out_of_bounds(&host), OUT_OF_BOUNDS);
}
static void blocked_before_a_pool_is_tried(void) {
  block(SIGBUS, true);
  block(SIGSEGV, true);
  wembed_config_t config = {
      .size = sizeof config, .log = note, .memory_strategy = WEMBED_MEMORY_LADDER, .pool_slots = 2};
  CHECK(wembed_set_default_config(&config, NULL));
  CHECK(wasm_runtime_init());
  Host host = host_open("memory", 0);
  CHECK_TEXT(out_of_bounds(&host), OUT_OF_BOUNDS);
}
TEST(blocked_before_all_else) {
  in_child(blocked_from_the_start);
  in_child(blocked_before_a_pool_is_tried);
}

/* A call of an instance that checks by itself may lead into one that does not. */
static void* calls_linked(void* data) {
  const Host* source = data;
  block(SIGSEGV, true);
  Bytes bytes = host_read("memory_none");
  wasm_module_t module = wasm_runtime_load(bytes.data, bytes.size, host_error, sizeof host_error);
  CHECK(module != NULL);
  Host user = {bytes, module, NULL, NULL};
  another(&user);
  uint64_t slots[2] = {0x7fff0000, 0};
  wasm_function_inst_t load = wasm_runtime_lookup_function(source->instance, "load8");
  CHECK(!wembed_call(user.env, load, slots, NULL));
  CHECK_TEXT(wasm_runtime_get_exception(user.instance), BLOCKED);
  return NULL;
}
static void blocked_and_linked(void) {
  Host host = memory_host();
  pthread_t thread;
  pthread_create(&thread, NULL, calls_linked, &host);
  pthread_join(thread, NULL);
}
TEST(linked_instances_on_a_thread_that_blocks_them) { in_child(blocked_and_linked); }

/* ---- Covered */

static void give_up(int signal) {
  (void)signal;
  _exit(77);
}

static void handler_put_over_ours(void) {
  Host host = memory_host();
  CHECK_EQ(wembed_check_signals(NULL), WEMBED_SIGNALS_WORK);
  signal(SIGSEGV, give_up);
  another(&host);
  CHECK_TEXT(out_of_bounds(&host), OUT_OF_BOUNDS);
  CHECK(strstr(log_lines, "a signal handler stands over wembed's") != NULL);
  CHECK_EQ(wembed_check_signals(NULL), WEMBED_SIGNALS_COVERED);
}
static void handler_taken_away(void) {
  Host host = memory_host();
  signal(SIGSEGV, SIG_DFL);
  another(&host);
  CHECK_TEXT(out_of_bounds(&host), OUT_OF_BOUNDS);
}
static void handler_put_back(void) {
  Host host = memory_host();
  struct sigaction ours;
  sigaction(SIGSEGV, NULL, &ours);
  signal(SIGSEGV, SIG_DFL);
  CHECK_EQ(wembed_check_signals(NULL), WEMBED_SIGNALS_COVERED);
  sigaction(SIGSEGV, &ours, NULL);
  CHECK_EQ(wembed_check_signals(NULL), WEMBED_SIGNALS_WORK);
  another(&host);
  CHECK_TEXT(out_of_bounds(&host), OUT_OF_BOUNDS);
}
TEST(a_handler_over_ours) {
  in_child(handler_put_over_ours);
  in_child(handler_taken_away);
  in_child(handler_put_back);
}

/* ---- Refused */

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
static void refuse_sigaction(void) { CHECK(refuse_system_call(SYS_rt_sigaction, EPERM)); }

static void no_handlers_allowed(void) {
  refuse_sigaction();
  Host host = memory_host();
  CHECK_TEXT(out_of_bounds(&host), OUT_OF_BOUNDS);
  CHECK_EQ(wembed_check_signals(NULL), WEMBED_SIGNALS_OFF);
  CHECK(strstr(log_lines, "fault handlers could not be installed (error 1)") != NULL);
}
static void questions_refused_later(void) {
  Host host = memory_host();
  refuse_sigaction();
  CHECK_EQ(wembed_check_signals(NULL), WEMBED_SIGNALS_WORK);
  CHECK_TEXT(out_of_bounds(&host), OUT_OF_BOUNDS);
}
TEST(handlers_that_the_system_refuses) {
  in_child(no_handlers_allowed);
  in_child(questions_refused_later);
}
#else
TEST(handlers_that_the_system_refuses) {}
#endif

TEST(what_is_said_where_there_are_none) {
  wembed_config_t config = {.size = sizeof config, .signals_off = true};
  wembed_runtime_t runtime = wembed_runtime_new(&config, NULL);
  CHECK_EQ(wembed_check_signals(runtime), WEMBED_SIGNALS_OFF);
  wembed_runtime_delete(runtime);
  CHECK_EQ(wembed_check_signals(NULL), WEMBED_SIGNALS_OFF);
}

#define RUN_ALONE(name) (host_test = #name, name())

int main(void) {
  RUN_ALONE(a_thread_that_blocks_them);
  RUN_ALONE(blocked_before_all_else);
  RUN_ALONE(linked_instances_on_a_thread_that_blocks_them);
  RUN_ALONE(a_handler_over_ours);
  RUN_ALONE(handlers_that_the_system_refuses);
  RUN_ALONE(what_is_said_where_there_are_none);
  return host_result();
}
