/* Shared heaps: where they lie, who sees them, and that all accesses there do what they do in
   memory, on every kind of storage. */
#include <unistd.h>

#include "backends.h"
#include "capture.h"

static const char* const kOutside = "Exception: out of bounds memory access";

static uint32_t text(wasm_exec_env_t env, const char* given) {
  (void)env;
  return (uint32_t)strlen(given);
}
static uint32_t bytes(wasm_exec_env_t env, const uint8_t* given, uint32_t count) {
  uint32_t sum = 0;
  (void)env;
  for (uint32_t i = 0; i < count; ++i) sum += given[i];
  return sum;
}
static NativeSymbol natives[] = {EXPORT_WASM_API_WITH_SIG(text, "($)i"),
                                 EXPORT_WASM_API_WITH_SIG(bytes, "(*~)i")};

static uint32_t page;

static Host open_guest(const char* name) {
  page = (uint32_t)sysconf(_SC_PAGESIZE);
  CHECK(wasm_runtime_register_natives("host", natives, 2));
  return host_open(name, 0);
}

static wasm_shared_heap_t new_heap(uint32_t size, void* given) {
  SharedHeapInitArgs args = {size, given};
  return wasm_runtime_create_shared_heap(&args);
}

/* Pages of the host's. */
static void* new_pages(uint32_t count) {
  void* pages = NULL;
  if (posix_memalign(&pages, page, (size_t)count * page) != 0) exit(2);
  memset(pages, 0, (size_t)count * page);
  return pages;
}

/* What a call with an address and one more argument ends in; NULL: it did not trap. */
static const char* at_trap(const Host* host, const char* name, bool is_64, uint64_t address) {
  uint32_t cells[4] = {(uint32_t)address, is_64 ? (uint32_t)(address >> 32) : 1, 1, 0};
  static char trapped[160];
  if (wasm_runtime_call_wasm(host->env, host_function(host, name), is_64 ? 3 : 2, cells))
    return NULL;
  snprintf(trapped, sizeof trapped, "%s", wasm_runtime_get_exception(host->instance));
  wasm_runtime_clear_exception(host->instance);
  return trapped;
}

TEST(which_can_be_made) {
  page = (uint32_t)sysconf(_SC_PAGESIZE);
  uint8_t* given = new_pages(1);
  CHECK(wasm_runtime_create_shared_heap(NULL) == NULL);
  CHECK(new_heap(0, NULL) == NULL);
  CHECK(new_heap(1, NULL) != NULL);
  capture_begin();
  CHECK(new_heap((1u << 30) + 1, NULL) == NULL && new_heap(UINT32_MAX, NULL) == NULL);
  CHECK(logged(capture_end(), "Invalid size of shared heap"));
  capture_begin();
  CHECK(new_heap(page - 1, given) == NULL);
  CHECK(
      logged(capture_end(),
             "Pre allocated size need to be aligned with system page size to create shared heap"));
  CHECK(new_heap(page, given) != NULL);
  free(given);
}

