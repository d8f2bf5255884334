/* Memory instances, growth, and allocation inside them. */
#include "capture.h"
#include "wembed.h"

static uint32_t global_i32(const Host* host, const char* name) {
  wasm_global_inst_t global;
  uint32_t value = 0xDEADBEEF;
  if (CHECK(wasm_runtime_get_export_global_inst(host->instance, name, &global))) {
    memcpy(&value, global.global_data, sizeof value);
  }
  return value;
}

TEST(memory_instances) {
  Host host = host_open("memory", 0);
  if (!host.env) return host_close(&host);
  wasm_memory_inst_t memory = wasm_runtime_get_default_memory(host.instance);
  CHECK(memory != NULL);
  CHECK(wasm_runtime_get_memory(host.instance, 0) == memory);
  CHECK(wasm_runtime_get_memory(host.instance, 1) == NULL);
  CHECK(wasm_runtime_lookup_memory(host.instance, "memory") == memory);
  CHECK(wasm_runtime_lookup_memory(host.instance, "no such name") == memory);
  CHECK_EQ(wasm_memory_get_cur_page_count(memory), 2);
  CHECK_EQ(wasm_memory_get_max_page_count(memory), 10);
  CHECK_EQ(wasm_memory_get_bytes_per_page(memory), 65536);
  CHECK(!wasm_memory_get_shared(memory));
  CHECK_TEXT((char*)wasm_memory_get_base_address(memory) + 16, "hello");
  host_close(&host);

  host = host_open("memory_none", 0);
  if (!host.env) return host_close(&host);
  CHECK(wasm_runtime_get_default_memory(host.instance) == NULL);
  CHECK(wasm_runtime_get_memory(host.instance, 0) == NULL);
  CHECK(wasm_runtime_lookup_memory(host.instance, "memory") == NULL);
  CHECK(!wasm_runtime_enlarge_memory(host.instance, 1));
  host_close(&host);
}

TEST(a_c_program_keeps_its_memory) {
  Host host = host_open("heap_base", 0);
  if (!host.env) return host_close(&host);
  wasm_memory_inst_t memory = wasm_runtime_get_default_memory(host.instance);
  CHECK_EQ(wasm_memory_get_cur_page_count(memory), 2);
  CHECK_EQ(wasm_memory_get_max_page_count(memory), 65536);
  CHECK_EQ(host_i32(&host, "load8", 131071, 0), 0);
  CHECK_TEXT(host_trap(&host, "load8", 131072), "Exception: out of bounds memory access");
  CHECK_TEXT(host_trap(&host, "set_stack", 0), NULL); /* an ordinary global */
  host_close(&host);
}

static struct {
  unsigned calls;
  uint32_t pages, index;
  uint64_t bytes;
  enlarge_memory_error_reason_t reason;
  wasm_module_inst_t instance;
  wasm_exec_env_t env;
  void* user_data;
} refused;

static void on_refused(uint32_t inc_page_count, uint64_t current_memory_size, uint32_t memory_index,
                       enlarge_memory_error_reason_t reason, wasm_module_inst_t instance,
                       wasm_exec_env_t exec_env, void* user_data) {
  ++refused.calls;
  refused.pages = inc_page_count;
  refused.index = memory_index;
  refused.bytes = current_memory_size;
  refused.reason = reason;
  refused.instance = instance;
  refused.env = exec_env;
  refused.user_data = user_data;
}

