/*
 * Ends while functions are being compiled: of the process, of the runtime; a fork of the process;
 * and machine code on small native stacks.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "busy_module.h"
#include "wembed.h"

extern char** environ;

/* Whatever takes longer than this has stopped. */
enum { LONGEST_SECONDS = 120 };

static void sleep_us(uint32_t us) {
  const struct timespec span = {us / 1000000, (long)(us % 1000000) * 1000};
  nanosleep(&span, NULL);
}

static wembed_tier_report_t report_of(wembed_runtime_t runtime) {
  wembed_tier_report_t report = {.size = sizeof report};
  CHECK(wembed_tier_report(runtime, &report));
  return report;
}

/* A runtime of its own with an instance of the module. */
typedef struct Guest {
  wembed_runtime_t runtime;
  Bytes bytes;
  wasm_module_t module;
  wasm_module_inst_t instance;
} Guest;

static Guest open_guest(uint32_t tier) {
  const wembed_config_t config = {.size = sizeof config, .tier = tier};
  wembed_error_t error;
  Guest guest = {wembed_runtime_new(&config, &error), busy_module(), NULL, NULL};
  const wembed_source_t source = {.size = sizeof source,
                                  .ownership = WEMBED_BYTES_BORROW,
                                  .bytes = guest.bytes.data,
                                  .length = guest.bytes.size};
  guest.module = wembed_load(guest.runtime, &source, &error);
  guest.instance = wembed_instantiate(guest.module, NULL, &error);
  CHECK(guest.instance != NULL);
  return guest;
}

static void close_guest(Guest* guest) {
  wasm_runtime_deinstantiate(guest->instance);
  wasm_runtime_unload(guest->module);
  wembed_runtime_delete(guest->runtime);
  free(guest->bytes.data);
}

static bool runs_right(wasm_exec_env_t env, uint32_t x) {
  wasm_function_inst_t run = wasm_runtime_lookup_function(wasm_runtime_get_module_inst(env), "run");
  uint32_t cells[1] = {x};
  return wasm_runtime_call_wasm(env, run, 1, cells) && cells[0] == busy_result(x);
}

/* Calls that go on until it is told to stop. */
typedef struct Calls {
  Guest* guest;
  pthread_t thread;
  volatile bool stop;
  bool wrong;
} Calls;

static void* call_on(void* context) {
  Calls* calls = context;
  wasm_exec_env_t env = wasm_runtime_create_exec_env(calls->guest->instance, 65536);
  for (uint32_t x = 0; !calls->stop; x++) {
    if (!runs_right(env, x)) calls->wrong = true;
  }
  wasm_runtime_destroy_exec_env(env);
  return NULL;
}

static void begin_calls(Calls* calls, Guest* guest) {
  *calls = (Calls){.guest = guest};
  CHECK_EQ(pthread_create(&calls->thread, NULL, call_on, calls), 0);
}

static void end_calls(Calls* calls) {
  calls->stop = true;
  pthread_join(calls->thread, NULL);
  CHECK(!calls->wrong);
}

/* Until functions become machine code, one after the other. False: they do not here. */
static bool wait_until_compiling(wembed_runtime_t runtime) {
  if (report_of(runtime).taken != WEMBED_TIER_SAMPLED) return false;
  const uint64_t before = report_of(runtime).functions;
  while (report_of(runtime).functions == before) sleep_us(100);
  return true;
}

/* ---- The process ends: it is this program again */

static int end_process(const char* how, uint32_t delay_us) {
  alarm(LONGEST_SECONDS);
  static Guest guest;
  static Calls calls;
  guest = open_guest(WEMBED_TIER_SAMPLED);
  begin_calls(&calls, &guest);
  wait_until_compiling(guest.runtime);
  sleep_us(delay_us);
  if (strcmp(how, "exit") == 0) exit(0);
  if (strcmp(how, "_exit") == 0) _exit(0);
  if (strcmp(how, "kill") == 0) raise(SIGKILL);
  return 0;
}

static int status_of(const char* program, const char* how, uint32_t delay_us) {
  char delay[16];
  snprintf(delay, sizeof delay, "%u", delay_us);
  char* arguments[] = {(char*)program, (char*)how, delay, NULL};
  pid_t child;
  if (posix_spawn(&child, program, NULL, NULL, arguments, environ) != 0) return -1;
  int status = -1;
  return waitpid(child, &status, 0) == child ? status : -1;
}

static void the_process_ends_while_functions_are_compiled(const char* program) {
  static const char* const ways[] = {"exit", "_exit", "return"};
  for (uint32_t i = 0; i < 12; i++) {
    CHECK_EQ(status_of(program, ways[i % 3], i * 700), 0);
  }
  const int killed = status_of(program, "kill", 300);
  CHECK(WIFSIGNALED(killed) && WTERMSIG(killed) == SIGKILL);
}

