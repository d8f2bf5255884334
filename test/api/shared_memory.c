/* Threads on one memory, on every backend: counting, locks, growth, waiting, and what ends a wait.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/mman.h>
#include <time.h>

#include "../yardstick.h"
#include "backends.h"

#define THREADS 4
#define PAGES 20
#define FAILED 0xDEADBEEF

static _Alignas(16) uint8_t block[PAGES * 65536];

static void pause_us(long us) {
  struct timespec time = {us / 1000000, us % 1000000 * 1000};
  nanosleep(&time, NULL);
}

/* The memory's maker, and the module of its users. */
typedef struct Shared {
  const Row* row;
  wembed_runtime_t runtime;
  wasm_module_t maker, user;
  wasm_module_inst_t owner;
  wasm_memory_inst_t memory;
} Shared;

typedef struct User {
  Shared* shared;
  wasm_module_inst_t instance;
  wasm_exec_env_t env;
  const char* function;
  uint32_t argument, second;
  const wembed_call_options_t* options;
  uint32_t result;
  pthread_t thread;
} User;

static wasm_module_t load(wembed_runtime_t runtime, const char* name) {
  Bytes bytes = host_read(name);
  wasm_module_t module = row_load(runtime, bytes);
  free(bytes.data);
  return module;
}

static bool open_shared(Shared* shared, const Row* row, uint32_t heap) {
  wembed_error_t error;
  *shared = (Shared){row, row_runtime(row, 4), NULL, NULL, NULL, NULL};
  if (shared->runtime == NULL) return false;
  shared->maker = load(shared->runtime, "shared_memory");
  shared->user = load(shared->runtime, "shared_memory_user");
  wembed_instantiate_options_t options = row_options(row, block, sizeof block);
  options.heap_size = heap;
  shared->owner = wembed_instantiate(shared->maker, &options, &error);
  if (!CHECK(shared->owner != NULL)) fprintf(stderr, "%s: %s\n", row->name, error.message);
  if (shared->owner == NULL) return false;
  shared->memory = wasm_runtime_get_default_memory(shared->owner);
  CHECK(wasm_memory_get_shared(shared->memory));
  CHECK_EQ(wembed_memory_backend(shared->memory), row->backend);
  return true;
}

static void close_shared(Shared* shared) {
  if (shared->owner != NULL) wasm_runtime_deinstantiate(shared->owner);
  if (shared->user != NULL) wasm_runtime_unload(shared->user);
  if (shared->maker != NULL) wasm_runtime_unload(shared->maker);
  wembed_runtime_delete(shared->runtime);
}

static bool open_user(User* user, Shared* shared) {
  wembed_error_t error;
  wembed_import_t import = {.source = WEMBED_IMPORT_EXPORT, .instance = shared->owner};
  wembed_instantiate_options_t options = {
      .size = sizeof options, .imports = &import, .import_count = 1, .strict = true};
  user->shared = shared;
  user->instance = wembed_instantiate(shared->user, &options, &error);
  user->env = user->instance == NULL ? NULL : wasm_runtime_create_exec_env(user->instance, 16384);
  if (user->env == NULL) fprintf(stderr, "%s: %s\n", shared->row->name, error.message);
  return user->env != NULL;
}

static void close_user(User* user) {
  if (user->env != NULL) wasm_runtime_destroy_exec_env(user->env);
  if (user->instance != NULL) wasm_runtime_deinstantiate(user->instance);
}

static uint32_t call(User* user, const char* name, uint32_t a, uint32_t b) {
  uint64_t slots[2] = {a, b};
  wasm_function_inst_t function = wasm_runtime_lookup_function(user->instance, name);
  bool good = user->options == NULL ? wembed_call(user->env, function, slots, NULL)
                                    : wembed_call(user->env, function, slots, user->options);
  return good ? (uint32_t)slots[0] : FAILED;
}

static void* run_user(void* data) {
  User* user = data;
  wasm_runtime_init_thread_env();
  user->result = call(user, user->function, user->argument, user->second);
  wasm_runtime_destroy_thread_env();
  return NULL;
}