TEST(addresses_and_translation) {
  Host host = open_guest("shared_heap");
  if (!host.env) return host_close(&host);
  wasm_module_inst_t instance = host.instance;
  wasm_shared_heap_t heap = new_heap(page, NULL);
  void* place = &host;
  CHECK(wasm_runtime_shared_heap_malloc(instance, 8, &place) == 0 && place == NULL);
  uint64_t begin = (UINT64_C(1) << 32) - page;
  CHECK_TEXT(at_trap(&host, "load8", false, begin), kOutside);
  CHECK(wasm_runtime_attach_shared_heap(instance, heap));
  uint64_t first = wasm_runtime_shared_heap_malloc(instance, 16, &place);
  CHECK_EQ(first, begin + 8);
  uint8_t* base = wasm_runtime_addr_app_to_native(instance, begin);
  CHECK(place == base + 8);
  CHECK(wasm_runtime_addr_app_to_native(instance, begin + page - 1) == base + page - 1);
  CHECK(wasm_runtime_addr_app_to_native(instance, begin - 1) == NULL);
  CHECK_EQ(wasm_runtime_addr_native_to_app(instance, base + 100), begin + 100);
  CHECK_EQ(wasm_runtime_addr_native_to_app(instance, base + page), 0);
  CHECK(wasm_runtime_validate_app_addr(instance, begin, page));
  CHECK(wasm_runtime_validate_native_addr(instance, base, page));
  CHECK(!wasm_runtime_validate_app_addr(instance, begin - 1, 2));
  CHECK_TEXT(wasm_runtime_get_exception(instance), kOutside);
  wasm_runtime_clear_exception(instance);
  CHECK(!wasm_runtime_validate_app_addr(instance, begin + 1, page));
  CHECK(!wasm_runtime_validate_native_addr(instance, base + 1, page));
  wasm_runtime_clear_exception(instance);
  memset(base, 'x', page);
  CHECK(!wasm_runtime_validate_app_str_addr(instance, begin));
  wasm_runtime_clear_exception(instance);
  base[20] = 0;
  CHECK(wasm_runtime_validate_app_str_addr(instance, begin));
  uint64_t from = 1, to = 1;
  CHECK(!wasm_runtime_get_app_addr_range(instance, begin, &from, &to));
  /* Natives get what lies there; what reaches beyond it is out of bounds. */
  CHECK_EQ(host_i32(&host, "text", (uint32_t)begin, 0), 20);
  CHECK_EQ(host_i32(&host, "bytes", (uint32_t)begin + 19, 2), 'x');
  CHECK_TEXT(at_trap(&host, "text", false, begin - 1), kOutside);
  CHECK_TEXT(host_trap(&host, "text", (uint32_t)begin + 21), kOutside); /* unterminated */
  CHECK_EQ(host_i32(&host, "load8", (uint32_t)begin, 0), 'x');
  uint32_t store[2] = {(uint32_t)begin + 5, 77};
  CHECK(host_call(&host, "store8", 2, store));
  CHECK_EQ(base[5], 77);
  /* An offset reaches it, too; what wraps does not. */
  base[4095] = 9;
  CHECK_EQ(host_i32(&host, "behind", (uint32_t)begin - 1, 0), 9);
  CHECK_TEXT(host_trap(&host, "behind", (uint32_t)begin), page > 4096 ? NULL : kOutside);
  wasm_runtime_shared_heap_free(instance, first);
  capture_begin();
  wasm_runtime_shared_heap_free(instance, first);
  wasm_runtime_shared_heap_free(instance, 16);
  CHECK(logged(capture_end(), "no block of a shared heap is at the address to be freed"));
  CHECK_EQ(wasm_runtime_shared_heap_malloc(instance, page, NULL), 0);
  wasm_runtime_detach_shared_heap(instance);
  wasm_runtime_detach_shared_heap(instance);
  CHECK_TEXT(host_trap(&host, "load8", (uint32_t)begin), kOutside);
  CHECK(wasm_runtime_addr_app_to_native(instance, begin) == NULL);
  CHECK_EQ(wasm_runtime_addr_native_to_app(instance, base), 0);
  host_close(&host);
}

