/* wembed_instance_reset: everything is as new, handles stay, and wrong moments are errors. */
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "../yardstick.h"
#include "backends.h"

/* Sanitizers' builds are many times slower and keep pages of their own. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#else
#define SANITIZED false
#endif

#define HEAP 8192
static _Alignas(16) uint8_t block[12 * 65536];

/* What the guest's imports do. */
typedef struct Hooks {
  wasm_module_inst_t target; /* inside: reset this one; NULL: nothing */
  bool trap_start;
  bool wait;               /* inside: until `wait` is taken away */
  volatile bool is_inside; /* somebody waits there */
  bool inside_result;
  wembed_error_t inside_error;
} Hooks;
static Hooks hooks;

static bool on_start(wasm_exec_env_t env, void* data, uint64_t* slots) {
  (void)data, (void)slots;
  if (!hooks.trap_start) return true;
  wasm_runtime_set_exception(wasm_runtime_get_module_inst(env), "start refused");
  return false;
}

static bool inside(wasm_exec_env_t env, void* data, uint64_t* slots) {
  (void)env, (void)data;
  __atomic_store_n(&hooks.is_inside, true, __ATOMIC_RELEASE);
  while (__atomic_load_n(&hooks.wait, __ATOMIC_ACQUIRE)) usleep(1000);
  if (hooks.target != NULL) {
    hooks.inside_result = wembed_instance_reset(hooks.target, NULL, &hooks.inside_error);
  }
  __atomic_store_n(&hooks.is_inside, false, __ATOMIC_RELEASE);
  slots[0] = 11;
  return true;
}

static const wembed_import_t imports[2] = {
    {.source = WEMBED_IMPORT_CALLBACK, .callback = on_start},
    {.source = WEMBED_IMPORT_CALLBACK, .callback = inside},
};

/* An instance of reset.wat on a runtime of its own. */
typedef struct Used {
  wembed_runtime_t runtime;
  Bytes bytes;
  wasm_module_t module;
  wasm_module_inst_t instance;
  wasm_exec_env_t env;
} Used;

static Used use(const Row* row, uint32_t heap, bool strict) {
  memset(&hooks, 0, sizeof hooks);
  Used used = {row_runtime(row, 2), host_read("reset"), NULL, NULL, NULL};
  used.module = row_load(used.runtime, used.bytes);
  wembed_instantiate_options_t options = row_options(row, block, sizeof block);
  options.heap_size = heap;
  options.strict = strict;
  options.imports = imports;
  options.import_count = 2;
  wembed_error_t error;
  used.instance = wembed_instantiate(used.module, &options, &error);
  if (!CHECK(used.instance != NULL)) {
    fprintf(stderr, "%s: %s\n", row->name, error.message);
    exit(1);
  }
  used.env = wasm_runtime_create_exec_env(used.instance, 32768);
  return used;
}

static void end_use(Used* used) {
  wasm_runtime_destroy_exec_env(used->env);
  wasm_runtime_deinstantiate(used->instance);
  wasm_runtime_unload(used->module);
  wembed_runtime_delete(used->runtime);
  free(used->bytes.data);
}

/* The result of an export; 0xDEADBEEF: it trapped, and the exception is pending. */
static uint32_t call_of(wasm_exec_env_t env, const char* name, uint64_t argument) {
  uint64_t slots[2] = {argument, 0};
  wasm_function_inst_t function =
      wasm_runtime_lookup_function(wasm_runtime_get_module_inst(env), name);
  return wembed_call(env, function, slots, NULL) ? (uint32_t)slots[0] : 0xDEADBEEF;
}

static uint64_t global_of(const Used* used, const char* name) {
  wasm_global_inst_t global;
  CHECK(wasm_runtime_get_export_global_inst(used->instance, name, &global));
  uint64_t value = 0;
  memcpy(&value, global.global_data, global.kind == WASM_I64 ? 8 : 4);
  return value;
}

static bool reset(wasm_module_inst_t instance) {
  wembed_error_t error;
  bool good = wembed_instance_reset(instance, NULL, &error);
  if (!good) fprintf(stderr, "%s: %s %s\n", host_test, error.code, error.message);
  return good;
}

