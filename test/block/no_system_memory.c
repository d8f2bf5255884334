/*
 * Once the runtime is there, nothing is taken from the system: each test runs in a process of its
 * own in which that aborts, by the names of the functions and by a filter on system calls.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif
#include <sys/wait.h>
#include <unistd.h>

#include "apart.h"

/* ---- Everything modules do */

TEST(all_modules_in_one_block) {
  wembed_config_t config = block_config(BLOCK_BYTES);
  wembed_runtime_t runtime = wembed_runtime_new(&config, NULL);
  if (!CHECK(runtime != NULL)) return;
  forbid();
  CHECK(register_host(NULL, runtime));
  mem_alloc_info_t before = info_of(runtime);
  for (unsigned round = 0; round < 12; ++round) {
    for (unsigned i = 0; i < program_count; ++i) {
      bool good = drive(runtime, &programs[i], round);
      bool whole = is_whole(runtime, &before);
      if (!CHECK(good) || !whole) {
        fprintf(stderr, "  that was %s, round %u\n", programs[i].name, round);
      }
    }
  }
  wembed_memory_trim(runtime);
  allow_memory();
  if (!filtered) wembed_runtime_delete(runtime);
}

TEST(all_modules_translated_early) {
  wembed_config_t config = block_config(BLOCK_BYTES);
  config.translate_early = WEMBED_TRANSLATE_PLAIN | WEMBED_TRANSLATE_METERED;
  config.deadlines_off = true;
  config.signals_off = true;
  forbid(); /* such a runtime needs nothing at its start either */
  wembed_runtime_t runtime = wembed_runtime_new(&config, NULL);
  if (!CHECK(runtime != NULL)) return;
  CHECK(register_host(NULL, runtime));
  mem_alloc_info_t before = info_of(runtime);
  for (unsigned i = 0; i < program_count; ++i) {
    CHECK(drive(runtime, &programs[i], 0));
    CHECK(is_whole(runtime, &before));
  }
  wembed_runtime_delete(runtime);
  allow_memory();
}

TEST(all_modules_with_the_embedders_functions) {
  wembed_config_t config = functions_config();
  wembed_runtime_t runtime = wembed_runtime_new(&config, NULL);
  if (!CHECK(runtime != NULL)) return;
  forbid();
  CHECK(register_host(NULL, runtime));
  long live = arena_live;
  for (unsigned round = 0; round < 6; ++round) {
    for (unsigned i = 0; i < program_count; ++i) {
      CHECK(drive(runtime, &programs[i], round));
      CHECK_EQ(arena_live, live);
    }
  }
  allow_memory();
  if (filtered) return;
  wembed_runtime_delete(runtime);
  CHECK_EQ(arena_live, 0);
}

/* ---- Growing until the block is full */

static unsigned refusals;
static void on_refusal(uint32_t pages, uint64_t size, uint32_t memory,
                       enlarge_memory_error_reason_t reason, wasm_module_inst_t instance,
                       wasm_exec_env_t env, void* data) {
  (void)pages, (void)memory, (void)env, (void)data;
  refusals++;
  CHECK(reason == INTERNAL_ERROR &&
        size == wembed_memory_size(wasm_runtime_get_default_memory(instance)));
}

static int32_t guest(wasm_exec_env_t env, const char* name, uint32_t argument) {
  uint64_t slots[2] = {argument};
  wasm_module_inst_t instance = wasm_runtime_get_module_inst(env);
  CHECK(wembed_call(env, wasm_runtime_lookup_function(instance, name), slots, NULL));
  return (int32_t)(uint32_t)slots[0];
}