TEST(chains) {
  Host host = open_guest("shared_heap");
  if (!host.env) return host_close(&host);
  uint8_t* given = new_pages(2);
  wasm_shared_heap_t head = new_heap(page, NULL), body = new_heap(2 * page, given);
  wasm_shared_heap_t other = new_heap(page, NULL);
  CHECK(wasm_runtime_chain_shared_heaps(NULL, body) == NULL);
  CHECK(wasm_runtime_chain_shared_heaps(head, NULL) == NULL);
  CHECK(wasm_runtime_chain_shared_heaps(head, head) == NULL);
  CHECK(wasm_runtime_chain_shared_heaps(head, other) == NULL); /* both can be allocated from */
  CHECK(wasm_runtime_chain_shared_heaps((wasm_shared_heap_t)(void*)&host, body) == NULL);
  CHECK(wasm_runtime_unchain_shared_heaps(head, false) == NULL);
  CHECK(wasm_runtime_chain_shared_heaps(head, body) == head);
  CHECK(wasm_runtime_chain_shared_heaps(head, body) == NULL);
  CHECK(wasm_runtime_chain_shared_heaps(other, body) == NULL);
  CHECK(wasm_runtime_unchain_shared_heaps(body, false) == NULL);
  CHECK(wasm_runtime_attach_shared_heap(host.instance, head));
  capture_begin();
  CHECK(!wasm_runtime_attach_shared_heap(host.instance, other));
  CHECK(logged(capture_end(), "A shared heap is already attached"));
  CHECK(wasm_runtime_unchain_shared_heaps(head, false) == NULL);
  CHECK(!wasm_runtime_reset_shared_heap_chain(head));
  uint64_t end = UINT64_C(1) << 32;
  void* place = NULL;
  CHECK_EQ(wasm_runtime_shared_heap_malloc(host.instance, 8, &place), end - 3 * page + 8);
  memset(place, 5, 8);
  given[0] = 42;
  CHECK_EQ(host_i32(&host, "load8", (uint32_t)(end - 2 * page), 0), 42);
  CHECK(wasm_runtime_addr_app_to_native(host.instance, end - 1) == given + 2 * page - 1);
  /* An access lies in one of them. */
  CHECK(!wasm_runtime_validate_app_addr(host.instance, end - 2 * page - 1, 2));
  wasm_runtime_clear_exception(host.instance);
  wasm_runtime_detach_shared_heap(host.instance);
  CHECK(!wasm_runtime_reset_shared_heap_chain(NULL));
  CHECK(wasm_runtime_reset_shared_heap_chain(head));
  CHECK_EQ(given[0], 0);
  CHECK(wasm_runtime_unchain_shared_heaps(head, false) == body);
  CHECK(wasm_runtime_attach_shared_heap(host.instance, body));
  CHECK(wasm_runtime_addr_app_to_native(host.instance, end - 2 * page) == given);
  capture_begin();
  CHECK_EQ(wasm_runtime_shared_heap_malloc(host.instance, 8, NULL), 0);
  CHECK(strstr(capture_end(), "nothing can be allocated") != NULL);
  wasm_runtime_detach_shared_heap(host.instance);
  CHECK(wasm_runtime_chain_shared_heaps(body, head) == body);
  uint8_t* more = new_pages(1);
  wasm_shared_heap_t third = new_heap(page, more);
  CHECK(wasm_runtime_chain_shared_heaps(third, body) == third);
  CHECK(wasm_runtime_attach_shared_heap(host.instance, third));
  CHECK_EQ(wasm_runtime_shared_heap_malloc(host.instance, 8, &place), end - page + 8);
  CHECK(((uint8_t*)place)[0] == 0); /* it was reset */
  CHECK(wasm_runtime_addr_app_to_native(host.instance, end - 4 * page) == more);
  wasm_runtime_detach_shared_heap(host.instance);
  CHECK(wasm_runtime_unchain_shared_heaps(third, true) == head);
  CHECK(wasm_runtime_unchain_shared_heaps(body, true) == NULL);
  host_close(&host);
  free(given);
  free(more);
}

/* All kinds of accesses at one address, as bytes that they leave and a number. */
static uint64_t exercise(const Host* host, bool is_64, uint64_t at, uint8_t* place, uint8_t* left) {
  uint64_t sum = 0;
  uint32_t cells[6];
  for (uint32_t i = 0; i < 14; ++i) {
    memset(place, (int)i, 16);
    cells[0] = i, cells[1] = (uint32_t)at, cells[2] = (uint32_t)(at >> 32);
    CHECK(wasm_runtime_call_wasm(host->env, host_function(host, "store"), is_64 ? 3 : 2, cells));
    memcpy(left + (size_t)i * 16, place, 16);
    for (uint32_t k = 0; k < 31; ++k) {
      cells[0] = k, cells[1] = (uint32_t)at, cells[2] = (uint32_t)(at >> 32);
      CHECK(wasm_runtime_call_wasm(host->env, host_function(host, "load"), is_64 ? 3 : 2, cells));
      sum = sum * 31 + (cells[0] | (uint64_t)cells[1] << 32);
    }
  }
  cells[0] = (uint32_t)at, cells[1] = (uint32_t)(at >> 32);
  CHECK(wasm_runtime_call_wasm(host->env, host_function(host, "atomics"), is_64 ? 2 : 1, cells));
  return sum * 31 + (cells[0] | (uint64_t)cells[1] << 32);
}