TEST(everything_is_as_new) {
  FOR_EACH_BACKEND(row) {
    Used used = use(row, HEAP, false);
    wasm_memory_inst_t memory = wasm_runtime_get_default_memory(used.instance);
    const volatile uint32_t* epoch = wembed_memory_epoch(memory);
    wasm_function_inst_t at = wasm_runtime_lookup_function(used.instance, "at");
    uint32_t state = call_of(used.env, "state", 0);
    uint64_t first = wasm_runtime_module_malloc(used.instance, 100, NULL);
    wasm_runtime_module_free(used.instance, first);
    wasm_runtime_set_custom_data(used.instance, &used);
    for (uint32_t round = 0; round < 6; ++round) {
      uint32_t old = *epoch;
      uint64_t size = wembed_memory_size(memory);
      uint64_t allocated = wasm_runtime_module_malloc(used.instance, 100, NULL);
      CHECK_EQ(allocated, first);
      CHECK(call_of(used.env, "soil", round % 3) != 0xDEADBEEF);
      if (round % 3 == 1) CHECK_EQ(wembed_memory_size(memory), size + 65536);
      call_of(used.env, "put_thing", wembed_externref(&used));
      CHECK_EQ(call_of(used.env, "at", 5), 3);
      CHECK_EQ(call_of(used.env, "use_segments", 0), 0xDEADBEEF);
      CHECK(reset(used.instance)); /* with the exception pending */
      CHECK(*epoch != old && epoch == wembed_memory_epoch(memory));
      CHECK(wasm_runtime_get_exception(used.instance) == NULL);
      CHECK_EQ(wembed_trap_frame_count(used.instance, NULL), 0);
      CHECK(memory == wasm_runtime_get_default_memory(used.instance));
      CHECK_EQ(wembed_memory_size(memory), size);
      CHECK_EQ(call_of(used.env, "state", 0), state);
      CHECK_EQ(global_of(&used, "count"), 7);
      CHECK_EQ(global_of(&used, "wide"), (uint64_t)-3);
      CHECK_EQ(global_of(&used, "starts"), 101);
      CHECK_EQ(call_of(used.env, "load8", 1000), 42);
      CHECK(at == wasm_runtime_lookup_function(used.instance, "at"));
      uint64_t slots[1] = {4};
      CHECK(wembed_call(used.env, at, slots, NULL) && (uint32_t)slots[0] == 2);
      CHECK_EQ(call_of(used.env, "at", 5), 0xDEADBEEF);
      CHECK_TEXT(wasm_runtime_get_exception(used.instance), "Exception: uninitialized element");
      wasm_runtime_clear_exception(used.instance);
      if (round % 2 == 0) continue;
      CHECK_EQ(call_of(used.env, "use_segments", 0), 3 + 'r');
      CHECK(reset(used.instance));
    }
    CHECK(wasm_runtime_get_custom_data(used.instance) == &used);
    end_use(&used);
  }
}

/* Start functions run as they did when the instance was made, and only if wanted. */
TEST(start_functions_run_again) {
  const Row* row = backend_rows;
  for (int strict = 0; strict < 2; ++strict) {
    Used used = use(row, 0, strict);
    CHECK_EQ(global_of(&used, "starts"), strict ? 1 : 101);
    CHECK(reset(used.instance));
    CHECK_EQ(global_of(&used, "starts"), strict ? 1 : 101);
    wembed_reset_options_t options = {.size = sizeof options, .skip_start = true};
    CHECK(wembed_instance_reset(used.instance, &options, NULL));
    CHECK_EQ(global_of(&used, "starts"), 0);
    CHECK_EQ(call_of(used.env, "load8", 1000), 0);
    end_use(&used);
  }
}

