/* Chains of tail calls: of any length, within and across instances, and that they can be stopped.
 */
#include <pthread.h>
#include <unistd.h>

#include "backends.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LENGTH 200000u
#else
#define LENGTH 10000000u
#endif

/* Two instances that call each other: the first exports what the second imports, and has the
   second's function in its table. */
typedef struct Pair {
  wembed_runtime_t runtime;
  Bytes bytes[2];
  wasm_module_t modules[2];
  wasm_module_inst_t other, main;
  wasm_exec_env_t env;
} Pair;

static bool add_thousand(wasm_exec_env_t env, void* data, uint64_t* slots) {
  (void)env, (void)data;
  slots[0] += slots[1] + 1000;
  return true;
}

static uint32_t export_of(wasm_module_t module, const char* name) {
  wembed_extern_type_t type;
  for (uint32_t i = 0; wembed_module_export(module, i, &type); ++i) {
    if (type.name_length == strlen(name) && memcmp(type.name, name, type.name_length) == 0) {
      return i;
    }
  }
  CHECK(!"no such export");
  return 0;
}

static wasm_module_t load(wembed_runtime_t runtime, const char* name, Bytes* bytes) {
  *bytes = host_read(name);
  wembed_source_t source = {.size = sizeof source,
                            .ownership = WEMBED_BYTES_BORROW,
                            .bytes = bytes->data,
                            .length = bytes->size};
  wembed_error_t error;
  wasm_module_t module = wembed_load(runtime, &source, &error);
  if (!CHECK(module != NULL)) fprintf(stderr, "%s: %s\n", name, error.message);
  return module;
}

static wasm_function_inst_t function_of(const Pair* pair, const char* name) {
  return wembed_instance_function(pair->main, export_of(pair->modules[1], name));
}

static bool open_pair(Pair* pair, const Row* row) {
  memset(pair, 0, sizeof *pair);
  pair->runtime = row_runtime(row, 8);
  if (pair->runtime == NULL) return false;
  pair->modules[0] = load(pair->runtime, "tail_calls_other", &pair->bytes[0]);
  pair->modules[1] = load(pair->runtime, "tail_calls", &pair->bytes[1]);
  if (pair->modules[0] == NULL || pair->modules[1] == NULL) return false;
  wembed_instantiate_options_t options = {.size = sizeof options};
  wembed_error_t error = {0};
  pair->other = wembed_instantiate(pair->modules[0], &options, &error);
  wembed_import_t imports[3] = {
      {.source = WEMBED_IMPORT_CALLBACK, .callback = add_thousand},
      {.source = WEMBED_IMPORT_EXPORT,
       .instance = pair->other,
       .export_index = export_of(pair->modules[0], "step")},
      {.source = WEMBED_IMPORT_EXPORT,
       .instance = pair->other,
       .export_index = export_of(pair->modules[0], "value")},
  };
  options.imports = imports;
  options.import_count = 3;
  pair->main = wembed_instantiate(pair->modules[1], &options, &error);
  if (!CHECK(pair->main != NULL)) fprintf(stderr, "%s\n", error.message);
  if (pair->main == NULL) return false;
  const uint64_t across = (uint64_t)(uintptr_t)function_of(pair, "across");
  CHECK(wembed_table_set(pair->other, export_of(pair->modules[0], "table"), 0, across));
  CHECK(wembed_table_set(pair->main, export_of(pair->modules[1], "table"), 4, across));
  /* A stack on which no chain fits that takes room for each call. */
  pair->env = wasm_runtime_create_exec_env(pair->main, 4096);
  return CHECK(pair->env != NULL);
}

static void close_pair(Pair* pair) {
  if (pair->env != NULL) wasm_runtime_destroy_exec_env(pair->env);
  if (pair->main != NULL) wasm_runtime_deinstantiate(pair->main);
  if (pair->other != NULL) wasm_runtime_deinstantiate(pair->other);
  for (int i = 0; i < 2; ++i) {
    if (pair->modules[i] != NULL) wasm_runtime_unload(pair->modules[i]);
    free(pair->bytes[i].data);
  }
  wembed_runtime_delete(pair->runtime);
}

/* The result of an export, or 0 with *exception (static) set. */
static uint64_t call(const Pair* pair, const char* name, uint64_t count,
                     const wembed_call_options_t* options, const char** exception) {
  static char text[160];
  uint64_t slots[4] = {count, 0};
  bool good = wembed_call(pair->env, function_of(pair, name), slots, options);
  *exception = NULL;
  if (good) return slots[0];
  snprintf(text, sizeof text, "%s", wasm_runtime_get_exception(pair->main));
  wasm_runtime_clear_exception(pair->main);
  *exception = text;
  return 0;
}

static uint64_t must(const Pair* pair, const char* name, uint64_t count) {
  const char* exception;
  uint64_t result = call(pair, name, count, NULL, &exception);
  CHECK_TEXT(exception, NULL);
  return result;
}

