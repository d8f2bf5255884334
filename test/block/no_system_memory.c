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

#include "forbid.h"
#include "programs.h"

#define BLOCK_BYTES (96u << 20)

static _Alignas(16) uint8_t block[BLOCK_BYTES];
static bool filtered;   /* this process lets nobody allocate, for good */
static bool can_filter; /* as far as the system has that */

static wembed_config_t block_config(uint32_t bytes) {
  wembed_config_t config = {.size = sizeof config, .no_system_memory = true};
  config.mem_alloc_type = Alloc_With_Pool;
  config.mem_alloc_option.pool.heap_buf = block;
  config.mem_alloc_option.pool.heap_size = bytes;
  return config;
}

static void forbid(void) {
  fflush(stdout);
  forbid_memory();
  if (filtered) (void)forbid_system_calls();
}

/* ---- Everything modules do */

static mem_alloc_info_t info_of(wembed_runtime_t runtime) {
  mem_alloc_info_t info = {0};
  CHECK(wembed_pool_info(runtime, &info));
  return info;
}

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
      if (!CHECK(good) | !is_whole(runtime, &before)) {
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

/* The embedder's functions: a list of blocks cut from the static block, by sizes that double. */
static atomic_flag arena_lock = ATOMIC_FLAG_INIT;
static size_t arena_used;
static void* arena_free[32];
static long arena_live;
static long arena_left = -1; /* allocations until they fail; negative: never */

static unsigned arena_class(unsigned size) {
  unsigned number = 5;
  while (number < 31 && (1u << number) < size + 16u) ++number;
  return number;
}

static void* arena_malloc(unsigned size) {
  void* made = NULL;
  while (atomic_flag_test_and_set(&arena_lock)) continue;
  unsigned number = arena_class(size);
  if (arena_left != 0) {
    if (arena_left > 0) --arena_left;
    if (arena_free[number] != NULL) {
      made = arena_free[number];
      memcpy(&arena_free[number], made, sizeof(void*));
    } else if (arena_used + (1u << number) <= BLOCK_BYTES) {
      made = block + arena_used + 16;
      arena_used += 1u << number;
    }
  }
  if (made != NULL) {
    memcpy((uint8_t*)made - 16, &size, sizeof size);
    ++arena_live;
  }
  atomic_flag_clear(&arena_lock);
  return made;
}
static void arena_release(void* at) {
  if (at == NULL) return;
  while (atomic_flag_test_and_set(&arena_lock)) continue;
  unsigned size;
  memcpy(&size, (uint8_t*)at - 16, sizeof size);
  unsigned number = arena_class(size);
  memcpy(at, &arena_free[number], sizeof(void*));
  arena_free[number] = at;
  --arena_live;
  atomic_flag_clear(&arena_lock);
}
static void* arena_realloc(void* at, unsigned size) {
  void* made = arena_malloc(size);
  if (made == NULL || at == NULL) return made;
  unsigned old;
  memcpy(&old, (uint8_t*)at - 16, sizeof old);
  memcpy(made, at, old < size ? old : size);
  arena_release(at);
  return made;
}

static wembed_config_t functions_config(void) {
  wembed_config_t config = {.size = sizeof config, .no_system_memory = true};
  config.mem_alloc_type = Alloc_With_Allocator;
  config.mem_alloc_option.allocator.malloc_func = (void*)arena_malloc;
  config.mem_alloc_option.allocator.realloc_func = (void*)arena_realloc;
  config.mem_alloc_option.allocator.free_func = (void*)arena_release;
  return config;
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

/* ---- Running out */

/* Everything in a block of that size: whether there was enough. It is whole again in any case. */
static bool squeeze(const Program* program, uint32_t bytes, unsigned round) {
  wembed_config_t config = block_config(bytes);
  wembed_error_t error;
  wembed_runtime_t runtime = wembed_runtime_new(&config, &error);
  if (runtime == NULL) {
    CHECK(error.message[0] != 0);
    return false;
  }
  mem_alloc_info_t before = info_of(runtime);
  bool good = register_host(NULL, runtime);
  mem_alloc_info_t registered = info_of(runtime);
  good &= drive(runtime, program, round);
  CHECK(is_whole(runtime, &registered));
  CHECK(good || before.total_free_size < bytes);
  wembed_runtime_delete(runtime);
  return good;
}

/* In every size from nothing to enough, `step` bytes apart. */
static void squeeze_all(const char* name, uint32_t step, unsigned round) {
  const Program* program = program_named(name);
  unsigned fits = 0;
  unsigned too_small = 0;
  for (uint32_t bytes = 0; fits < 20 && bytes < BLOCK_BYTES; bytes += step) {
    if (squeeze(program, bytes, round)) {
      ++fits;
    } else {
      ++too_small;
    }
  }
  CHECK_EQ(fits, 20);
  CHECK(too_small > 20);
  /* And carries on with plenty. */
  CHECK(squeeze(program, BLOCK_BYTES, round));
}

TEST(running_out_of_the_block_at_every_point) {
  wembed_config_t config = block_config(1 << 16); /* keeps the timer's thread */
  config.mem_alloc_option.pool.heap_buf = block + BLOCK_BYTES - (1 << 16);
  wembed_runtime_t keeper = wembed_runtime_new(&config, NULL);
  CHECK(keeper != NULL);
  forbid();
  squeeze_all("execute", 16, 0);
  squeeze_all("execute", 16, 1);
  squeeze_all("calls", 16, 0);
  squeeze_all("calls", 16, 1);
  squeeze_all("traps", 16, 1);
  squeeze_all("natives", 16, 1);
  squeeze_all("assemblyscript", 48, 0);
  squeeze_all("memory", 48, 1);
  squeeze_all("inspect", 112, 1);
  squeeze_all("start_order", 16, 0);
  allow_memory();
  if (!filtered) wembed_runtime_delete(keeper);
}

TEST(each_allocation_fails_in_turn) {
  forbid();
  for (unsigned i = 0; i < program_count; ++i) {
    if (programs[i].bytes.size > 4096) continue;
    for (unsigned round = 0; round < 3; ++round) {
      bool done = false;
      for (long which = 0; which < 5000 && !done; ++which) {
        arena_left = which;
        wembed_config_t config = functions_config();
        config.deadlines_off = true;
        wembed_runtime_t runtime = wembed_runtime_new(&config, NULL);
        if (runtime != NULL) {
          if (register_host(NULL, runtime)) (void)drive(runtime, &programs[i], round);
          done = arena_left > 0;
          arena_left = -1;
          drive(runtime, &programs[i], round); /* what failed before leaves nothing behind */
          wembed_runtime_delete(runtime);
        }
        CHECK_EQ(arena_live, 0);
      }
      if (!CHECK(done)) fprintf(stderr, "  that was %s\n", programs[i].name);
    }
  }
  arena_left = -1;
  allow_memory();
}

/* ---- Fragmentation */

typedef struct Live {
  wasm_module_t module;
  wasm_module_inst_t instance;
} Live;

static uint32_t random_state = 1;
static uint32_t random_number(uint32_t below) {
  random_state = random_state * 1664525u + 1013904223u;
  return (random_state >> 8) % below;
}

static void open_live(wembed_runtime_t runtime, Live* live) {
  bool good;
  const Program* program = &programs[random_number(program_count)];
  if (program->bytes.size > 100000) return;
  live->module = load_program(runtime, program, random_number(6), &good);
  if (live->module == NULL) return;
  wembed_instantiate_options_t options = limited_options();
  options.heap_size = random_number(3) * 4096;
  live->instance = wembed_instantiate(live->module, &options, NULL);
}

static void close_live(Live* live) {
  if (live->instance != NULL) wasm_runtime_deinstantiate(live->instance);
  wasm_runtime_unload(live->module);
  *live = (Live){NULL, NULL};
}

TEST(ten_thousand_random_cycles_leave_the_block_whole) {
  wembed_config_t config = block_config(8 << 20);
  wembed_runtime_t runtime = wembed_runtime_new(&config, NULL);
  if (!CHECK(runtime != NULL)) return;
  forbid();
  CHECK(register_host(NULL, runtime));
  mem_alloc_info_t before = info_of(runtime);
  static Live live[12];
  for (unsigned cycle = 0; cycle < 10000; ++cycle) {
    Live* one = &live[random_number(12)];
    if (one->module == NULL) {
      open_live(runtime, one);
    } else if (one->instance != NULL && random_number(2) == 0) {
      use_instance(one->instance, one->module, cycle & ~2u);
    } else {
      close_live(one);
    }
  }
  for (unsigned i = 0; i < 12; ++i) close_live(&live[i]);
  CHECK(is_whole(runtime, &before));
  allow_memory();
  if (filtered) return;
  wembed_runtime_delete(runtime);
  /* One piece: a block of nearly everything can be had. */
  config.deadlines_off = true;
  runtime = wembed_runtime_new(&config, NULL);
  CHECK(runtime != NULL);
  wembed_runtime_delete(runtime);
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

/* Each test in a process of its own, without and with the filter of system calls. */
static void run_apart(const char* name, void (*test)(void)) {
  for (int mode = 0; mode < 2; ++mode) {
    pid_t child = fork();
    if (child == 0) {
      host_test = name;
      host_failures = 0;
      filtered = mode == 1;
      alarm(240);
      test();
      _exit(host_failures == 0 ? 0 : 1);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
      ++host_failures;
      fprintf(stderr, "%s (%s): ended with status %d\n", name,
              mode == 0 ? "functions" : "system calls", status);
    }
  }
}

#define RUN_APART(name) run_apart(#name, name)

int main(int argc, char** argv) {
  read_programs(argc, argv);
  int nowhere = open("/dev/null", O_WRONLY); /* results and warnings, which are many */
  if (nowhere < 0 || dup2(nowhere, STDOUT_FILENO) < 0) return 2;
  pid_t child = fork();
  if (child == 0) _exit(forbid_system_calls() ? 0 : 1);
  int status = 1;
  waitpid(child, &status, 0);
  can_filter = status == 0;
  if (!can_filter) fprintf(stderr, "system calls cannot be filtered here\n");
  RUN_APART(forbidden_calls_really_abort);
  RUN_APART(all_modules_in_one_block);
  RUN_APART(all_modules_translated_early);
  RUN_APART(all_modules_with_the_embedders_functions);
  RUN_APART(a_wamr_host_after_one_more_line);
  RUN_APART(deadlines_stops_and_threads);
  RUN_APART(without_a_timer_deadlines_are_refused);
  RUN_APART(contradictions_are_errors_that_say_why);
  RUN_APART(running_out_of_the_block_at_every_point);
  RUN_APART(each_allocation_fails_in_turn);
  RUN_APART(ten_thousand_random_cycles_leave_the_block_whole);
  return host_result();
}