static void start(User* user, const char* function, uint32_t argument, uint32_t second) {
  user->function = function;
  user->argument = argument;
  user->second = second;
  pthread_create(&user->thread, NULL, run_user, user);
}

static uint32_t finish(User* user) {
  pthread_join(user->thread, NULL);
  return user->result;
}

/* Whether so many sleep before long. */
static bool await_waiters(Shared* shared, uint32_t count) {
  uint32_t patient = patience(20000);
  for (uint32_t i = 0; i < patient; ++i) {
    if (wembed_memory_waiters(shared->memory) == count) return true;
    pause_us(1000);
  }
  return false;
}

TEST(threads_count_together) {
  FOR_EACH_BACKEND(row) {
    Shared shared;
    User users[THREADS] = {{0}};
    if (!open_shared(&shared, row, 0)) return close_shared(&shared);
    const uint32_t times = affordable(20000, 200);
    for (int i = 0; i < THREADS; ++i) CHECK(open_user(&users[i], &shared));
    for (int i = 0; i < THREADS; ++i) start(&users[i], "count", times, 0);
    for (int i = 0; i < THREADS; ++i) CHECK(finish(&users[i]) < THREADS * times);
    CHECK_EQ(call(&users[0], "load", 0, 0), THREADS * times);
    for (int i = 0; i < THREADS; ++i) start(&users[i], "count_locked", times / 20, 0);
    for (int i = 0; i < THREADS; ++i) CHECK(finish(&users[i]) != FAILED);
    CHECK_EQ(call(&users[0], "load", 12, 0), THREADS * (times / 20));
    CHECK_EQ(wembed_memory_waiters(shared.memory), 0);
    for (int i = 0; i < THREADS; ++i) close_user(&users[i]);
    close_shared(&shared);
  }
}

static void* run_grow(void* data) {
  User* user = data;
  for (uint32_t i = 0; i < user->argument; ++i) {
    uint32_t old = call(user, "grow", 0, 0);
    if (old == FAILED || old == UINT32_MAX) user->result++;
  }
  return NULL;
}

TEST(threads_grow_it_and_see_it_grow) {
  FOR_EACH_BACKEND(row) {
    Shared shared;
    User users[THREADS] = {{0}};
    if (!open_shared(&shared, row, 0)) return close_shared(&shared);
    void* base = wasm_memory_get_base_address(shared.memory);
    for (int i = 0; i < THREADS; ++i) CHECK(open_user(&users[i], &shared));
    start(&users[0], "read_told", 0, 0);
    pause_us(2000);
    CHECK_EQ(call(&users[1], "grow", 0, 0), 1);
    CHECK_EQ(finish(&users[0]), 1);
    for (int i = 0; i < THREADS; ++i) {
      users[i].argument = 4;
      users[i].result = 0;
      pthread_create(&users[i].thread, NULL, run_grow, &users[i]);
    }
    for (int i = 0; i < THREADS; ++i) CHECK_EQ(finish(&users[i]), 0);
    CHECK_EQ(call(&users[3], "size", 0, 0), 2 + 4 * THREADS);
    CHECK_EQ(wembed_memory_size(shared.memory), (2 + 4 * THREADS) * 65536);
    for (uint32_t page = 1; page < 2 + 4 * THREADS; ++page) {
      CHECK_EQ(call(&users[page % THREADS], "load", page * 65536 + 65532, 0), page);
    }
    CHECK(wasm_memory_get_base_address(shared.memory) == base);
    CHECK(wasm_memory_enlarge(shared.memory, 2));
    CHECK_EQ(call(&users[0], "grow", 0, 0), UINT32_MAX);
    CHECK_EQ(call(&users[0], "load", PAGES * 65536, 0), FAILED);
    CHECK_PREFIX(wasm_runtime_get_exception(users[0].instance),
                 "Exception: out of bounds memory access");
    for (int i = 0; i < THREADS; ++i) close_user(&users[i]);
    close_shared(&shared);
  }
}