/* ---- The runtime ends */

static void a_runtime_ends_while_its_functions_are_compiled(void) {
  for (uint32_t i = 0; i < 12; i++) {
    Guest guest = open_guest(WEMBED_TIER_SAMPLED);
    Calls calls;
    begin_calls(&calls, &guest);
    wait_until_compiling(guest.runtime);
    sleep_us(i * 300);
    end_calls(&calls);
    close_guest(&guest);
  }
}

/*
 * The rest is not for sanitizers: the child of a process with threads has the locks of their
 * allocators as they were, and their frames need larger stacks.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifndef SANITIZED

/* ---- The process forks */

/* The child has the parent's machine code, and makes more of its own. */
static bool child_goes_on(Guest* guest) {
  alarm(LONGEST_SECONDS);
  wasm_exec_env_t env = wasm_runtime_create_exec_env(guest->instance, 65536);
  const uint64_t before = report_of(guest->runtime).functions;
  bool is_right = env != NULL;
  for (uint32_t x = 0; is_right; x++) {
    is_right = runs_right(env, x);
    const uint64_t made = report_of(guest->runtime).functions;
    if (x >= 20 && (made > before || made >= BUSY_FUNCTIONS)) break;
  }
  wasm_runtime_destroy_exec_env(env);
  Guest other = open_guest(WEMBED_TIER_FIRST_CALL);
  is_right = is_right && runs_right(wasm_runtime_get_exec_env_singleton(other.instance), 5);
  close_guest(&other);
  return is_right;
}

/* Both write machine code at the same time: neither into the other's. */
static void a_process_forks_while_functions_are_compiled(void) {
  for (uint32_t i = 0; i < 10; i++) {
    Guest guest = open_guest(WEMBED_TIER_SAMPLED);
    Calls calls;
    begin_calls(&calls, &guest);
    if (wait_until_compiling(guest.runtime)) {
      sleep_us(i * 250);
      const pid_t child = fork();
      if (child == 0) _exit(child_goes_on(&guest) ? 0 : 1);
      int status = -1;
      CHECK(waitpid(child, &status, 0) == child);
      CHECK_EQ(status, 0);
    }
    end_calls(&calls);
    close_guest(&guest);
  }
}

/* ---- Small native stacks */

/* It may run, or be told that there is no room: it never runs into what is below. */
static void* call_here(void* context) {
  Guest* guest = context;
  wasm_exec_env_t env = wasm_runtime_create_exec_env(guest->instance, 65536);
  bool is_right = false;
  if (env != NULL) {
    is_right = runs_right(env, 3);
    const char* text = wasm_runtime_get_exception(guest->instance);
    if (!is_right && text != NULL && strcmp(text, "Exception: native stack overflow") == 0) {
      is_right = true;
    }
    wasm_runtime_clear_exception(guest->instance);
    wasm_runtime_destroy_exec_env(env);
  }
  return is_right ? context : NULL;
}

static bool called_on(size_t stack_bytes, Guest* guest) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  CHECK_EQ(pthread_attr_setstacksize(&attributes, stack_bytes), 0);
  pthread_t thread;
  void* result = NULL;
  const bool is_made = pthread_create(&thread, &attributes, call_here, guest) == 0;
  if (is_made) pthread_join(thread, &result);
  pthread_attr_destroy(&attributes);
  return is_made && result != NULL;
}

static void machine_code_runs_on_small_stacks(void) {
  static const size_t sizes[] = {16, 20, 24, 32, 48, 64};
  for (uint32_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    const size_t bytes = sizes[i] * 1024;
    /* Compiled there, as far as there is room, and entered there when it has been compiled. */
    Guest guest = open_guest(WEMBED_TIER_FIRST_CALL);
    CHECK(called_on(bytes, &guest));
    CHECK(runs_right(wasm_runtime_get_exec_env_singleton(guest.instance), 4));
    CHECK(called_on(bytes, &guest));
    close_guest(&guest);
    guest = open_guest(WEMBED_TIER_SAMPLED);
    CHECK(called_on(bytes, &guest));
    close_guest(&guest);
  }
}

#endif

int main(int count, char** arguments) {
  if (count == 3) return end_process(arguments[1], (uint32_t)atoi(arguments[2]));
  alarm(4 * LONGEST_SECONDS);
  the_process_ends_while_functions_are_compiled(arguments[0]);
  a_runtime_ends_while_its_functions_are_compiled();
#ifndef SANITIZED
  machine_code_runs_on_small_stacks();
  a_process_forks_while_functions_are_compiled();
#endif
  return host_result();
}
