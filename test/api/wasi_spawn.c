/* Threads that a guest starts by itself: what they share, how many there may be, and how all end.
 */
#include "capture.h"
#include "wembed_wasi.h"

static uint32_t number_of(Host* host, const char* name, uint32_t argument) {
  uint32_t cells[1] = {argument};
  CHECK(host_call(host, name, strcmp(name, "spawn") == 0 ? 1 : 0, cells));
  return cells[0];
}

/* A thread, as soon as one that has done its work has ended. */
static uint32_t spawned(Host* host, uint32_t argument) {
  for (;;) {
    capture_begin();
    const uint32_t number = number_of(host, "spawn", argument);
    capture_end();
    if ((int32_t)number > 0) return number;
  }
}

static void plan(Host* host, uint32_t argument, uint32_t count, uint32_t then) {
  uint32_t cells[3] = {argument, count, then};
  CHECK(host_call(host, "plan", 3, cells));
}

TEST(they_share_memory_and_have_numbers) {
  Host host = host_open("wasi_spawn", 0);
  if (!host.env) return host_close(&host);
  /* More in the end than there may be at a time. */
  uint32_t sum = 0, last = 0;
  for (uint32_t i = 1; i <= 40; ++i) {
    uint32_t number = spawned(&host, 0);
    CHECK(number > last);
    last = number;
    sum += number;
    CHECK(host_call(&host, "await", 1, (uint32_t[]){i}));
  }
  CHECK_EQ(number_of(&host, "sum", 0), sum);
  /* One that starts another one. */
  last = spawned(&host, 6);
  CHECK(host_call(&host, "await", 1, (uint32_t[]){41}));
  CHECK(number_of(&host, "sum", 0) > sum + last);
  host_close(&host);
}

TEST(there_may_be_so_many) {
  Host host = host_open("wasi_spawn", 0);
  if (!host.env) return host_close(&host);
  for (int i = 0; i < 4; ++i) CHECK_EQ(number_of(&host, "spawn", 3 + i % 3), i + 1);
  capture_begin();
  CHECK_EQ((int32_t)number_of(&host, "spawn", 0), -1);
  const char* said = capture_end();
  CHECK(logged(said, "thread manager error: maximum number of threads exceeded"));
  CHECK(logged(said, "Failed to spawn a new thread"));
  /* They loop, sleep and wait, and end with their root. */
  host_close(&host);
}

/* How `_start` ends, in which so many threads do something, and the first one something else. */
static void run(uint32_t argument, uint32_t count, uint32_t then, const char* exception,
                uint32_t code) {
  Host host = host_open("wasi_spawn", 0);
  if (!host.env) return host_close(&host);
  plan(&host, argument, count, then);
  capture_begin();
  bool good = wasm_application_execute_main(host.instance, 0, NULL);
  capture_end();
  CHECK_EQ(good, exception == NULL);
  const char* text = wasm_runtime_get_exception(host.instance);
  if (exception == NULL && text != NULL) CHECK_TEXT(text, "none");
  if (exception != NULL) CHECK_TEXT(text, exception);
  CHECK_EQ(wasm_runtime_get_wasi_exit_code(host.instance), code);
  host_close(&host);
}

TEST(one_that_ends_ends_all) {
  static const uint32_t kAdds = 0, kTraps = 1, kExits = 2, kLoops = 3, kSleeps = 4, kWaits = 5;
  run(kAdds, 4, 0, NULL, 0);
  for (uint32_t then = 1; then <= 4; ++then) {
    if (then == 3) continue;
    run(kTraps, 1, then, "Exception: unreachable", 0);
    run(kExits, 1, then, NULL, 9);
    run(kExits, 4, then, NULL, 9);
  }
  /* The first one returns: so does the program, whatever others do. */
  run(kLoops, 4, 3, NULL, 0);
  run(kSleeps, 4, 3, NULL, 0);
  run(kWaits, 4, 3, NULL, 0);
}