TEST(growth_that_the_block_refuses) {
  enum { kPage = 65536 };
  wembed_config_t config = block_config(14 * kPage); /* room to move a memory of six pages */
  config.deadlines_off = true;
  wembed_runtime_t runtime = wembed_runtime_new(&config, NULL);
  if (!CHECK(runtime != NULL)) return;
  wasm_runtime_set_enlarge_mem_error_callback(on_refusal, NULL);
  forbid();
  mem_alloc_info_t before = info_of(runtime);
  bool good;
  wasm_module_t module = load_program(runtime, program_named("memory"), 1, &good);
  wasm_module_inst_t instance = wembed_instantiate(module, NULL, NULL);
  wasm_exec_env_t env = wasm_runtime_create_exec_env(instance, 8192);
  void* between = wembed_stop_new(runtime); /* so that it has to move */
  for (unsigned round = 0; round < 4; ++round) {
    wasm_module_inst_t other = round % 2 == 0 ? wembed_instantiate(module, NULL, NULL) : NULL;
    int32_t pages = 2;
    while (guest(env, "grow", 1) == pages) ++pages;
    CHECK(pages > 2 && pages < 10 && refusals == 2 * round + 1);
    CHECK_EQ(guest(env, "size", 0), pages);
    CHECK_EQ(guest(env, "load8", 16), 'h');
    CHECK_EQ(guest(env, "load8", (uint32_t)pages * kPage - 1), 0);
    CHECK(!wasm_runtime_enlarge_memory(instance, 1) && guest(env, "size", 0) == pages);
    if (other != NULL) wasm_runtime_deinstantiate(other);
    CHECK(wembed_instance_reset(instance, NULL, NULL));
    CHECK_EQ(guest(env, "size", 0), 2);
  }
  wembed_stop_delete(between);
  wasm_runtime_destroy_exec_env(env);
  wasm_runtime_deinstantiate(instance);
  wasm_runtime_unload(module);
  CHECK(is_whole(runtime, &before));
  wembed_runtime_delete(runtime);
  allow_memory();
}

/* ---- Hosts written for WAMR */

static void call_by_names(wasm_module_inst_t instance) {
  wasm_exec_env_t env = wasm_runtime_create_exec_env(instance, 8192);
  uint32_t cells[2] = {2, 0};
  CHECK(wasm_runtime_call_wasm(env, wasm_runtime_lookup_function(instance, "grow"), 1, cells));
  CHECK_EQ(cells[0], 2);
  char argument[] = "1000000";
  char* arguments[] = {argument};
  CHECK(!wasm_application_execute_func(instance, "load8", 1, arguments));
  CHECK_TEXT(wasm_runtime_get_exception(instance), "Exception: out of bounds memory access");
  argument[1] = 0;
  CHECK(wasm_application_execute_func(instance, "load8", 1, arguments)); /* prints */
  CHECK(wasm_runtime_malloc(0) != NULL);                                 /* warns */
  wasm_runtime_destroy_exec_env(env);
}

TEST(a_wamr_host_after_one_more_line) {
  wembed_config_t config = {.size = sizeof config, .no_system_memory = true};
  CHECK(wembed_set_default_config(&config, NULL));
  CHECK(!wasm_runtime_init()); /* that would be the system's allocator */
  RuntimeInitArgs args = {.mem_alloc_type = Alloc_With_Pool};
  args.mem_alloc_option.pool.heap_buf = block;
  args.mem_alloc_option.pool.heap_size = 1 << 20;
  if (!CHECK(wasm_runtime_full_init(&args))) return;
  forbid();
  const Program* program = program_named("memory");
  char text[128];
  wasm_module_t module =
      wasm_runtime_load(program->bytes.data, program->bytes.size, text, sizeof text);
  wasm_module_inst_t instance = wasm_runtime_instantiate(module, 8192, 0, text, sizeof text);
  if (!CHECK(instance != NULL)) return;
  wasm_memory_inst_t memory = wasm_runtime_get_default_memory(instance);
  CHECK_EQ(wembed_memory_backend(memory), WEMBED_BACKEND_HEAP);
  uint8_t* base = wasm_memory_get_base_address(memory);
  CHECK(base > block && base < block + (1 << 20));
  call_by_names(instance);
  wasm_runtime_deinstantiate(instance);
  wasm_runtime_unload(module);
  mem_alloc_info_t info;
  CHECK(wasm_runtime_get_mem_alloc_info(&info));
  allow_memory();
  if (filtered) return;
  wasm_runtime_destroy();
  /* Taken whole by wasm_runtime_init, and gone with NULL. */
  config = block_config(1 << 20);
  CHECK(wembed_set_default_config(&config, NULL));
  CHECK(wasm_runtime_init());
  CHECK(wembed_pool_info(NULL, &info));
  wasm_runtime_destroy();
  CHECK(wembed_set_default_config(NULL, NULL));
  CHECK(wasm_runtime_init());
  CHECK(!wembed_pool_info(NULL, &info));
  wasm_runtime_destroy();
}