TEST(a_start_function_that_traps) {
  FOR_EACH_BACKEND(row) {
    Used used = use(row, 0, true);
    uint32_t state = call_of(used.env, "state", 0);
    call_of(used.env, "soil", 1);
    hooks.trap_start = true;
    wembed_error_t error;
    CHECK(!wembed_instance_reset(used.instance, NULL, &error));
    CHECK_EQ(error.kind, WEMBED_ERROR_TRAP);
    CHECK_TEXT(error.message, "start refused");
    CHECK_TEXT(wasm_runtime_get_exception(used.instance), "Exception: start refused");
    wasm_runtime_clear_exception(used.instance);
    CHECK_EQ(global_of(&used, "count"), 7);
    CHECK_EQ(global_of(&used, "starts"), 0);
    CHECK(call_of(used.env, "state", 0) != state); /* start has not written its byte */
    /* Out of instructions counts as a trap too. */
    wembed_reset_options_t options = {.size = sizeof options, .fuel = 1};
    hooks.trap_start = false;
    CHECK(!wembed_instance_reset(used.instance, &options, &error));
    CHECK_TEXT(error.code, "InstructionLimit");
    wembed_stop_t stop = wembed_stop_new(used.runtime);
    wembed_stop_request(stop);
    options.fuel = 0;
    options.stop = stop;
    CHECK(!wembed_instance_reset(used.instance, &options, &error));
    CHECK_TEXT(error.code, "Terminated");
    wembed_stop_delete(stop);
    options = (wembed_reset_options_t){.size = sizeof options, .fuel = 1000, .deadline_ms = 10000};
    CHECK(wembed_instance_reset(used.instance, &options, &error));
    CHECK_EQ(call_of(used.env, "state", 0), state);
    end_use(&used);
  }
}

/* What a failed start function leaves is the host's, if it wants it, and a reset makes it whole. */
TEST(a_start_function_that_traps_leaves_its_instance) {
  FOR_EACH_BACKEND(row) {
    Used used = use(row, HEAP, false);
    wasm_runtime_destroy_exec_env(used.env);
    wasm_runtime_deinstantiate(used.instance);
    wasm_module_inst_t failed = NULL;
    wembed_instantiate_options_t options = row_options(row, block, sizeof block);
    options.heap_size = HEAP;
    options.imports = imports;
    options.import_count = 2;
    options.failed = &failed;
    wembed_error_t error;
    hooks.trap_start = true;
    CHECK(wembed_instantiate(used.module, &options, &error) == NULL);
    CHECK_EQ(error.kind, WEMBED_ERROR_TRAP);
    if (!CHECK(failed != NULL)) continue;
    CHECK_TEXT(wasm_runtime_get_exception(failed), "Exception: start refused");
    wasm_memory_inst_t memory = wasm_runtime_get_default_memory(failed);
    memset(wasm_memory_get_base_address(memory), 7, wembed_memory_size(memory));
    hooks.trap_start = false;
    CHECK(reset(failed));
    used.instance = failed;
    used.env = wasm_runtime_create_exec_env(failed, 32768);
    CHECK_EQ(global_of(&used, "starts"), 101);
    CHECK_EQ(call_of(used.env, "load8", 1000), 42);
    wasm_runtime_destroy_exec_env(used.env);
    wasm_runtime_deinstantiate(failed);
    /* Nothing is left of any other failure. */
    options.import_count = 1;
    options.strict = true;
    CHECK(wembed_instantiate(used.module, &options, &error) == NULL);
    CHECK(error.kind == WEMBED_ERROR_LINK && failed == NULL);
    options.import_count = 2;
    used.instance = wembed_instantiate(used.module, &options, &error);
    CHECK(used.instance != NULL && failed == NULL);
    used.env = wasm_runtime_create_exec_env(used.instance, 32768);
    end_use(&used);
  }
}

TEST(not_while_it_runs) {
  FOR_EACH_BACKEND(row) {
    Used used = use(row, 0, true);
    hooks.target = used.instance;
    call_of(used.env, "soil", 0);
    CHECK_EQ(call_of(used.env, "call_inside", 0), 11);
    CHECK(!hooks.inside_result);
    CHECK_EQ(hooks.inside_error.kind, WEMBED_ERROR_USAGE);
    CHECK_TEXT(hooks.inside_error.code, "InvalidState");
    CHECK_TEXT(hooks.inside_error.message,
               "an instance cannot be reset while a call is running on it");
    CHECK_EQ(global_of(&used, "starts"), 5000); /* nothing has changed */
    CHECK(reset(used.instance));
    end_use(&used);
  }
  wembed_error_t error;
  CHECK(!wembed_instance_reset(NULL, NULL, &error));
  CHECK_EQ(error.kind, WEMBED_ERROR_USAGE);
}

static uint32_t loop_ms;