static void compare_accesses(const Host* host, bool is_64, uint64_t at) {
  static uint8_t left[2][14 * 16];
  uint8_t* memory = wasm_runtime_addr_app_to_native(host->instance, 256);
  uint8_t* place = wasm_runtime_addr_app_to_native(host->instance, at);
  if (!CHECK(place != NULL)) return;
  uint64_t in_memory = exercise(host, is_64, 256, memory, left[0]);
  CHECK_EQ(exercise(host, is_64, at, place, left[1]), in_memory);
  CHECK(memcmp(left[0], left[1], sizeof left[0]) == 0);
}

/* Each access that does not lie in the heap as a whole traps and writes nothing. */
static void check_last_bytes(const Host* host, bool is_64, uint64_t end, uint8_t* last) {
  uint32_t cells[6];
  static const uint8_t widths[14] = {1, 2, 4, 1, 2, 4, 8, 4, 8, 16, 1, 2, 4, 8};
  for (uint32_t i = 0; i < 14; ++i) {
    for (uint32_t back = 0; back <= widths[i]; ++back) {
      uint64_t at = end - back;
      cells[0] = i, cells[1] = (uint32_t)at, cells[2] = (uint32_t)(at >> 32);
      memset(last - 15, 0, 16);
      bool good =
          wasm_runtime_call_wasm(host->env, host_function(host, "store"), is_64 ? 3 : 2, cells);
      /* The very end is address 0 again, which is memory. */
      CHECK_EQ(good, back == widths[i] || back == 0);
      uint8_t written = 0;
      for (int k = 0; k < 16; ++k) written |= last[-k];
      CHECK((written != 0) == (back == widths[i]));
      wasm_runtime_clear_exception(host->instance);
    }
  }
}

static void bulk_operations(const Host* host, bool is_64, uint64_t begin, uint8_t* place) {
  uint8_t* memory = wasm_runtime_addr_app_to_native(host->instance, 0);
  uint32_t high = (uint32_t)(begin >> 32), low = (uint32_t)begin;
  uint32_t init64[4] = {low, high, 0, 10}, init32[3] = {low, 0, 10};
  CHECK(host_call(host, "init", is_64 ? 4 : 3, is_64 ? init64 : init32));
  CHECK(memcmp(place, "some words", 10) == 0);
  uint32_t copy64[6] = {300, 0, low, high, 10, 0}, copy32[3] = {300, low, 10};
  CHECK(host_call(host, "copy", is_64 ? 6 : 3, is_64 ? copy64 : copy32));
  CHECK(memcmp(memory + 300, "some words", 10) == 0);
  uint32_t back64[6] = {low + 2, high, low, high, 8, 0}, back32[3] = {low + 2, low, 8};
  CHECK(host_call(host, "copy", is_64 ? 6 : 3, is_64 ? back64 : back32));
  CHECK(memcmp(place, "sosome wor", 10) == 0);
  uint32_t fill64[5] = {low, high, 7, page, 0}, fill32[3] = {low, 7, page};
  CHECK(host_call(host, "fill", is_64 ? 5 : 3, is_64 ? fill64 : fill32));
  CHECK(place[0] == 7 && place[page - 1] == 7);
  uint32_t more64[5] = {low, high, 8, page + 1, 0}, more32[3] = {low, 8, page + 1};
  CHECK(!host_call(host, "fill", is_64 ? 5 : 3, is_64 ? more64 : more32));
  CHECK(place[0] == 7);
  wasm_runtime_clear_exception(host->instance);
}