TEST(growing_by_the_host) {
  Host host = host_open("memory", 0);
  if (!host.env) return host_close(&host);
  wasm_memory_inst_t memory = wasm_runtime_get_default_memory(host.instance);
  char* block = wasm_runtime_addr_app_to_native(host.instance, 100);
  strcpy(block, "before");
  CHECK(wasm_runtime_enlarge_memory(host.instance, 0));
  CHECK(wasm_runtime_enlarge_memory(host.instance, 3));
  CHECK_EQ(wasm_memory_get_cur_page_count(memory), 5);
  CHECK_TEXT(wasm_runtime_addr_app_to_native(host.instance, 100), "before");
  CHECK_EQ(host_i32(&host, "load8", 5 * 65536 - 1, 0), 0);
  CHECK(wasm_memory_enlarge(memory, 0));
  CHECK(wasm_memory_enlarge(memory, 1));
  CHECK_EQ(host_i32(&host, "size", 0, 0), 6);
  CHECK(!wasm_memory_enlarge(memory, 5));
  CHECK(!wasm_runtime_enlarge_memory(host.instance, 5));
  CHECK(!wasm_runtime_enlarge_memory(host.instance, (uint64_t)1 << 32));
  CHECK(wasm_runtime_enlarge_memory(host.instance, 4));
  CHECK_EQ(wasm_memory_get_cur_page_count(memory), 10);
  CHECK(wasm_runtime_get_exception(host.instance) == NULL);
  host_close(&host);
}

/* Calls back into the guest, deeply: frames of the call that grows have to stay as they are. */
static void digs(wasm_module_inst_t instance, wasm_exec_env_t env) {
  uint32_t cells[2] = {20};
  CHECK(wasm_runtime_call_wasm(env, wasm_runtime_lookup_function(instance, "dig"), 1, cells));
  CHECK_EQ(cells[0], 7);
  ++refused.calls;
}
static void digs_when_refused(uint32_t pages, uint64_t size, uint32_t index,
                              enlarge_memory_error_reason_t reason, wasm_module_inst_t instance,
                              wasm_exec_env_t env, void* data) {
  (void)pages, (void)size, (void)index, (void)reason, (void)data;
  digs(instance, env);
}

TEST(calls_from_the_callback) {
  Host host = host_open("growth", 0);
  if (!host.env) return host_close(&host);
  memset(&refused, 0, sizeof refused);
  wasm_runtime_set_enlarge_mem_error_callback(digs_when_refused, NULL);
  CHECK_EQ(host_i32(&host, "grow_inside", 3, 0), 3 + 5 + 1000 - 1 + 1234);
  CHECK_EQ(refused.calls, 1);
  wasm_runtime_set_enlarge_mem_error_callback(NULL, NULL);
  host_close(&host);
}

static Host* growing;
static void* storage_create(void* context, uint64_t minimum, uint64_t maximum, void** handle) {
  (void)context, (void)maximum, (void)handle;
  return malloc(minimum);
}
static void* storage_grow(void* context, void* handle, void* base, uint64_t old_bytes,
                          uint64_t bytes) {
  (void)context, (void)handle, (void)old_bytes;
  digs(growing->instance, growing->env);
  CHECK(!wasm_runtime_enlarge_memory(growing->instance, 1)); /* one at a time */
  return realloc(base, bytes);
}
static void storage_release(void* context, void* handle, void* base, uint64_t bytes) {
  (void)context, (void)handle, (void)bytes;
  free(base);
}

TEST(calls_from_storage_that_grows) {
  Host host = host_open("growth", 0);
  if (!host.env) return host_close(&host);
  wasm_runtime_destroy_exec_env(host.env);
  wasm_runtime_deinstantiate(host.instance);
  wembed_memory_functions_t functions = {.size = sizeof functions,
                                         .create = storage_create,
                                         .grow = storage_grow,
                                         .release = storage_release};
  wembed_instantiate_options_t options = {
      .size = sizeof options, .backend = WEMBED_BACKEND_FUNCTIONS, .memory_functions = &functions};
  host.instance = wembed_instantiate(host.module, &options, NULL);
  host.env = wasm_runtime_create_exec_env(host.instance, 65536);
  growing = &host;
  refused.calls = 0;
  CHECK_EQ(host_i32(&host, "grow_inside", 1, 0), 1 + 5 + 1000 + 1 + 1234);
  CHECK_EQ(refused.calls, 1);
  host_close(&host);
}

