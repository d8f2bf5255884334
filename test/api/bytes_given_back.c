/* Borrowed bytes that are given back while instances live: unloading makes them independent. */
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

#include "bytes.h"

typedef struct Pair {
  Bytes bytes;
  wasm_module_t module, user_module;
  wasm_module_inst_t instance, user;
  wasm_exec_env_t env;
  Bytes user_bytes;
} Pair;

/* An instance of borrowed bytes, and one of others linked to it. */
static bool open_pair(Pair* pair) {
  static const char* const names[] = {"add", "memory_init", "fail", "table"};
  memset(pair, 0, sizeof *pair);
  pair->bytes = host_read("bytes");
  pair->user_bytes = host_read("bytes_user");
  wembed_source_t source = {.size = sizeof source,
                            .ownership = WEMBED_BYTES_BORROW,
                            .bytes = pair->bytes.data,
                            .length = pair->bytes.size,
                            .name = "lent"};
  wembed_error_t error;
  pair->module = wembed_load(NULL, &source, &error);
  pair->user_module = wasm_runtime_load(pair->user_bytes.data, pair->user_bytes.size, host_error,
                                        sizeof host_error);
  pair->instance = wembed_instantiate(pair->module, NULL, &error);
  wembed_import_t imports[4];
  memset(imports, 0, sizeof imports);
  for (int i = 0; i < 4; ++i) {
    wembed_extern_type_t type;
    imports[i].source = WEMBED_IMPORT_EXPORT;
    imports[i].instance = pair->instance;
    while (wembed_module_export(pair->module, imports[i].export_index, &type) &&
           strcmp(type.name, names[i]) != 0) {
      ++imports[i].export_index;
    }
  }
  wembed_instantiate_options_t options = {
      .size = sizeof options, .strict = true, .imports = imports, .import_count = 4};
  pair->user = wembed_instantiate(pair->user_module, &options, &error);
  if (!CHECK(pair->user != NULL)) return false;
  pair->env = wasm_runtime_create_exec_env(pair->user, 65536);
  return true;
}

static void give_back(Pair* pair) {
  wasm_runtime_unload(pair->module);
  memset(pair->bytes.data, 0xEE, pair->bytes.size);
  free(pair->bytes.data);
}

static void close_pair(Pair* pair) {
  wasm_runtime_destroy_exec_env(pair->env);
  wasm_runtime_deinstantiate(pair->user);
  wasm_runtime_unload(pair->user_module);
  free(pair->user_bytes.data);
}

static void use_pair(Pair* pair) {
  uint32_t result = 0;
  CHECK_TEXT(call3(pair->env, function_of(pair->user, "add"), 40, 2, 0, &result), "");
  CHECK_EQ(result, 42);
  CHECK_TEXT(call3(pair->env, function_of(pair->user, "through_table"), 9, 2, 3, &result), "");
  CHECK_EQ(result, 7);
  CHECK_TEXT(call3(pair->env, function_of(pair->user, "memory_init"), 300, 0, 0, NULL), "");
  uint64_t slots[1] = {0};
  CHECK(!wembed_call(pair->env, function_of(pair->user, "fail"), slots, NULL));
  wembed_error_t error;
  wembed_frame_t frame;
  CHECK(wembed_get_error(pair->user, &error));
  CHECK_TEXT(error.function_name, "inner");
  CHECK_TEXT(error.module_name, "lent");
  CHECK(wembed_trap_frame(pair->user, 1, &frame) && frame.function_name_length == 5 &&
        memcmp(frame.function_name, "outer", 5) == 0);
  wasm_runtime_clear_exception(pair->user);
}

TEST(bytes_given_back_while_linked_instances_live) {
  for (int closed = 0; closed < 2; ++closed) {
    Pair pair;
    if (!open_pair(&pair)) return;
    if (closed) wasm_runtime_deinstantiate(pair.instance);
    give_back(&pair);
    use_pair(&pair);
    use_pair(&pair);
    if (!closed) {
      /* A module can be made again from an instance. */
      Loaded again = {wasm_runtime_get_module(pair.instance), NULL, NULL};
      open_instance(&again);
      uint32_t letter = 0;
      CHECK_TEXT(call3(again.env, function_of(again.instance, "load8"), 17, 0, 0, &letter), "");
      CHECK_EQ(letter, 'e');
      again.module = NULL;
      close_all(&again);
      wasm_runtime_deinstantiate(pair.instance);
    }
    close_pair(&pair);
  }
}

static void* call_all_the_time(void* argument) {
  Pair* pair = argument;
  wasm_runtime_init_thread_env();
  for (int i = 0; i < 300; ++i) {
    /* Reads the segment each time; both kinds of code are translated on the way. */
    wasm_exec_env_t env = wasm_runtime_create_exec_env(pair->user, 8192);
    uint64_t slots[2] = {300, 0};
    wembed_call_options_t limits = {.size = sizeof limits, .fuel = i % 2 ? 100000 : -1};
    wasm_function_inst_t init = wasm_runtime_lookup_function(pair->user, "memory_init");
    CHECK(wembed_call(env, init, slots, &limits));
    wasm_runtime_destroy_exec_env(env);
  }
  wasm_runtime_destroy_thread_env();
  return NULL;
}

TEST(bytes_given_back_while_another_thread_runs) {
  for (int round = 0; round < 20; ++round) {
    Pair pair;
    if (!open_pair(&pair)) return;
    pthread_t thread;
    pthread_create(&thread, NULL, call_all_the_time, &pair);
    usleep((useconds_t)(round * 50));
    give_back(&pair);
    pthread_join(thread, NULL);
    use_pair(&pair);
    wasm_runtime_deinstantiate(pair.instance);
    close_pair(&pair);
  }
}

static bool refuse_memory;
static void* refusing_malloc(unsigned int size) { return refuse_memory ? NULL : host_malloc(size); }

TEST(no_memory_for_bytes_given_back) {
  wasm_runtime_destroy();
  RuntimeInitArgs args = host_init_args();
  args.mem_alloc_option.allocator.malloc_func = (void*)refusing_malloc;
  CHECK(wasm_runtime_full_init(&args));
  Pair pair;
  if (!open_pair(&pair)) return;
  uint32_t result = 0;
  CHECK_TEXT(call3(pair.env, function_of(pair.user, "add"), 40, 2, 0, &result), "");
  refuse_memory = true;
  give_back(&pair);
  refuse_memory = false;
  CHECK_TEXT(call3(pair.env, function_of(pair.user, "add"), 50, 2, 0, &result), "");
  CHECK_EQ(result, 52);
  CHECK_TEXT(call3(pair.env, function_of(pair.user, "memory_init"), 300, 0, 0, NULL), "BytesLost");
  CHECK_TEXT(call3(pair.env, function_of(pair.user, "through_table"), 9, 2, 3, NULL), "BytesLost");
  CHECK(wasm_runtime_lookup_function(pair.instance, "add") == NULL);
  wembed_error_t error;
  wasm_module_t again = wasm_runtime_get_module(pair.instance);
  CHECK(wembed_instantiate(again, NULL, &error) == NULL);
  CHECK_TEXT(error.code, "BytesLost");
  wasm_runtime_deinstantiate(pair.instance);
  close_pair(&pair);
}

int main(void) {
  RUN(bytes_given_back_while_linked_instances_live);
  RUN(bytes_given_back_while_another_thread_runs);
  RUN(no_memory_for_bytes_given_back);
  return host_result();
}