TEST(chains_of_any_length) {
  static const char* const names[] = {"self", "indirect", "referred", "wide", "across"};
  FOR_EACH_BACKEND(row) {
    Pair pair;
    if (open_pair(&pair, row)) {
      uint64_t length = row == backend_rows ? LENGTH : 10000;
      for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        for (uint64_t n = 0; n < 4; ++n) CHECK_EQ(must(&pair, names[i], n), n);
        CHECK_EQ(must(&pair, names[i], length), length);
      }
      CHECK_EQ(must(&pair, "host_at_the_end", length), length + 1000);
      CHECK_EQ(must(&pair, "to_host", 7), 1007);
      uint64_t many[4] = {length};
      CHECK(wembed_call(pair.env, function_of(&pair, "many"), many, NULL));
      float f;
      double d;
      memcpy(&f, &many[1], 4);
      memcpy(&d, &many[2], 8);
      CHECK((uint32_t)many[0] == 1 && f == 2 && d == 3 && many[3] == 4);
      uint64_t bits = must(&pair, "floats", 41);
      memcpy(&d, &bits, 8);
      CHECK(d == 42);
      CHECK_EQ(must(&pair, "deep", 5), 5);
    }
    close_pair(&pair);
  }
}

/* Whoever made the call that ends in another instance goes on with its own memory. */
TEST(memory_behind_a_chain) {
  FOR_EACH_BACKEND(row) {
    Pair pair;
    if (open_pair(&pair, row)) {
      CHECK_EQ((uint32_t)must(&pair, "other_value", 0), 0x22);
      for (uint64_t n = 0; n < 5; ++n) {
        CHECK_EQ((uint32_t)must(&pair, "memory_behind", n), 0x11);
        CHECK_EQ((uint32_t)must(&pair, "memory_behind_indirect", n), 0x11);
      }
    }
    close_pair(&pair);
  }
}

static void* request(void* stop) {
  usleep(20000);
  wembed_stop_request(stop);
  return NULL;
}

static void* terminate(void* instance) {
  usleep(20000);
  wasm_runtime_terminate(instance);
  return NULL;
}

/* What a chain of so many calls takes. */
static int64_t least_fuel(const Pair* pair, uint64_t count) {
  const char* exception = "";
  wembed_call_options_t fuel = {.size = sizeof fuel};
  while (exception != NULL) {
    fuel.fuel++;
    call(pair, "self", count, &fuel, &exception);
  }
  return fuel.fuel;
}

TEST(chains_are_stopped) {
  Pair pair;
  const char* exception;
  if (open_pair(&pair, backend_rows)) {
    wembed_stop_t stop = wembed_stop_new(pair.runtime);
    wembed_call_options_t deadline = {.size = sizeof deadline, .fuel = -1, .deadline_ms = 30};
    wembed_call_options_t fuel = {.size = sizeof fuel, .fuel = 1000};
    wembed_call_options_t stopped = {.size = sizeof stopped, .fuel = -1, .stop = stop};
    for (int i = 0; i < 2; ++i) {
      const char* name = i == 0 ? "endless" : "across";
      call(&pair, name, UINT64_MAX, &deadline, &exception);
      CHECK_TEXT(exception, "Exception: deadline exceeded");
      call(&pair, name, UINT64_MAX, &fuel, &exception);
      CHECK_TEXT(exception, "Exception: instruction limit exceeded");
      pthread_t thread;
      pthread_create(&thread, NULL, request, stop);
      call(&pair, name, UINT64_MAX, &stopped, &exception);
      pthread_join(thread, NULL);
      wembed_stop_clear(stop);
      CHECK_TEXT(exception, "Exception: terminated by user");
      pthread_create(&thread, NULL, terminate, pair.main);
      call(&pair, name, UINT64_MAX, NULL, &exception);
      pthread_join(thread, NULL);
      CHECK_TEXT(exception, "Exception: terminated by user");
    }
    wembed_stop_delete(stop);
    /* Each call of a chain costs the same. */
    int64_t few = least_fuel(&pair, 10), more = least_fuel(&pair, 20);
    CHECK(more - few >= 100);
    CHECK_EQ(least_fuel(&pair, 1000), few + 99 * (more - few));
  }
  close_pair(&pair);
}

/* Frames that calls took the place of are in no stack. */
TEST(traps_at_the_end) {
  Pair pair;
  const char* exception;
  if (open_pair(&pair, backend_rows)) {
    call(&pair, "traps", 1, NULL, &exception);
    CHECK_TEXT(exception, "Exception: unreachable");
    uint64_t slots[2] = {1, 2};
    CHECK(!wembed_call(pair.env, function_of(&pair, "traps"), slots, NULL));
    uint32_t total = 0;
    CHECK_EQ(wembed_trap_frame_count(pair.main, &total), 1);
    wembed_frame_t frame = {0};
    CHECK(wembed_trap_frame(pair.main, 0, &frame));
    wasm_runtime_clear_exception(pair.main);
    call(&pair, "missing", 0, NULL, &exception);
    CHECK_TEXT(exception, "Exception: uninitialized element");
    call(&pair, "mismatch", 0, NULL, &exception);
    CHECK_TEXT(exception, "Exception: indirect call type mismatch");
  }
  close_pair(&pair);
}

int main(void) {
  RUN(chains_of_any_length);
  RUN(memory_behind_a_chain);
  RUN(chains_are_stopped);
  RUN(traps_at_the_end);
  return host_result();
}