TEST(callback_for_failing_growth) {
  Host host = host_open("memory", 0);
  if (!host.env) return host_close(&host);
  int data;
  memset(&refused, 0, sizeof refused);
  wasm_runtime_set_enlarge_mem_error_callback(on_refused, &data);
  CHECK_EQ(host_i32(&host, "grow", 9, 0), 0xFFFFFFFF);
  CHECK_EQ(refused.calls, 1);
  CHECK(refused.pages == 9 && refused.index == 0 && refused.bytes == 131072);
  CHECK(refused.reason == MAX_SIZE_REACHED && refused.instance == host.instance);
  CHECK(refused.env == host.env && refused.user_data == &data);
  CHECK(!wasm_runtime_enlarge_memory(host.instance, 20));
  CHECK(refused.calls == 2 && refused.pages == 20 && refused.reason == MAX_SIZE_REACHED);
  CHECK(!wasm_memory_enlarge(wasm_runtime_get_default_memory(host.instance), 20));
  CHECK_EQ(host_i32(&host, "grow", 1, 0), 2);
  CHECK_EQ(refused.calls, 2);
  wasm_runtime_set_enlarge_mem_error_callback(NULL, NULL);
  CHECK_EQ(host_i32(&host, "grow", 9, 0), 0xFFFFFFFF);
  CHECK_EQ(refused.calls, 2);
  host_close(&host);
}

/* ---- Allocation */

TEST(blocks_of_the_heap) {
  Host host = host_open("memory", 65536);
  if (!host.env) return host_close(&host);
  uint32_t* samples = NULL;
  uint64_t at = wasm_runtime_module_malloc(host.instance, 5 * sizeof(uint32_t), (void**)&samples);
  CHECK(at != 0 && samples == wasm_runtime_addr_app_to_native(host.instance, at));
  for (uint32_t i = 0; i < 5; ++i) samples[i] = i + 1;
  CHECK_EQ(host_i32(&host, "sum", (uint32_t)at, 5), 15);
  wasm_runtime_module_free(host.instance, at);

  uint64_t copy = wasm_runtime_module_dup_data(host.instance, "hello", 6);
  CHECK(copy != 0);
  CHECK_TEXT(wasm_runtime_addr_app_to_native(host.instance, copy), "hello");
  wasm_runtime_module_free(host.instance, copy);

  uint64_t empty = wasm_runtime_module_malloc(host.instance, 0, NULL);
  CHECK(empty != 0);
  wasm_runtime_module_free(host.instance, empty);
  wasm_runtime_module_free(host.instance, 0);
  wasm_runtime_module_free(host.instance, 12345);      /* no block */
  wasm_runtime_module_free(host.instance, copy);       /* freed already */
  wasm_runtime_module_free(host.instance, copy + 8);   /* inside the heap */
  wasm_runtime_module_free(host.instance, UINT64_MAX); /* nowhere */
  CHECK(wasm_runtime_get_exception(host.instance) == NULL);
  host_close(&host);
}

TEST(many_blocks_do_not_overlap) {
  enum { COUNT = 400, ROUNDS = 20000 };
  static struct {
    uint64_t at;
    uint32_t size;
    uint8_t mark;
  } blocks[COUNT];
  Host host = host_open("memory", 262144);
  if (!host.env) return host_close(&host);
  uint32_t random = 1;
  memset(blocks, 0, sizeof blocks);
  for (int round = 0; round < ROUNDS; ++round) {
    random = random * 1664525u + 1013904223u;
    uint32_t slot = (random >> 8) % COUNT;
    if (blocks[slot].at != 0) {
      uint8_t* native = wasm_runtime_addr_app_to_native(host.instance, blocks[slot].at);
      bool kept = true;
      for (uint32_t i = 0; i < blocks[slot].size; ++i) kept &= native[i] == blocks[slot].mark;
      if (!kept) CHECK(kept);
      wasm_runtime_module_free(host.instance, blocks[slot].at);
      blocks[slot].at = 0;
    } else {
      uint32_t size = random % 7 == 0 ? random % 6000 : random % 300;
      void* native = NULL;
      uint64_t at = wasm_runtime_module_malloc(host.instance, size, &native);
      if (at == 0) continue;
      if (at % 8 != 0) CHECK(at % 8 == 0);
      blocks[slot].at = at;
      blocks[slot].size = size;
      blocks[slot].mark = (uint8_t)round;
      memset(native, (uint8_t)round, size);
    }
  }
  for (int slot = 0; slot < COUNT; ++slot) {
    if (blocks[slot].at != 0) wasm_runtime_module_free(host.instance, blocks[slot].at);
  }
  /* All came back as one piece. */
  CHECK(wasm_runtime_module_malloc(host.instance, 200000, NULL) != 0);
  host_close(&host);
}