static void* run_loop(void* data) {
  const Used* used = data;
  wembed_call_options_t options = {.size = sizeof options, .fuel = -1, .deadline_ms = loop_ms};
  uint64_t slots[1];
  wasm_exec_env_t env = wasm_runtime_create_exec_env(used->instance, 8192);
  __atomic_store_n(&hooks.is_inside, true, __ATOMIC_RELEASE);
  wembed_call(env, wasm_runtime_lookup_function(used->instance, "loop"), slots, &options);
  wasm_runtime_destroy_exec_env(env);
  return NULL;
}

TEST(not_while_another_thread_runs_it) {
  Used used = use(backend_rows, 0, true);
  pthread_t thread;
  uint32_t slow = slowness();
  loop_ms = 300 * slow;
  pthread_create(&thread, NULL, run_loop, &used);
  while (!__atomic_load_n(&hooks.is_inside, __ATOMIC_ACQUIRE)) usleep(100);
  usleep(20000 * slow);
  wembed_error_t error;
  CHECK(!wembed_instance_reset(used.instance, NULL, &error));
  CHECK_EQ(error.kind, WEMBED_ERROR_USAGE);
  pthread_join(thread, NULL);
  CHECK(reset(used.instance));
  CHECK_EQ(call_of(used.env, "at", 3), 1);
  end_use(&used);
}

TEST(exceptions_and_requests_to_stop_are_over) {
  FOR_EACH_BACKEND(row) {
    Used used = use(row, 0, true);
    CHECK_EQ(call_of(used.env, "trap", 0), 0xDEADBEEF);
    CHECK(reset(used.instance));
    CHECK_EQ(call_of(used.env, "at", 3), 1);
    wasm_runtime_terminate(used.instance); /* nothing runs: whatever comes next would trap */
    CHECK(reset(used.instance));
    CHECK_EQ(call_of(used.env, "at", 4), 2);
    end_use(&used);
  }
}

static wasm_module_inst_t link_user(const Used* used, wasm_module_t module) {
  static const char* const names[] = {"memory", "table", "count", "one"};
  wembed_import_t from[5] = {{0}};
  for (uint32_t i = 0; i < 4; ++i) {
    wembed_extern_type_t type;
    from[i].source = WEMBED_IMPORT_EXPORT;
    from[i].instance = used->instance;
    while (wembed_module_export(used->module, from[i].export_index, &type) &&
           (type.name_length != strlen(names[i]) ||
            memcmp(type.name, names[i], type.name_length) != 0)) {
      ++from[i].export_index;
    }
  }
  from[4] = imports[1];
  wembed_instantiate_options_t options = {
      .size = sizeof options, .strict = true, .imports = from, .import_count = 5};
  wembed_error_t error;
  wasm_module_inst_t user = wembed_instantiate(module, &options, &error);
  if (!CHECK(user != NULL)) fprintf(stderr, "%s\n", error.message);
  return user;
}