TEST(waits_end_as_the_specification_says) {
  FOR_EACH_BACKEND(row) {
    Shared shared;
    User users[THREADS] = {{0}};
    if (!open_shared(&shared, row, 0)) return close_shared(&shared);
    for (int i = 0; i < THREADS; ++i) CHECK(open_user(&users[i], &shared));
    CHECK_EQ(call(&users[0], "wait", 1, 0), WEMBED_WAIT_NOT_EQUAL);
    CHECK_EQ(call(&users[0], "wait", 0, 0), WEMBED_WAIT_TIMED_OUT);
    CHECK_EQ(call(&users[0], "wait64", 1, 1000), WEMBED_WAIT_NOT_EQUAL);
    CHECK_EQ(call(&users[0], "wait64", 0, 1000), WEMBED_WAIT_TIMED_OUT);
    CHECK_EQ(call(&users[0], "notify", 10, 0), 0);
    for (int i = 0; i < 3; ++i) start(&users[i], i == 1 ? "wait64" : "wait", 0, (uint32_t)-1);
    CHECK(await_waiters(&shared, 3));
    CHECK_EQ(call(&users[3], "notify", 2, 0), 2);
    CHECK(await_waiters(&shared, 1));
    CHECK_EQ(wembed_memory_notify(shared.memory, 12, 100), 0); /* another word */
    CHECK_EQ(wembed_memory_notify(shared.memory, 8, 100), 1);
    for (int i = 0; i < 3; ++i) CHECK_EQ(finish(&users[i]), WEMBED_WAIT_WOKEN);
    for (int i = 0; i < THREADS; ++i) close_user(&users[i]);
    close_shared(&shared);
  }
}

/* Whether the user's last call ended so, and the next one works. */
static void check_stopped(User* user, const char* text) {
  CHECK_EQ(user->result, FAILED);
  CHECK_PREFIX(wasm_runtime_get_exception(user->instance), text);
  wasm_runtime_clear_exception(user->instance);
  user->options = NULL;
  CHECK_EQ(call(user, "wait", 1, 0), WEMBED_WAIT_NOT_EQUAL);
}

TEST(a_wait_can_always_be_stopped) {
  const Row* row = &backend_rows[0];
  Shared shared;
  User user = {0}, other = {0};
  if (!open_shared(&shared, row, 0)) return close_shared(&shared);
  CHECK(open_user(&user, &shared) && open_user(&other, &shared));
  start(&other, "wait", 0, (uint32_t)-1);
  CHECK(await_waiters(&shared, 1));

  start(&user, "wait", 0, (uint32_t)-1);
  CHECK(await_waiters(&shared, 2));
  wasm_runtime_terminate(user.instance);
  finish(&user);
  check_stopped(&user, "Exception: terminated by user");

  wembed_call_options_t deadline = {.size = sizeof deadline, .deadline_ms = 15, .fuel = -1};
  user.options = &deadline;
  start(&user, "wait64", 0, (uint32_t)-1);
  finish(&user);
  check_stopped(&user, "Exception: deadline exceeded");

  wembed_stop_t stop = wembed_stop_new(shared.runtime);
  wembed_call_options_t stoppable = {.size = sizeof stoppable, .fuel = -1, .stop = stop};
  user.options = &stoppable;
  start(&user, "wait", 0, (uint32_t)-1);
  CHECK(await_waiters(&shared, 2));
  wembed_stop_request(stop);
  finish(&user);
  check_stopped(&user, "Exception: terminated by user");
  wembed_stop_delete(stop);

  /* The one that nobody stopped has gone on sleeping. */
  CHECK_EQ(wembed_memory_waiters(shared.memory), 1);
  wembed_error_t error;
  CHECK(!wembed_instance_reset(other.instance, NULL, &error));
  CHECK_EQ(wembed_memory_notify(shared.memory, 8, 1), 1);
  CHECK_EQ(finish(&other), WEMBED_WAIT_WOKEN);
  close_user(&user);
  close_user(&other);
  close_shared(&shared);
}

typedef struct Sleeper {
  wasm_memory_inst_t memory;
  wembed_wait_t sleep, wait;
} Sleeper;