TEST(full_heap) {
  Host host = host_open("memory", 4096);
  if (!host.env) return host_close(&host);
  void* native = &host;
  capture_begin();
  uint64_t at = wasm_runtime_module_malloc(host.instance, 1000000, &native);
  const char* printed = capture_end();
  CHECK_EQ(at, 0);
  CHECK(native == NULL);
  CHECK(logged(printed, "warning: allocate 1000000 bytes memory failed"));
  CHECK(wasm_runtime_get_exception(host.instance) == NULL);
  wasm_runtime_set_log_level(WASM_LOG_LEVEL_ERROR);
  CHECK_EQ(wasm_runtime_module_malloc(host.instance, (uint64_t)1 << 32, NULL), 0);
  CHECK_EQ(wasm_runtime_module_malloc(host.instance, UINT64_MAX, NULL), 0);
  CHECK_EQ(wasm_runtime_module_dup_data(host.instance, "x", 1 << 30), 0);
  uint32_t count = 0;
  while (count < 100000 && wasm_runtime_module_malloc(host.instance, 64, NULL) != 0) ++count;
  CHECK(count >= 4096 / 128 && count < 100000);
  wasm_runtime_set_log_level(WASM_LOG_LEVEL_WARNING);
  host_close(&host);
}

TEST(no_heap) {
  Host host = host_open("memory", 0);
  if (!host.env) return host_close(&host);
  void* native = &host;
  capture_begin();
  CHECK_EQ(wasm_runtime_module_malloc(host.instance, 16, &native), 0);
  CHECK(logged(capture_end(), "warning: allocate 16 bytes memory failed"));
  CHECK(native == NULL);
  CHECK(wasm_runtime_get_exception(host.instance) == NULL);
  host_close(&host);

  host = host_open("memory_none", 0);
  if (!host.env) return host_close(&host);
  CHECK_EQ(wasm_runtime_module_malloc(host.instance, 16, NULL), 0);
  CHECK_TEXT(wasm_runtime_get_exception(host.instance), "Exception: uninitialized memory");
  host_close(&host);
}

/* A guest that writes all over its memory can neither crash nor mislead the allocator. */
TEST(guest_overwrites_everything) {
  Host host = host_open("memory_one", 65536);
  if (!host.env) return host_close(&host);
  for (uint32_t value = 0; value < 256; value += 51) {
    uint64_t a = wasm_runtime_module_malloc(host.instance, 100, NULL);
    uint64_t b = wasm_runtime_module_malloc(host.instance, 5000, NULL);
    uint32_t cells[1] = {value};
    CHECK(a != 0 && b != 0);
    CHECK(host_call(&host, "fill_all", 1, cells));
    wasm_runtime_module_free(host.instance, a);
    uint64_t c = wasm_runtime_module_malloc(host.instance, 3000, NULL);
    CHECK(c != 0 && (c + 3000 <= b || c >= b + 5000));
    CHECK(c >= 65536 && c + 3000 <= 131072);
    wasm_runtime_module_free(host.instance, b);
    wasm_runtime_module_free(host.instance, c);
    CHECK(wasm_runtime_get_exception(host.instance) == NULL);
  }
  CHECK(wasm_runtime_module_malloc(host.instance, 60000, NULL) != 0);
  host_close(&host);
}