TEST(linked_instances) {
  FOR_EACH_BACKEND(row) {
    Used used = use(row, 0, true);
    Bytes bytes = host_read("reset_user");
    wasm_module_t module = row_load(used.runtime, bytes);
    wasm_module_inst_t user = link_user(&used, module);
    wasm_exec_env_t env = wasm_runtime_create_exec_env(user, 16384);
    wasm_memory_inst_t memory = wasm_runtime_get_default_memory(used.instance);
    CHECK_EQ(call_of(env, "load8", 600), 'u');
    CHECK_EQ(call_of(env, "at", 9), 9);
    CHECK_EQ(call_of(env, "own", 0), 2);
    call_of(used.env, "soil", 2);
    CHECK_EQ(call_of(env, "size", 0), 4);

    /* The user is reset: its own things, and not what it imports. */
    uint32_t old = *wembed_memory_epoch(memory);
    CHECK(reset(user));
    CHECK_EQ(*wembed_memory_epoch(memory), old);
    CHECK_EQ(call_of(env, "own", 0), 2);
    CHECK_EQ(call_of(env, "load8", 600), 0xEE);
    CHECK_EQ(call_of(env, "at", 5), 3);
    CHECK_EQ(call_of(env, "count", 0), 0xFFFFFFFF);

    /* The owner is reset: its user sees that, also what it had put there going. */
    CHECK(reset(used.instance));
    CHECK_EQ(*wembed_memory_epoch(memory), old + 1);
    CHECK_EQ(call_of(env, "size", 0), 2);
    CHECK_EQ(call_of(env, "count", 0), 7);
    CHECK_EQ(call_of(env, "load8", 16), 'h');
    CHECK_EQ(call_of(env, "load8", 600), 0);
    CHECK_EQ(call_of(env, "at", 4), 2);
    CHECK_EQ(call_of(env, "load8", 2 * 65536), 0xDEADBEEF);
    wasm_runtime_clear_exception(user);
    CHECK_EQ(call_of(env, "at", 9), 0xDEADBEEF);
    wasm_runtime_clear_exception(user);
    CHECK_EQ(call_of(env, "one", 0), 1);

    /* From a host function that the user calls: the owner is not on the stack. */
    call_of(used.env, "soil", 3);
    hooks.target = used.instance;
    CHECK_EQ(call_of(env, "around_inside", 0), 0xEE + 11 + 'h');
    CHECK(hooks.inside_result);
    CHECK_EQ(call_of(env, "size", 0), 2);

    /* A closed neighbour; then the closed one itself. */
    wasm_runtime_destroy_exec_env(env);
    wasm_runtime_deinstantiate(user);
    CHECK(reset(used.instance));
    CHECK_EQ(call_of(used.env, "at", 4), 2);
    user = link_user(&used, module);
    CHECK(reset(user));
    wasm_runtime_destroy_exec_env(used.env);
    wasm_runtime_deinstantiate(used.instance);
    wembed_error_t error;
    CHECK(!wembed_instance_reset(used.instance, NULL, &error)); /* its storage is still there */
    CHECK_EQ(error.kind, WEMBED_ERROR_USAGE);
    CHECK(reset(user));
    wasm_runtime_deinstantiate(user);
    wasm_runtime_unload(module);
    wasm_runtime_unload(used.module);
    wembed_runtime_delete(used.runtime);
    free(bytes.data);
    free(used.bytes.data);
  }
}

typedef struct Caller {
  wasm_exec_env_t env;
  pthread_t thread;
} Caller;
static void* call_around(void* data) {
  CHECK_EQ(call_of(((Caller*)data)->env, "around_inside", 0), 2 * 'h' + 11);
  return NULL;
}

/* A neighbour that runs on another thread may get at the owner's memory at any time. */
TEST(not_while_another_thread_runs_its_user) {
  Used used = use(backend_rows, 0, true);
  Bytes bytes = host_read("reset_user");
  wasm_module_t module = row_load(used.runtime, bytes);
  wasm_module_inst_t user = link_user(&used, module);
  Caller caller = {wasm_runtime_create_exec_env(user, 16384), 0};
  hooks.wait = true;
  pthread_create(&caller.thread, NULL, call_around, &caller);
  while (!__atomic_load_n(&hooks.is_inside, __ATOMIC_ACQUIRE)) usleep(100);
  wembed_error_t error;
  CHECK(!wembed_instance_reset(used.instance, NULL, &error));
  CHECK_EQ(error.kind, WEMBED_ERROR_USAGE);
  CHECK(!wembed_instance_reset(user, NULL, &error));
  __atomic_store_n(&hooks.wait, false, __ATOMIC_RELEASE);
  pthread_join(caller.thread, NULL);
  CHECK(reset(used.instance));
  wasm_runtime_destroy_exec_env(caller.env);
  wasm_runtime_deinstantiate(user);
  wasm_runtime_unload(module);
  free(bytes.data);
  end_use(&used);
}

static uint64_t resident_pages(void) {
  unsigned long long size = 0, resident = 0;
  FILE* file = fopen("/proc/self/statm", "r");
  if (file == NULL) return 0;
  if (fscanf(file, "%llu %llu", &size, &resident) != 2) resident = 0;
  fclose(file);
  return resident;
}

TEST(ten_thousand_times) {
  FOR_EACH_BACKEND(row) {
    Used used = use(row, HEAP, false);
    uint32_t state = call_of(used.env, "state", 0);
    wembed_reset_options_t options = {.size = sizeof options};
    uint64_t resident = 0;
    unsigned failed = 0;
    for (uint32_t round = 0; round < (SANITIZED ? 600u : 10000u); ++round) {
      failed += wasm_runtime_module_malloc(used.instance, 50, NULL) == 0;
      failed += call_of(used.env, "at", 18) != 2;
      if (round % 100 == 0) failed += call_of(used.env, "soil", 1) == 0xDEADBEEF;
      failed += !wembed_instance_reset(used.instance, &options, NULL);
      if (round == 500) resident = resident_pages();
    }
    CHECK_EQ(failed, 0);
    CHECK_EQ(call_of(used.env, "state", 0), state);
    CHECK(SANITIZED || resident_pages() <= resident + 256); /* a MiB */
    end_use(&used);
  }
}

