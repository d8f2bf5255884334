/* Instantiation: arguments, order of work, imports, segments, start functions, the app heap. */
#include "capture.h"

#define FAILED "WASM module instantiate failed: "

static uint32_t global_i32(const Host* host, const char* name) {
  wasm_global_inst_t global;
  uint32_t value = 0xDEADBEEF;
  if (CHECK(wasm_runtime_get_export_global_inst(host->instance, name, &global))) {
    memcpy(&value, global.global_data, sizeof value);
  }
  return value;
}

static uint64_t memory_pages(const Host* host) {
  return wasm_memory_get_cur_page_count(wasm_runtime_get_default_memory(host->instance));
}

TEST(instances_are_independent) {
  Host host = host_open("memory", 0);
  if (!host.env) return host_close(&host);
  Host other = host;
  other.instance = wasm_runtime_instantiate(host.module, 0, 0, host_error, sizeof host_error);
  if (CHECK(other.instance != NULL)) {
    other.env = wasm_runtime_create_exec_env(other.instance, 8192);
    uint32_t cells[2] = {16, 'J'};
    CHECK(host_call(&host, "store8", 2, cells));
    CHECK_EQ(host_i32(&host, "load8", 16, 0), 'J');
    CHECK_EQ(host_i32(&other, "load8", 16, 0), 'h');
    CHECK_EQ(host_i32(&other, "grow", 3, 0), 2);
    CHECK_EQ(host_i32(&host, "size", 0, 0), 2);
    wasm_runtime_destroy_exec_env(other.env);
    wasm_runtime_deinstantiate(other.instance);
  }
  host_close(&host);
}

TEST(arguments_as_object) {
  struct InstantiationArgs2* args = NULL;
  Host host = {host_read("memory_limits"), NULL, NULL, NULL};
  host.module = wasm_runtime_load(host.bytes.data, host.bytes.size, host_error, sizeof host_error);
  CHECK(wasm_runtime_instantiation_args_create(&args));
  if (!CHECK(args != NULL && host.module != NULL)) return host_close(&host);
  host.instance = wasm_runtime_instantiate_ex2(host.module, args, host_error, sizeof host_error);
  if (CHECK(host.instance != NULL)) { /* all zero: no heap, the module's maximum */
    CHECK_EQ(memory_pages(&host), 2);
    CHECK_EQ(wasm_runtime_module_malloc(host.instance, 8, NULL), 0);
    wasm_runtime_deinstantiate(host.instance);
  }
  wasm_runtime_instantiation_args_set_default_stack_size(args, 32768);
  wasm_runtime_instantiation_args_set_host_managed_heap_size(args, 4096);
  wasm_runtime_instantiation_args_set_max_memory_pages(args, 4);
  host.instance = wasm_runtime_instantiate_ex2(host.module, args, host_error, sizeof host_error);
  wasm_runtime_instantiation_args_destroy(args);
  if (CHECK(host.instance != NULL)) {
    CHECK(wasm_runtime_module_malloc(host.instance, 1000, NULL) != 0);
  }
  host_close(&host);
}

TEST(max_memory_pages) {
  static const struct {
    uint32_t asked, effective;
    const char* log;
  } cases[] = {
      {0, 8, NULL},
      {4, 4, NULL},
      {1, 2, "Cannot override max memory with value lower than module initial memory"},
      {20, 8, "Cannot override max memory with value greater than module max memory"},
  };
  Host host = {host_read("memory_limits"), NULL, NULL, NULL};
  host.module = wasm_runtime_load(host.bytes.data, host.bytes.size, host_error, sizeof host_error);
  for (size_t i = 0; host.module != NULL && i < sizeof cases / sizeof cases[0]; ++i) {
    InstantiationArgs args = {16384, 0, cases[i].asked};
    capture_begin();
    host.instance = wasm_runtime_instantiate_ex(host.module, &args, host_error, sizeof host_error);
    const char* printed = capture_end();
    if (!CHECK(host.instance != NULL)) continue;
    if (cases[i].log != NULL) CHECK(logged(printed, cases[i].log));
    wasm_memory_inst_t memory = wasm_runtime_get_default_memory(host.instance);
    CHECK_EQ(wasm_memory_get_max_page_count(memory), cases[i].effective);
    host.env = wasm_runtime_create_exec_env(host.instance, 8192);
    uint32_t room = cases[i].effective - 2;
    if (room > 0) CHECK_EQ(host_i32(&host, "grow", room, 0), 2);
    CHECK_EQ(host_i32(&host, "grow", 1, 0), 0xFFFFFFFF);
    wasm_runtime_destroy_exec_env(host.env);
    wasm_runtime_deinstantiate(host.instance);
    host.env = NULL;
    host.instance = NULL;
  }
  host_close(&host);
}