TEST(a_program_ends_by_the_host) {
  Host host = host_open("wasi_spawn", 0);
  if (!host.env) return host_close(&host);
  for (uint32_t i = 3; i <= 5; ++i) CHECK(number_of(&host, "spawn", i) > 0);
  while (number_of(&host, "begun", 0) < 3) continue;
  wembed_wasi_end_threads(host.instance);
  CHECK(wasm_runtime_get_exception(host.instance) == NULL);
  /* Places are free again. */
  for (int i = 0; i < 4; ++i) CHECK(number_of(&host, "spawn", 3) > 0);
  wasm_runtime_terminate(host.instance);
  CHECK_TEXT(wasm_runtime_get_exception(host.instance), "Exception: terminated by user");
  wembed_wasi_end_threads(NULL);
  host_close(&host);
}

/* Whose memory is not shared, or who does not say where threads begin, has none. */
TEST(others_have_no_threads) {
  static const char* const kNames[] = {"wasi_spawn_no_start", "wasi_spawn_own_memory"};
  for (size_t i = 0; i < 2; ++i) {
    Host host = host_open(kNames[i], 0);
    if (!host.env) {
      host_close(&host);
      continue;
    }
    capture_begin();
    CHECK_EQ((int32_t)number_of(&host, "spawn", 0), -1);
    capture_end();
    host_close(&host);
  }
}

/* The modules of programs with threads import it from anywhere. */
TEST(a_shared_memory_that_nobody_has_is_made) {
  capture_begin();
  Host host = host_open("wasi_spawn_any_memory", 0);
  CHECK_TEXT(capture_end(), "");
  if (!host.env) return host_close(&host);
  CHECK_EQ(number_of(&host, "spawn", 42), 1);
  CHECK_EQ(number_of(&host, "left", 0), 42);
  host_close(&host);
}

static bool counts(wasm_exec_env_t env, void* data, uint64_t* slots) {
  (void)env;
  (void)slots;
  __atomic_add_fetch((int*)data, 1, __ATOMIC_RELAXED);
  return true;
}

/* Settings say how many; functions that the host gave to the first are the others' as well. */
TEST(settings_and_imports_are_the_same) {
  Bytes bytes = host_read("wasi_spawn_callback");
  wembed_error_t error;
  wembed_source_t source = {.size = sizeof source, .bytes = bytes.data, .length = bytes.size};
  wasm_module_t module = wembed_load(NULL, &source, &error);
  wembed_wasi_options_t given = {.size = sizeof given, .max_threads = 2};
  wembed_wasi_t wasi = wembed_wasi_new(NULL, &given, &error);
  int calls = 0;
  wembed_import_t imports[4] = {
      {.source = WEMBED_IMPORT_FRESH},
      {.source = WEMBED_IMPORT_DEFAULT},
      {.source = WEMBED_IMPORT_CALLBACK, .callback = counts, .data = &calls},
  };
  wembed_instantiate_options_t options = {
      .size = sizeof options, .strict = true, .imports = imports, .import_count = 3, .wasi = wasi};
  wasm_module_inst_t instance = wembed_instantiate(module, &options, &error);
  if (CHECK(instance != NULL)) {
    wasm_exec_env_t env = wasm_runtime_create_exec_env(instance, 65536);
    wasm_function_inst_t spawn = wasm_runtime_lookup_function(instance, "spawn");
    uint64_t slots[1] = {1};
    CHECK(wembed_call(env, spawn, slots, NULL) && (int32_t)slots[0] == 1);
    while (__atomic_load_n(&calls, __ATOMIC_RELAXED) == 0) continue;
    slots[0] = 1;
    CHECK(wembed_call(env, spawn, slots, NULL) && (int32_t)slots[0] == 2);
    while (__atomic_load_n(&calls, __ATOMIC_RELAXED) < 2) continue;
    slots[0] = 0;
    capture_begin();
    CHECK(wembed_call(env, spawn, slots, NULL));
    capture_end();
    CHECK_EQ((int32_t)slots[0], -1);
    wasm_runtime_destroy_exec_env(env);
    wasm_runtime_deinstantiate(instance);
    CHECK_EQ(calls, 2);
  } else {
    fprintf(stderr, "%s\n", error.message);
  }
  wembed_wasi_delete(wasi);
  wasm_runtime_unload(module);
  free(bytes.data);
}

int main(void) {
  RUN(they_share_memory_and_have_numbers);
  RUN(there_may_be_so_many);
  RUN(one_that_ends_ends_all);
  RUN(a_program_ends_by_the_host);
  RUN(others_have_no_threads);
  RUN(a_shared_memory_that_nobody_has_is_made);
  RUN(settings_and_imports_are_the_same);
  return host_result();
}