/* ---- Deadlines, stops, other threads */

typedef struct Errand {
  wembed_runtime_t runtime;
  atomic_int state; /* 0: wait; 1: go; 2: done */
  wembed_stop_t stop;
} Errand;

static void* errand(void* context) {
  Errand* work = context;
  while (atomic_load(&work->state) == 0) usleep(100);
  for (unsigned round = 0; round < 8; ++round) {
    CHECK(drive(work->runtime, program_named("calls"), round));
    CHECK(drive(work->runtime, program_named("traps"), round));
    CHECK(drive(work->runtime, program_named("natives"), round));
  }
  wembed_stop_request(work->stop);
  atomic_store(&work->state, 2);
  while (atomic_load(&work->state) == 2) usleep(100); /* ending a thread is the host's affair */
  return NULL;
}

static bool run_loop(wasm_module_inst_t instance, const wembed_call_options_t* limits,
                     const char* text) {
  wasm_exec_env_t env = wasm_runtime_create_exec_env(instance, 8192);
  uint64_t slots[4] = {0};
  CHECK(!wembed_call(env, wasm_runtime_lookup_function(instance, "loop"), slots, limits));
  bool same = CHECK_TEXT(wasm_runtime_get_exception(instance), text);
  wasm_runtime_clear_exception(instance);
  wasm_runtime_destroy_exec_env(env);
  return same;
}

TEST(deadlines_stops_and_threads) {
  wembed_config_t config = block_config(BLOCK_BYTES);
  wembed_runtime_t runtime = wembed_runtime_new(&config, NULL);
  if (!CHECK(runtime != NULL)) return;
  Errand work = {.runtime = runtime};
  pthread_t thread;
  pthread_create(&thread, NULL, errand, &work);
  forbid();
  CHECK(register_host(NULL, runtime));
  bool good;
  wasm_module_t module = load_program(runtime, program_named("traps"), 1, &good);
  wasm_module_inst_t instance = wembed_instantiate(module, NULL, NULL);
  if (!CHECK(instance != NULL)) return;
  work.stop = wembed_stop_new(runtime);
  atomic_store(&work.state, 1);
  wembed_call_options_t limits = {.size = sizeof limits, .fuel = -1, .stop = work.stop};
  run_loop(instance, &limits, "Exception: terminated by user");
  limits.stop = NULL;
  limits.deadline_ms = 10;
  for (int i = 0; i < 5; ++i) run_loop(instance, &limits, "Exception: deadline exceeded");
  limits.deadline_ms = 0;
  limits.fuel = 1000;
  run_loop(instance, &limits, "Exception: instruction limit exceeded");
  while (atomic_load(&work.state) != 2) usleep(100);
  wembed_stop_delete(work.stop);
  wasm_runtime_deinstantiate(instance);
  wasm_runtime_unload(module);
  allow_memory();
  if (filtered) return;
  atomic_store(&work.state, 3);
  pthread_join(thread, NULL);
  wembed_runtime_delete(runtime);
}

static unsigned thread_count(void) {
  unsigned count = 0;
  char line[128];
  FILE* file = fopen("/proc/self/status", "r");
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    sscanf(line, "Threads: %u", &count);
  }
  if (file != NULL) fclose(file);
  return count;
}

TEST(without_a_timer_deadlines_are_refused) {
  wembed_config_t config = block_config(1 << 20);
  config.deadlines_off = true;
  unsigned threads = thread_count();
  wembed_runtime_t runtime = wembed_runtime_new(&config, NULL);
  if (!CHECK(runtime != NULL)) return;
  CHECK_EQ(thread_count(), threads);
  forbid();
  bool good;
  wasm_module_t module = load_program(runtime, program_named("traps"), 1, &good);
  wasm_module_inst_t instance = wembed_instantiate(module, NULL, NULL);
  if (!CHECK(instance != NULL)) return;
  wembed_call_options_t limits = {.size = sizeof limits, .fuel = -1, .deadline_ms = 10};
  run_loop(instance, &limits, "Exception: no timer for the deadline");
  limits.deadline_ms = 0;
  limits.fuel = 1000;
  run_loop(instance, &limits, "Exception: instruction limit exceeded");
  wasm_runtime_deinstantiate(instance);
  wasm_runtime_unload(module);
  wembed_runtime_delete(runtime);
  allow_memory();
}