/* Pages that a guest has soiled go back to the system: at the reset, or with the next trim. */
TEST(memory_is_given_back) {
  if (SANITIZED || resident_pages() == 0) return;
  FOR_EACH_BACKEND(row) {
    /* The caller's, and what the embedder's functions have no way to take back. */
    if (row->backend == WEMBED_BACKEND_BUFFER || row->backend == WEMBED_BACKEND_FUNCTIONS) continue;
    Used used = use(row, 0, true);
    CHECK(reset(used.instance));
    uint64_t before = resident_pages();
    call_of(used.env, "soil", 8);
    uint64_t soiled = resident_pages();
    CHECK(reset(used.instance));
    uint64_t after = resident_pages();
    CHECK(soiled >= before + 100);
    if (!CHECK(after <= before + 70)) { /* 64 pages may be kept to be quick */
      fprintf(stderr, "%s: %d, %d, %d pages\n", row->name, (int)before, (int)soiled, (int)after);
    }
    end_use(&used);
  }
}

/* Threads that use up slots of one pool while others are reset in it. */
typedef struct Worker {
  const Row* row;
  wembed_runtime_t runtime;
  wasm_module_t module;
  uint32_t number;
  uint32_t state;
  unsigned failed;
  pthread_t thread;
  _Alignas(16) uint8_t block[12 * 65536];
} Worker;

static void* work(void* data) {
  Worker* self = data;
  /* "state" reads all memory, each byte of which costs a sanitizer some hundred instructions. */
  const uint32_t lives = SANITIZED ? 2 : 10, rounds = SANITIZED ? 3 : 8;
  for (uint32_t life = 0; life < lives; ++life) {
    wembed_instantiate_options_t options = row_options(self->row, self->block, sizeof block);
    options.imports = imports;
    options.import_count = 2;
    wasm_module_inst_t instance = wembed_instantiate(self->module, &options, NULL);
    if (instance == NULL) {
      self->failed++;
      continue;
    }
    wasm_exec_env_t env = wasm_runtime_create_exec_env(instance, 16384);
    for (uint32_t round = 0; round < rounds; ++round) {
      self->failed += call_of(env, "state", 0) != self->state;
      self->failed += call_of(env, "soil", (round + self->number) % 4) == 0xDEADBEEF;
      self->failed += !wembed_instance_reset(instance, NULL, NULL);
    }
    wasm_runtime_destroy_exec_env(env);
    wasm_runtime_deinstantiate(instance);
  }
  return NULL;
}

TEST(threads_share_pool_and_module) {
  FOR_EACH_BACKEND(row) {
    static Worker workers[4];
    Used used = use(row, 0, false);
    uint32_t state = call_of(used.env, "state", 0);
    for (uint32_t i = 0; i < 4; ++i) {
      workers[i] = (Worker){
          .row = row, .runtime = used.runtime, .module = used.module, .number = i, .state = state};
      /* More workers than the pool has slots: those without one go on demand, or fail. */
      if (row->backend == WEMBED_BACKEND_POOL && i > 0) workers[i].row = &backend_rows[i % 2];
      pthread_create(&workers[i].thread, NULL, work, &workers[i]);
    }
    for (uint32_t i = 0; i < 4; ++i) {
      pthread_join(workers[i].thread, NULL);
      CHECK_EQ(workers[i].failed, 0);
    }
    end_use(&used);
  }
}

int main(void) {
  RUN(everything_is_as_new);
  RUN(start_functions_run_again);
  RUN(a_start_function_that_traps);
  RUN(a_start_function_that_traps_leaves_its_instance);
  RUN(not_while_it_runs);
  RUN(not_while_another_thread_runs_it);
  RUN(exceptions_and_requests_to_stop_are_over);
  RUN(linked_instances);
  RUN(not_while_another_thread_runs_its_user);
  RUN(ten_thousand_times);
  RUN(memory_is_given_back);
  RUN(threads_share_pool_and_module);
  return host_result();
}