/* The wish is for the module's part: WAMR raises both numbers by the heap's pages. */
TEST(a_heap_is_added_to_the_maximum) {
  Host host = {host_read("memory_limits"), NULL, NULL, NULL};
  host.module = wasm_runtime_load(host.bytes.data, host.bytes.size, host_error, sizeof host_error);
  InstantiationArgs args = {16384, 65536, 4};
  host.instance = wasm_runtime_instantiate_ex(host.module, &args, host_error, sizeof host_error);
  if (CHECK(host.instance != NULL)) {
    wasm_memory_inst_t memory = wasm_runtime_get_default_memory(host.instance);
    CHECK_EQ(wasm_memory_get_cur_page_count(memory), 3);
    CHECK_EQ(wasm_memory_get_max_page_count(memory), 5);
  }
  host_close(&host);
}

TEST(missing_imports) {
  CHECK_PREFIX(host_refused("unlinked_global", 0), FAILED "failed to link import global (m, gl)");
  CHECK_PREFIX(host_refused("unlinked_table", 0), FAILED "failed to link import table (m, t)");
  CHECK_PREFIX(host_refused("unlinked_memory", 0), FAILED "failed to link import memory (m, mem)");
}

TEST(missing_function_warns_and_traps_when_called) {
  capture_begin();
  Host host = host_try("unlinked_function", 16384, 0);
  const char* printed = capture_end();
  CHECK(logged(printed, "warning: failed to link import function (nowhere, missing)"));
  if (!CHECK(host.env != NULL)) return host_close(&host);
  CHECK_EQ(host_i32(&host, "other", 0, 0), 5);
  const char* text = "Exception: failed to call unlinked import function (nowhere, missing)";
  CHECK_TEXT(host_trap(&host, "call", 1), text);
  CHECK_TEXT(host_trap(&host, "again", 1), text);
  CHECK_EQ(host_i32(&host, "other", 0, 0), 5);
  host_close(&host);
}

TEST(env_memory_and_table_are_made_for_each_instance) {
  Host host = host_open("env_memory", 0), other = host_open("env_memory", 0);
  if (host.env && other.env) {
    CHECK_EQ(host_i32(&host, "size", 0, 0), 1);
    CHECK_EQ(host_i32(&host, "table_size", 0, 0), 3);
    uint32_t cells[2] = {8, 123};
    CHECK(host_call(&host, "store8", 2, cells));
    CHECK_EQ(host_i32(&host, "load8", 8, 0), 123);
    CHECK_EQ(host_i32(&other, "load8", 8, 0), 0);
    wasm_memory_inst_t memory = wasm_runtime_get_default_memory(host.instance);
    CHECK_EQ(wasm_memory_get_max_page_count(memory), 4);
  }
  host_close(&host);
  host_close(&other);
}

TEST(segments_that_do_not_fit) {
  CHECK_PREFIX(host_refused("data_outside", 0), FAILED "out of bounds memory access");
  CHECK_PREFIX(host_refused("elem_outside", 0), FAILED "out of bounds table access");
}

TEST(order_of_start_functions) {
  Host host = host_open("start_order", 0);
  if (host.env) CHECK_EQ(global_i32(&host, "order"), 123); /* _initialize belongs to WASI */
  host_close(&host);
  host = host_open("start_other_types", 0);
  if (host.env) CHECK_EQ(global_i32(&host, "ran"), 0);
  host_close(&host);
}

TEST(start_function_that_traps) {
  CHECK_TEXT(host_refused("start_trap", 0), FAILED "Exception: unreachable");
  CHECK_TEXT(host_refused("ctors_trap", 0), FAILED "Exception: unreachable");
}

static unsigned starts;
static void on_start(wasm_exec_env_t env) {
  ++starts;
  CHECK(wasm_runtime_get_module_inst(env) != NULL);
  CHECK(wasm_runtime_get_custom_data(wasm_runtime_get_module_inst(env)) == NULL);
}
static NativeSymbol start_natives[] = {{"start", (void*)on_start, "()", NULL}};

TEST(imported_start_function_runs) {
  CHECK(wasm_runtime_register_natives("env", start_natives, 1));
  starts = 0;
  Host host = host_open("start_import", 0);
  CHECK_EQ(starts, 1);
  host_close(&host);
  CHECK(wasm_runtime_unregister_natives("env", start_natives));
}

/* The heap is added behind the declared memory, as whole pages. */
static void heap_behind(const char* module, uint32_t declared_pages, uint32_t heap) {
  Host host = host_open(module, heap);
  if (!host.env) return host_close(&host);
  wasm_memory_inst_t memory = wasm_runtime_get_default_memory(host.instance);
  CHECK_EQ(wasm_memory_get_bytes_per_page(memory), 65536);
  CHECK_EQ(memory_pages(&host), declared_pages + (heap + 65535) / 65536);
  void* native = NULL;
  uint64_t first = wasm_runtime_module_malloc(host.instance, 100, &native);
  CHECK(first != 0 && first >= (uint64_t)declared_pages * 65536 && first % 8 == 0);
  CHECK(first + 100 <= memory_pages(&host) * 65536);
  CHECK(native == (char*)wasm_memory_get_base_address(memory) + first);
  uint64_t second = wasm_runtime_module_malloc(host.instance, 100, NULL);
  CHECK(second != 0 && (second >= first + 100 || second + 100 <= first));
  wasm_runtime_module_free(host.instance, second);
  CHECK_EQ(wasm_runtime_module_malloc(host.instance, 100, NULL), second);
  host_close(&host);
}