static bool host_waits(wasm_exec_env_t env, void* data, uint64_t* slots) {
  Sleeper* sleeper = data;
  (void)slots;
  sleeper->wait = wembed_memory_wait(env, sleeper->memory, 8, 4, 0, -1);
  if (sleeper->wait == WEMBED_WAIT_STOPPED) return false;
  sleeper->sleep = wembed_sleep(env, 2000000);
  return sleeper->sleep != WEMBED_WAIT_STOPPED;
}

TEST(host_functions_wait_too) {
  Shared shared;
  User user = {0}, other = {0};
  if (!open_shared(&shared, &backend_rows[0], 0)) return close_shared(&shared);
  CHECK(open_user(&other, &shared));
  wasm_module_t module = load(shared.runtime, "raw_wait");
  Sleeper sleeper = {shared.memory, WEMBED_WAIT_IMPOSSIBLE, WEMBED_WAIT_IMPOSSIBLE};
  wembed_import_t import = {
      .source = WEMBED_IMPORT_CALLBACK, .callback = host_waits, .data = &sleeper};
  wembed_instantiate_options_t options = {
      .size = sizeof options, .imports = &import, .import_count = 1, .strict = true};
  wembed_error_t error;
  user.shared = &shared;
  user.instance = wembed_instantiate(module, &options, &error);
  user.env = wasm_runtime_create_exec_env(user.instance, 16384);

  start(&user, "wait", 0, 0);
  CHECK(await_waiters(&shared, 1));
  CHECK_EQ(wembed_memory_wait(user.env, shared.memory, 8, 4, 0, 0), WEMBED_WAIT_IMPOSSIBLE);
  CHECK_EQ(call(&other, "notify", 1, 0), 1);
  CHECK_EQ(finish(&user), 0);
  CHECK_EQ(sleeper.wait, WEMBED_WAIT_WOKEN);
  CHECK_EQ(sleeper.sleep, WEMBED_WAIT_TIMED_OUT);

  wembed_call_options_t deadline = {.size = sizeof deadline, .deadline_ms = 10, .fuel = -1};
  user.options = &deadline;
  CHECK_EQ(call(&user, "wait", 0, 0), FAILED);
  CHECK_EQ(sleeper.wait, WEMBED_WAIT_STOPPED);
  CHECK_PREFIX(wasm_runtime_get_exception(user.instance), "Exception: deadline exceeded");

  CHECK_EQ(wembed_memory_wait(other.env, shared.memory, 8, 4, 1, -1), WEMBED_WAIT_NOT_EQUAL);
  CHECK_EQ(wembed_memory_wait(other.env, shared.memory, 8, 4, 0, 0), WEMBED_WAIT_TIMED_OUT);
  CHECK_EQ(wembed_memory_wait(other.env, shared.memory, 9, 4, 0, 0), WEMBED_WAIT_IMPOSSIBLE);
  CHECK_EQ(wembed_memory_wait(other.env, shared.memory, 65536, 4, 0, 0), WEMBED_WAIT_IMPOSSIBLE);
  CHECK_EQ(wembed_memory_wait(other.env, shared.memory, 8, 2, 0, 0), WEMBED_WAIT_IMPOSSIBLE);
  CHECK_EQ(wembed_memory_wait(NULL, shared.memory, 8, 4, 0, 0), WEMBED_WAIT_IMPOSSIBLE);
  CHECK_EQ(wembed_memory_wait(other.env, NULL, 8, 4, 0, 0), WEMBED_WAIT_IMPOSSIBLE);
  CHECK_EQ(wembed_sleep(NULL, 0), WEMBED_WAIT_IMPOSSIBLE);
  CHECK_EQ(wembed_memory_notify(NULL, 8, 1), 0);
  CHECK_EQ(wembed_memory_waiters(NULL), 0);
  close_user(&user);
  close_user(&other);
  wasm_runtime_unload(module);
  close_shared(&shared);
}