static void check_guest(Host* host, bool is_64, wasm_shared_heap_t heap) {
  uint64_t end = is_64 ? 0 : UINT64_C(1) << 32, begin = end - page;
  CHECK(wasm_runtime_attach_shared_heap(host->instance, heap));
  uint8_t* place = wasm_runtime_addr_app_to_native(host->instance, begin);
  if (!CHECK(place != NULL)) return;
  compare_accesses(host, is_64, begin + 16);
  compare_accesses(host, is_64, begin + page - 16);
  check_last_bytes(host, is_64, end, place + page - 1);
  bulk_operations(host, is_64, begin, place);
  CHECK_TEXT(at_trap(host, "load8", is_64, begin - 1), kOutside);
  uint32_t notify[2] = {(uint32_t)begin, (uint32_t)(begin >> 32)};
  CHECK(host_call(host, "notify", is_64 ? 2 : 1, notify) && notify[0] == 0);
  uint32_t grow[2] = {1, 0};
  CHECK(host_call(host, "grow", is_64 ? 2 : 1, grow) && grow[0] == 1);
  compare_accesses(host, is_64, begin + 16);
  for (uint32_t i = 0; i < page; ++i) place[i] = i % 4 == 0;
  uint32_t sum[3] = {(uint32_t)begin, is_64 ? (uint32_t)(begin >> 32) : page / 4, page / 4};
  CHECK(host_call(host, "sum", is_64 ? 3 : 2, sum));
  CHECK_EQ(sum[0], page / 4);
}

static void on_each_backend(const char* name, bool is_64, bool is_given) {
  page = (uint32_t)sysconf(_SC_PAGESIZE);
  CHECK(wasm_runtime_register_natives("host", natives, 2));
  uint8_t* given = is_given ? new_pages(1) : NULL;
  static _Alignas(16) uint8_t block[3 * 65536];
  FOR_EACH_BACKEND(row) {
    if (row->backend == WEMBED_BACKEND_POOL) continue; /* WEMBED_MEMORY chooses it for all tests */
    wasm_shared_heap_t heap = new_heap(page, given);
    Host host = {host_read(name), NULL, NULL, NULL};
    host.module = row_load(NULL, host.bytes);
    wembed_instantiate_options_t options = row_options(row, block, sizeof block);
    wembed_error_t error;
    host.instance = host.module == NULL ? NULL : wembed_instantiate(host.module, &options, &error);
    if (CHECK(host.instance != NULL)) {
      host.env = wasm_runtime_create_exec_env(host.instance, 65536);
      check_guest(&host, is_64, heap);
    }
    host_close(&host); /* while attached */
    CHECK(wasm_runtime_reset_shared_heap_chain(heap));
  }
  free(given);
}

TEST(every_access) { on_each_backend("shared_heap", false, false); }
TEST(every_access_to_pages_of_the_host) { on_each_backend("shared_heap", false, true); }
TEST(every_access_by_wide_addresses) { on_each_backend("shared_heap_64", true, false); }

TEST(instances_have_one_in_common) {
  Host one = open_guest("shared_heap"), two = host_open("shared_heap", 0);
  if (!one.env || !two.env) return host_close(&one), host_close(&two);
  wasm_shared_heap_t heap = new_heap(page, NULL);
  CHECK(wasm_runtime_attach_shared_heap(one.instance, heap));
  CHECK(wasm_runtime_attach_shared_heap(two.instance, heap));
  uint64_t at = wasm_runtime_shared_heap_malloc(one.instance, 4, NULL);
  uint32_t store[2] = {(uint32_t)at, 99};
  CHECK(host_call(&one, "store8", 2, store));
  CHECK_EQ(host_i32(&two, "load8", (uint32_t)at, 0), 99);
  CHECK(wasm_runtime_shared_heap_malloc(two.instance, 4, NULL) > at);
  host_close(&one);
  CHECK_EQ(host_i32(&two, "load8", (uint32_t)at, 0), 99);
  CHECK(!wasm_runtime_reset_shared_heap_chain(heap));
  wasm_runtime_detach_shared_heap(two.instance);
  CHECK(wasm_runtime_reset_shared_heap_chain(heap));
  host_close(&two);
}