TEST(heap_is_appended) {
  heap_behind("memory_one", 1, 4096);
  heap_behind("memory", 2, 5000);
  heap_behind("memory_zero", 0, 5000);
  heap_behind("heap_base", 2, 65536);
  heap_behind("memory_limits", 2, 100000);
}

TEST(heap_raises_the_limits) {
  Host host = host_open("memory", 5000); /* declared 2 to 10 */
  if (!host.env) return host_close(&host);
  wasm_memory_inst_t memory = wasm_runtime_get_default_memory(host.instance);
  CHECK_EQ(wasm_memory_get_cur_page_count(memory), 3);
  CHECK_EQ(wasm_memory_get_max_page_count(memory), 11);
  CHECK_EQ(host_i32(&host, "size", 0, 0), 3);
  uint64_t block = wasm_runtime_module_malloc(host.instance, 3000, NULL);
  CHECK(block >= 131072);
  CHECK_EQ(host_i32(&host, "grow", 8, 0), 3);
  CHECK_EQ(host_i32(&host, "grow", 1, 0), 0xFFFFFFFF);
  /* The heap stays where it is and works on. */
  char* native = wasm_runtime_addr_app_to_native(host.instance, block);
  strcpy(native, "kept");
  wasm_runtime_module_free(host.instance, block);
  CHECK_EQ(wasm_runtime_module_malloc(host.instance, 3000, NULL), block);
  host_close(&host);
}

/* Heaps are rounded up to pages: none is too small, and sizes near 2^32 do not wrap. */
TEST(heap_of_any_size) {
  static const uint32_t small[] = {1, 8, 100, 255, 256};
  for (int i = 0; i < 5; ++i) {
    Host host = host_open("memory_one", small[i]);
    if (host.env) CHECK(wasm_runtime_module_malloc(host.instance, 60000, NULL) >= 65536);
    host_close(&host);
  }
  Host host = host_open("memory", UINT32_MAX);
  if (!host.env) return host_close(&host);
  CHECK_EQ(wasm_memory_get_cur_page_count(wasm_runtime_get_default_memory(host.instance)),
           2 + (1u << 30) / 65536);
  CHECK_EQ(wasm_runtime_module_malloc(host.instance, (uint64_t)1 << 33, NULL), 0);
  CHECK_EQ(wasm_runtime_module_dup_data(host.instance, "", ((uint64_t)1 << 33) + 1), 0);
  CHECK(wasm_runtime_get_exception(host.instance) == NULL);
  host_close(&host);
}

TEST(heap_that_cannot_be) {
  CHECK_PREFIX(host_refused("memory_full", 8192),
               FAILED "failed to insert app heap into linear memory, try using `--heap-size=0`");
  Host host = host_open("memory_none", 8192); /* nothing to put it into: no heap, no error */
  if (host.env) {
    CHECK_EQ(wasm_runtime_module_malloc(host.instance, 8, NULL), 0);
    CHECK_TEXT(wasm_runtime_get_exception(host.instance), "Exception: uninitialized memory");
  }
  host_close(&host);
}

TEST(default_stack_size_zero) {
  Host host = host_try("calls", 0, 0);
  if (host.instance != NULL) {
    wasm_exec_env_t env = wasm_runtime_get_exec_env_singleton(host.instance);
    uint32_t cells[1] = {50};
    CHECK(wasm_runtime_call_wasm(env, host_function(&host, "sum"), 1, cells));
    CHECK_EQ(cells[0], 1275);
  }
  host_close(&host);
}

TEST(custom_data) {
  Host host = host_open("calls", 0);
  if (!host.env) return host_close(&host);
  CHECK(wasm_runtime_get_custom_data(host.instance) == NULL);
  wasm_runtime_set_custom_data(host.instance, &host);
  CHECK(wasm_runtime_get_custom_data(host.instance) == &host);
  wasm_runtime_set_custom_data(host.instance, NULL);
  CHECK(wasm_runtime_get_custom_data(host.instance) == NULL);
  host_close(&host);
}

int main(void) {
  RUN(instances_are_independent);
  RUN(arguments_as_object);
  RUN(max_memory_pages);
  RUN(a_heap_is_added_to_the_maximum);
  RUN(missing_imports);
  RUN(missing_function_warns_and_traps_when_called);
  RUN(env_memory_and_table_are_made_for_each_instance);
  RUN(segments_that_do_not_fit);
  RUN(order_of_start_functions);
  RUN(start_function_that_traps);
  RUN(imported_start_function_runs);
  RUN(heap_is_appended);
  RUN(heap_raises_the_limits);
  RUN(heap_of_any_size);
  RUN(heap_that_cannot_be);
  RUN(default_stack_size_zero);
  RUN(custom_data);
  return host_result();
}