TEST(exported_allocator) {
  Host host = host_open("own_malloc", 65536);
  if (!host.env) return host_close(&host);
  wasm_memory_inst_t memory = wasm_runtime_get_default_memory(host.instance);
  CHECK_EQ(wasm_memory_get_cur_page_count(memory), 1); /* no heap beside it */
  void* native = NULL;
  CHECK_EQ(wasm_runtime_module_malloc(host.instance, 100, &native), 1024);
  CHECK(native == wasm_runtime_addr_app_to_native(host.instance, 1024));
  uint64_t copy = wasm_runtime_module_dup_data(host.instance, "abc", 4);
  CHECK_EQ(copy, 1136);
  CHECK_TEXT(wasm_runtime_addr_app_to_native(host.instance, copy), "abc");
  CHECK_EQ(global_i32(&host, "mallocs"), 2);
  wasm_runtime_module_free(host.instance, 1136);
  wasm_runtime_module_free(host.instance, 0);
  CHECK_EQ(global_i32(&host, "frees"), 1);
  CHECK_EQ(global_i32(&host, "last_freed"), 1136);

  capture_begin(); /* returns 0 */
  native = &host;
  CHECK_EQ(wasm_runtime_module_malloc(host.instance, 40000, &native), 0);
  CHECK(logged(capture_end(), "warning: allocate 40000 bytes memory failed"));
  CHECK(native == NULL && wasm_runtime_get_exception(host.instance) == NULL);
  CHECK_EQ(wasm_runtime_module_malloc(host.instance, 13, &native), 0); /* traps */
  CHECK_TEXT(wasm_runtime_get_exception(host.instance), "Exception: unreachable");
  wasm_runtime_clear_exception(host.instance);
  CHECK(wasm_runtime_module_malloc(host.instance, 8, NULL) != 0);
  host_close(&host);
}

TEST(assemblyscript_allocator) {
  Host host = host_open("assemblyscript", 65536);
  if (!host.env) return host_close(&host);
  CHECK_EQ(wasm_runtime_module_malloc(host.instance, 100, NULL), 2048);
  CHECK_EQ(global_i32(&host, "id"), 0);
  CHECK_EQ(global_i32(&host, "pins"), 1);
  wasm_runtime_module_free(host.instance, 2048);
  CHECK_EQ(global_i32(&host, "unpins"), 1);
  host_close(&host);
}

TEST(incomplete_allocators_are_not_used) {
  static const char* const names[] = {"only_malloc", "new_without_pin", "malloc_wrong_type"};
  for (int i = 0; i < 3; ++i) {
    Host host = host_open(names[i], 4096);
    if (host.env) {
      uint64_t at = wasm_runtime_module_malloc(host.instance, 16, NULL);
      CHECK(at >= 65536);
      wasm_runtime_module_free(host.instance, at);
    }
    host_close(&host);
    host = host_open(names[i], 0);
    capture_begin();
    if (host.env) CHECK_EQ(wasm_runtime_module_malloc(host.instance, 16, NULL), 0);
    CHECK(logged(capture_end(), "warning: allocate 16 bytes memory failed"));
    host_close(&host);
  }
}

int main(void) {
  RUN(memory_instances);
  RUN(a_c_program_keeps_its_memory);
  RUN(growing_by_the_host);
  RUN(callback_for_failing_growth);
  RUN(calls_from_the_callback);
  RUN(calls_from_storage_that_grows);
  RUN(blocks_of_the_heap);
  RUN(many_blocks_do_not_overlap);
  RUN(full_heap);
  RUN(no_heap);
  RUN(guest_overwrites_everything);
  RUN(exported_allocator);
  RUN(assemblyscript_allocator);
  RUN(incomplete_allocators_are_not_used);
  return host_result();
}