/* ---- Wishes that contradict it */

static void refused(wembed_config_t config, const char* text) {
  wembed_error_t error;
  CHECK(wembed_runtime_new(&config, &error) == NULL);
  CHECK_PREFIX(error.message, text);
}

TEST(contradictions_are_errors_that_say_why) {
  forbid();
  wembed_config_t config = block_config(1 << 20);
  config.mem_alloc_type = Alloc_With_System_Allocator;
  refused(config, "no_system_memory, but the system's allocator");
  config = block_config(1 << 20);
  config.backend = WEMBED_BACKEND_MAPPED;
  refused(config, "no_system_memory, but a backend that maps");
  config.backend = WEMBED_BACKEND_POOL;
  refused(config, "no_system_memory, but a backend that maps");
  config.backend = WEMBED_BACKEND_AUTOMATIC;
  config.memory_strategy = WEMBED_MEMORY_POOL;
  refused(config, "no_system_memory, but a memory strategy that maps");
  config.memory_strategy = WEMBED_MEMORY_SMALL_POOL;
  refused(config, "no_system_memory, but a memory strategy that maps");
  config.memory_strategy = WEMBED_MEMORY_LADDER; /* its last step will do */
  config.deadlines_off = true;
  wembed_error_t error;
  wembed_runtime_t runtime = wembed_runtime_new(&config, &error);
  if (!CHECK(runtime != NULL)) return;
  bool good;
  wasm_module_t module = load_program(runtime, program_named("memory"), 1, &good);
  wembed_instantiate_options_t options = {.size = sizeof options};
  options.backend = WEMBED_BACKEND_MAPPED;
  CHECK(wembed_instantiate(module, &options, &error) == NULL);
  CHECK_TEXT(error.message,
             "backend mapped takes memory from the system, which this runtime must not");
  options.backend = WEMBED_BACKEND_POOL;
  CHECK(wembed_instantiate(module, &options, &error) == NULL);
  static _Alignas(8) uint8_t buffer[3 * 65536];
  options.backend = WEMBED_BACKEND_BUFFER; /* the caller's: no matter of the system's */
  options.memory_buffer = buffer;
  options.memory_buffer_bytes = sizeof buffer;
  wasm_module_inst_t instance = wembed_instantiate(module, &options, &error);
  CHECK(instance != NULL);
  wasm_runtime_deinstantiate(instance);
  wasm_runtime_unload(module);
  wembed_runtime_delete(runtime);
  allow_memory();
}

/* ---- The forbidding works */

static void* volatile sink;

static void allocates(void) {
  forbid();
  sink = malloc(100);
}

/* Past the functions that are replaced. */
static void asks_the_kernel(void) {
#ifdef __linux__
  forbid();
  allow_memory();
  syscall(SYS_brk, 0);
#endif
}

static void maps_memories(void) {
  wembed_config_t config = block_config(BLOCK_BYTES);
  config.no_system_memory = false;
  wembed_runtime_t runtime = wembed_runtime_new(&config, NULL);
  forbid();
  drive(runtime, program_named("memory"), 0);
}

static bool ends_badly(void (*work)(void)) {
  pid_t child = fork();
  if (child == 0) {
    (void)!freopen("/dev/null", "w", stderr);
    work();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}

TEST(forbidden_calls_really_abort) {
  if (!memory_can_be_forbidden()) return;
  CHECK(ends_badly(allocates));
  CHECK(ends_badly(maps_memories));
  if (filtered && can_filter) CHECK(ends_badly(asks_the_kernel));
}

int main(int argc, char** argv) {
  begin_apart(argc, argv);
  RUN_APART(forbidden_calls_really_abort);
  RUN_APART(all_modules_in_one_block);
  RUN_APART(all_modules_translated_early);
  RUN_APART(all_modules_with_the_embedders_functions);
  RUN_APART(growth_that_the_block_refuses);
  RUN_APART(a_wamr_host_after_one_more_line);
  RUN_APART(deadlines_stops_and_threads);
  RUN_APART(without_a_timer_deadlines_are_refused);
  RUN_APART(contradictions_are_errors_that_say_why);
  return host_result();
}