static void* run_heap(void* data) {
  User* user = data;
  uint32_t state = user->argument + 1;
  uint64_t blocks[16] = {0};
  for (uint32_t i = 0; i < user->second; ++i) {
    state = state * 1664525u + 1013904223u;
    uint32_t k = state >> 28;
    if (blocks[k] != 0) {
      uint8_t* at = wasm_runtime_addr_app_to_native(user->instance, blocks[k]);
      if (at == NULL || at[0] != user->argument || at[7] != user->argument) user->result++;
      wasm_runtime_module_free(user->instance, blocks[k]);
      blocks[k] = 0;
    } else {
      void* native = NULL;
      blocks[k] = wasm_runtime_module_malloc(user->instance, 8 + (state >> 20) % 200, &native);
      if (blocks[k] != 0) memset(native, (int)user->argument, 8);
    }
  }
  for (int k = 0; k < 16; ++k) {
    if (blocks[k] != 0) wasm_runtime_module_free(user->instance, blocks[k]);
  }
  return NULL;
}

TEST(threads_use_its_heap) {
  FOR_EACH_BACKEND(row) {
    Shared shared;
    User users[THREADS] = {{0}};
    if (!open_shared(&shared, row, 65536)) return close_shared(&shared);
    for (uint32_t i = 0; i < THREADS; ++i) {
      CHECK(open_user(&users[i], &shared));
      users[i].argument = i + 1;
      users[i].second = affordable(5000, 200);
      users[i].result = 0;
    }
    for (int i = 0; i < THREADS; ++i) {
      pthread_create(&users[i].thread, NULL, run_heap, &users[i]);
    }
    for (int i = 0; i < THREADS; ++i) CHECK_EQ(finish(&users[i]), 0);
    for (int i = 0; i < THREADS; ++i) close_user(&users[i]);
    close_shared(&shared);
  }
}

TEST(the_next_life_sees_nothing_of_the_last) {
  FOR_EACH_BACKEND(row) {
    Shared shared;
    User user = {0};
    wembed_error_t error;
    if (!open_shared(&shared, row, 0)) return close_shared(&shared);
    void* base = wasm_memory_get_base_address(shared.memory);
    CHECK(open_user(&user, &shared));
    CHECK_EQ(call(&user, "grow", 0, 0), 1);
    CHECK_EQ(call(&user, "store", 65536 + 8, 77), 0);
    CHECK_EQ(call(&user, "store", 8, 78), 0);
    close_user(&user);
    if (!CHECK(wembed_instance_reset(shared.owner, NULL, &error))) {
      fprintf(stderr, "%s: %s\n", row->name, error.message);
    }
    CHECK_EQ(wembed_memory_size(shared.memory), 65536);
    CHECK(wasm_memory_get_base_address(shared.memory) == base);
    memset(&user, 0, sizeof user);
    CHECK(open_user(&user, &shared));
    CHECK_EQ(call(&user, "load", 8, 0), 0);
    CHECK_EQ(call(&user, "grow", 0, 0), 1);
    CHECK_EQ(call(&user, "load", 65536 + 8, 0), 0);
    close_user(&user);
    close_shared(&shared);
  }
}

/* Address space of the embedder's, which the memory makes accessible as it grows. */
TEST(a_reserved_buffer_grows_in_place) {
  Shared shared;
  User user = {0};
  wembed_error_t error;
  if (!open_shared(&shared, &backend_rows[0], 0)) return close_shared(&shared);
  wasm_runtime_deinstantiate(shared.owner);
  size_t bytes = PAGES * 65536;
  uint8_t* space = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(space, 65536, PROT_READ | PROT_WRITE);
  wembed_instantiate_options_t options = {.size = sizeof options,
                                          .backend = WEMBED_BACKEND_BUFFER,
                                          .memory_buffer = space,
                                          .memory_buffer_bytes = bytes,
                                          .memory_buffer_reserved = true};
  shared.owner = wembed_instantiate(shared.maker, &options, &error);
  if (CHECK(shared.owner != NULL)) {
    shared.memory = wasm_runtime_get_default_memory(shared.owner);
    CHECK(open_user(&user, &shared));
    for (uint32_t page = 1; page < PAGES; ++page) {
      CHECK_EQ(call(&user, "grow", 0, 0), page);
      CHECK_EQ(space[page * 65536 + 65532], page);
    }
    CHECK_EQ(call(&user, "grow", 0, 0), UINT32_MAX);
    close_user(&user);
  }
  close_shared(&shared);
  munmap(space, bytes);
}