TEST(where_none_can_be_attached) {
  Host host = open_guest("shared_heap"), none = host_open("memory_none", 0);
  if (!host.env) return host_close(&host), host_close(&none);
  wasm_shared_heap_t heap = new_heap(page, NULL);
  CHECK(!wasm_runtime_attach_shared_heap(NULL, heap));
  CHECK(!wasm_runtime_attach_shared_heap(host.instance, NULL));
  CHECK(!wasm_runtime_attach_shared_heap(host.instance, (wasm_shared_heap_t)(void*)&host));
  CHECK(!wasm_runtime_attach_shared_heap(none.instance, heap));
  wasm_runtime_detach_shared_heap(NULL);
  wasm_runtime_detach_shared_heap(none.instance);
  CHECK_EQ(wasm_runtime_shared_heap_malloc(NULL, 8, NULL), 0);
  wasm_runtime_shared_heap_free(NULL, 8);
  /* Of another runtime. */
  Row on_demand = {"on demand", WEMBED_MEMORY_ON_DEMAND, WEMBED_BACKEND_HEAP};
  wembed_runtime_t runtime = row_runtime(&on_demand, 0);
  wasm_module_t module = row_load(runtime, host.bytes);
  wembed_instantiate_options_t options = {.size = sizeof options};
  wasm_module_inst_t foreign = wembed_instantiate(module, &options, NULL);
  if (CHECK(foreign != NULL)) {
    CHECK(!wasm_runtime_attach_shared_heap(foreign, heap));
    wasm_runtime_deinstantiate(foreign);
  }
  wasm_runtime_unload(module);
  wembed_runtime_delete(runtime);
  host_close(&none);
  host_close(&host);
}

TEST(reset_detaches) {
  Host host = open_guest("shared_heap");
  if (!host.env) return host_close(&host);
  wasm_shared_heap_t heap = new_heap(page, NULL);
  CHECK(wasm_runtime_attach_shared_heap(host.instance, heap));
  CHECK(wembed_instance_reset(host.instance, NULL, NULL));
  CHECK_TEXT(host_trap(&host, "load8", UINT32_MAX), kOutside);
  CHECK(wasm_runtime_attach_shared_heap(host.instance, heap));
  CHECK_EQ(host_i32(&host, "load8", UINT32_MAX, 0), 0);
  host_close(&host);
}

static unsigned allowed; /* allocations until the next fails */

static void* counted_malloc(unsigned size) {
  if (allowed == 0) return NULL;
  --allowed;
  return malloc(size);
}

/* Making and attaching one when each allocation fails in turn: nothing is left half-done. */
TEST(without_memory) {
  wasm_runtime_destroy();
  RuntimeInitArgs args;
  memset(&args, 0, sizeof args);
  args.mem_alloc_type = Alloc_With_Allocator;
  args.mem_alloc_option.allocator.malloc_func = (void*)counted_malloc;
  args.mem_alloc_option.allocator.realloc_func = (void*)realloc;
  args.mem_alloc_option.allocator.free_func = (void*)free;
  allowed = UINT32_MAX;
  if (!CHECK(wasm_runtime_full_init(&args))) return;
  wasm_runtime_set_log_level(WASM_LOG_LEVEL_FATAL);
  bool made = false, attached = false;
  for (unsigned n = 0; n < 20 && !attached; ++n) {
    allowed = UINT32_MAX;
    Host host = open_guest("shared_heap");
    if (!host.env) return host_close(&host);
    allowed = n;
    wasm_shared_heap_t heap = new_heap(page, NULL);
    if (heap != NULL) {
      made = true;
      attached = wasm_runtime_attach_shared_heap(host.instance, heap);
    }
    allowed = UINT32_MAX;
    CHECK_TEXT(host_trap(&host, "load8", UINT32_MAX), attached ? NULL : kOutside);
    host_close(&host);
  }
  CHECK(made && attached);
  wasm_runtime_set_log_level(WASM_LOG_LEVEL_WARNING);
}

int main(void) {
  RUN(which_can_be_made);
  RUN(addresses_and_translation);
  RUN(chains);
  RUN(every_access);
  RUN(every_access_to_pages_of_the_host);
  RUN(every_access_by_wide_addresses);
  RUN(instances_have_one_in_common);
  RUN(where_none_can_be_attached);
  RUN(reset_detaches);
  RUN(without_memory);
  return host_result();
}