/* One instance, several threads, each with an exec_env of its own. */
TEST(threads_share_an_instance_too) {
  Shared shared;
  User users[THREADS] = {{0}};
  if (!open_shared(&shared, &backend_rows[0], 0)) return close_shared(&shared);
  CHECK(open_user(&users[0], &shared));
  for (int i = 1; i < THREADS; ++i) {
    users[i].instance = users[0].instance;
    users[i].env = wasm_runtime_create_exec_env(users[0].instance, 16384);
  }
  for (int i = 0; i < THREADS; ++i) start(&users[i], "count_locked", 500, 0);
  for (int i = 0; i < THREADS; ++i) CHECK(finish(&users[i]) != FAILED);
  CHECK_EQ(call(&users[0], "load", 12, 0), THREADS * 500);
  for (int i = 1; i < THREADS; ++i) wasm_runtime_destroy_exec_env(users[i].env);
  close_user(&users[0]);
  close_shared(&shared);
}

TEST(what_does_not_fit_is_refused) {
  Shared shared;
  wembed_error_t error;
  if (!open_shared(&shared, &backend_rows[0], 0)) return close_shared(&shared);
  Bytes bytes = host_read("shared_memory");
  wembed_source_t source = {.size = sizeof source,
                            .ownership = WEMBED_BYTES_COPY,
                            .bytes = bytes.data,
                            .length = bytes.size,
                            .features_off = WEMBED_FEATURE_THREADS};
  CHECK(wembed_load(shared.runtime, &source, &error) == NULL);
  CHECK(strstr(error.message, "threads (shared memory, atomics)") != NULL);
  CHECK(strstr(error.message, "switched off") != NULL);
  free(bytes.data);

  /* A memory of one thread where a shared one is wanted. */
  wasm_module_t plain = load(shared.runtime, "memory_one");
  wasm_module_inst_t instance = wembed_instantiate(plain, NULL, &error);
  wembed_import_t import = {.source = WEMBED_IMPORT_EXPORT, .instance = instance};
  wembed_instantiate_options_t options = {
      .size = sizeof options, .imports = &import, .import_count = 1, .strict = true};
  CHECK(wembed_instantiate(shared.user, &options, &error) == NULL);
  CHECK(strstr(error.message, "shared") != NULL);
  if (instance != NULL) wasm_runtime_deinstantiate(instance);
  if (plain != NULL) wasm_runtime_unload(plain);

  /* A buffer without room for the beginning; one that is not whole pages cannot be reserved. */
  options = (wembed_instantiate_options_t){.size = sizeof options,
                                           .backend = WEMBED_BACKEND_BUFFER,
                                           .memory_buffer = block,
                                           .memory_buffer_bytes = 4096};
  CHECK(wembed_instantiate(shared.maker, &options, &error) == NULL);
  options.memory_buffer = block + 8;
  options.memory_buffer_bytes = 2 * 65536;
  options.memory_buffer_reserved = true;
  CHECK(wembed_instantiate(shared.maker, &options, &error) == NULL);
  CHECK(strstr(error.message, "whole pages") != NULL);
  close_shared(&shared);
}

int main(void) {
  RUN(threads_count_together);
  RUN(threads_grow_it_and_see_it_grow);
  RUN(waits_end_as_the_specification_says);
  RUN(a_wait_can_always_be_stopped);
  RUN(host_functions_wait_too);
  RUN(threads_use_its_heap);
  RUN(the_next_life_sees_nothing_of_the_last);
  RUN(a_reserved_buffer_grows_in_place);
  RUN(threads_share_an_instance_too);
  RUN(what_does_not_fit_is_refused);
  return host_result();
}
