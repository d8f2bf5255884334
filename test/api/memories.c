/* Several memories, 64-bit addresses and pages of a byte, over every place a memory can come from.
 */
#include "backends.h"

typedef struct Loaded {
  wembed_runtime_t runtime;
  Bytes bytes;
  wasm_module_t module;
  wasm_module_inst_t instance;
  wasm_exec_env_t env;
  void* storage;
} Loaded;

static Loaded open_on(const Row* row, const char* name, uint64_t capacity, uint32_t heap) {
  Loaded loaded = {.runtime = row_runtime(row, 4)};
  loaded.bytes = host_read(name);
  wembed_source_t source = {.size = sizeof source,
                            .ownership = WEMBED_BYTES_BORROW,
                            .bytes = loaded.bytes.data,
                            .length = loaded.bytes.size};
  wembed_error_t error = {0};
  loaded.module = wembed_load(loaded.runtime, &source, &error);
  wembed_instantiate_options_t options = {
      .size = sizeof options, .backend = row->backend, .heap_size = heap};
  if (row->backend == WEMBED_BACKEND_BUFFER) {
    loaded.storage = malloc(capacity);
    options.memory_buffer = loaded.storage;
    options.memory_buffer_bytes = capacity;
  }
  if (row->backend == WEMBED_BACKEND_FUNCTIONS) options.memory_functions = &row_functions;
  if (loaded.module != NULL) {
    loaded.instance = wembed_instantiate(loaded.module, &options, &error);
  }
  if (!CHECK(loaded.instance != NULL)) {
    fprintf(stderr, "%s: %s: %s\n", row->name, name, error.message);
    return loaded;
  }
  loaded.env = wasm_runtime_create_exec_env(loaded.instance, 8192);
  return loaded;
}

static void close_on(Loaded* loaded) {
  if (loaded->env != NULL) wasm_runtime_destroy_exec_env(loaded->env);
  if (loaded->instance != NULL) wasm_runtime_deinstantiate(loaded->instance);
  if (loaded->module != NULL) wasm_runtime_unload(loaded->module);
  free(loaded->bytes.data);
  free(loaded->storage);
  wembed_runtime_delete(loaded->runtime);
}

/* The result of an export, or UINT64_MAX - 1 when it trapped, with its text. */
static const char* trapped;
static uint64_t call(const Loaded* loaded, const char* name, uint64_t a, uint64_t b, uint64_t c) {
  static char text[160];
  wasm_function_inst_t function = wasm_runtime_lookup_function(loaded->instance, name);
  uint64_t slots[3] = {a, b, c};
  trapped = NULL;
  if (!CHECK(function != NULL) || wembed_call(loaded->env, function, slots, NULL)) return slots[0];
  snprintf(text, sizeof text, "%s", wasm_runtime_get_exception(loaded->instance));
  wasm_runtime_clear_exception(loaded->instance);
  trapped = text;
  return UINT64_MAX - 1;
}
#define CALL0(name) call(&loaded, name, 0, 0, 0)
#define CALL1(name, a) call(&loaded, name, a, 0, 0)
#define CALL2(name, a, b) call(&loaded, name, a, b, 0)
#define CALL3(name, a, b, c) call(&loaded, name, a, b, c)

static const char kOutside[] = "Exception: out of bounds memory access";
#define OUTSIDE(call)              \
  do {                             \
    (void)(call);                  \
    CHECK_TEXT(trapped, kOutside); \
  } while (0)
#define INSIDE(call, wanted)              \
  do {                                    \
    CHECK_EQ((uint32_t)(call), (wanted)); \
    CHECK_TEXT(trapped, NULL);            \
  } while (0)

static void check_contents(Loaded loaded) {
  INSIDE(CALL1("load_first", 8), 'f');
  INSIDE(CALL1("load_wide", 16), 'w');
  INSIDE(CALL1("load_bytes", 1), 'b');
  INSIDE(CALL1("load_second", 0x10000), 's');
  INSIDE(CALL1("load_first", 16), 0);
  INSIDE(CALL1("load_second", 8), 0);
  CHECK_EQ(CALL0("size_wide"), 1);
  INSIDE(CALL0("size_bytes"), 7);
}

TEST(memories_of_every_kind) {
  FOR_EACH_BACKEND(row) {
    Loaded loaded = open_on(row, "memories", 3 * 65536, 0);
    if (loaded.env != NULL) {
      check_contents(loaded);
      /* The ends, and what is far beyond them. */
      INSIDE(CALL1("load_first", 65535), 0);
      OUTSIDE(CALL1("load_first", 65536));
      OUTSIDE(CALL1("load_first", UINT32_MAX));
      INSIDE(CALL1("load_wide", 65535), 0);
      OUTSIDE(CALL1("load_wide", 65536));
      OUTSIDE(CALL1("load_wide", UINT64_C(1) << 32));
      OUTSIDE(CALL1("load_wide", UINT64_MAX));
      INSIDE(CALL1("load_bytes", 6), 0);
      OUTSIDE(CALL1("load_bytes", 7));
      INSIDE(CALL1("load_second", 2 * 65536 - 1), 0);
      OUTSIDE(CALL1("load_second", 2 * 65536));
      /* No sum wraps. */
      for (uint64_t at = 0; at < 40; ++at) OUTSIDE(CALL1("load_wide_at", at));
      OUTSIDE(CALL1("load_wide_far", 0));
      OUTSIDE(CALL1("load_wide_far", UINT64_MAX - UINT32_MAX));
      OUTSIDE(CALL2("store_wide", 65529, 1));
      CALL2("store_wide", 65528, UINT64_C(0x0102030405060708));
      CHECK_EQ(CALL1("load_wide_64", 65528), UINT64_C(0x0102030405060708));
      OUTSIDE(CALL2("store_bytes", 6, 1));
      CALL2("store_bytes", 5, 0x0201);
      INSIDE(CALL1("load_bytes", 6), 2);

      INSIDE(CALL0("mixed"), 4121);
      CHECK_EQ(CALL0("size_wide"), 2);

      /* Growth: the old size, or -1 of the width that addresses have. */
      CHECK_EQ(CALL1("grow_wide", 2), 2);
      CHECK_EQ(CALL1("grow_wide", 1), UINT64_MAX);
      CHECK_EQ(CALL1("grow_wide", UINT64_C(1) << 32), UINT64_MAX);
      INSIDE(CALL1("load_wide", 4 * 65536 - 1), 0);
      INSIDE(CALL1("load_wide", 16), 'w');
      INSIDE(CALL1("grow_bytes", 1), 7);
      INSIDE(CALL1("load_bytes", 7), 0);
      OUTSIDE(CALL1("load_bytes", 8));
      INSIDE(CALL1("grow_bytes", 12), 8);
      INSIDE(CALL1("grow_bytes", 1), UINT32_MAX);
      INSIDE(CALL0("size_bytes"), 20);
      INSIDE(CALL1("load_bytes", 6), 100);
      INSIDE(CALL1("grow_first", 2), 1);
      INSIDE(CALL1("grow_first", 1), UINT32_MAX);
      INSIDE(CALL1("load_first", 8), 'f');

      /* Ranges. */
      CALL3("copy_to_bytes", 0, 8, 5);
      INSIDE(CALL1("load_bytes", 4), 't');
      OUTSIDE(CALL3("copy_to_bytes", 16, 8, 5));
      CALL3("copy_in_wide", 3 * 65536, 16, 4);
      INSIDE(CALL1("load_wide", 3 * 65536 + 3), 'e');
      OUTSIDE(CALL3("copy_in_wide", 0, 1, UINT64_MAX));
      OUTSIDE(CALL3("copy_in_wide", UINT64_C(1) << 32, 0, 0));
      CALL3("fill_wide", 100, 7, 65536);
      INSIDE(CALL1("load_wide", 65635), 7);
      OUTSIDE(CALL3("fill_wide", 1, 7, UINT64_C(1) << 32));
      CALL3("fill_second", 0, 9, 2 * 65536);
      INSIDE(CALL1("load_second", 2 * 65536 - 1), 9);
      CALL3("init_wide", 200, 0, 7);
      INSIDE(CALL1("load_wide", 200), 'p');
      OUTSIDE(CALL3("init_wide", UINT64_C(1) << 32, 0, 7));

      CHECK(wembed_instance_reset(loaded.instance, NULL, NULL));
      check_contents(loaded);
      OUTSIDE(CALL1("load_first", 65536));
      OUTSIDE(CALL1("load_bytes", 7));
    }
    close_on(&loaded);
  }
}

/* What C sees of them: by index, with the sizes of their own pages. */
TEST(memories_of_the_host) {
  FOR_EACH_BACKEND(row) {
    Loaded loaded = open_on(row, "memories", 3 * 65536, 0);
    static const struct {
      uint64_t bytes, pages, most, page;
      bool is_64;
    } wanted[] = {{65536, 1, 3, 65536, false},
                  {65536, 1, 4, 65536, true},
                  {7, 7, 20, 1, false},
                  {131072, 2, 65536, 65536, false}};
    for (uint32_t i = 0; loaded.env != NULL && i < 4; ++i) {
      wasm_memory_inst_t memory = wasm_runtime_get_memory(loaded.instance, i);
      CHECK_EQ(wembed_memory_size(memory), wanted[i].bytes);
      CHECK_EQ(wasm_memory_get_cur_page_count(memory), wanted[i].pages);
      CHECK_EQ(wasm_memory_get_max_page_count(memory), wanted[i].most);
      CHECK_EQ(wasm_memory_get_bytes_per_page(memory), wanted[i].page);
      CHECK_EQ(wembed_memory_is_64(memory), wanted[i].is_64);
      const volatile uint32_t* epoch = wembed_memory_epoch(memory);
      uint32_t before = *epoch;
      CHECK(wasm_memory_enlarge(memory, 1));
      CHECK(*epoch != before);
      CHECK_EQ(wembed_memory_size(memory), wanted[i].bytes + wanted[i].page);
      wembed_slice_t slice;
      CHECK(wembed_memory_slice(memory, wanted[i].bytes, wanted[i].page, &slice));
      CHECK(!wembed_memory_slice(memory, wanted[i].bytes, wanted[i].page + 1, &slice));
    }
    if (loaded.env != NULL) CHECK(wasm_runtime_get_memory(loaded.instance, 4) == NULL);
    close_on(&loaded);
  }
}

static uint32_t sum(wasm_exec_env_t env, const uint8_t* bytes, uint32_t length) {
  (void)env;
  uint32_t total = 0;
  for (uint32_t i = 0; i < length; ++i) total += bytes[i];
  return total;
}
static uint32_t length(wasm_exec_env_t env, const char* text) {
  (void)env;
  return (uint32_t)strlen(text);
}
static NativeSymbol natives[] = {{"sum", (void*)sum, "(*~)i", NULL},
                                 {"length", (void*)length, "($)i", NULL}};

TEST(types_of_memories_and_tables) {
  CHECK(wasm_runtime_register_natives("env", natives, 2));
  static const struct {
    const char *module, *name, *text;
    bool is_64;
    uint32_t page;
  } wanted[] = {{"memories", "first", "memory 1 3", false, 65536},
                {"memories", "wide", "memory i64 1 4", true, 65536},
                {"memories", "bytes", "memory 7 20 (pagesize 1)", false, 1},
                {"memory64", "memory", "memory i64 1 8", true, 65536},
                {"memory64", "table", "table i64 4 8 funcref", true, 0}};
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; ++i) {
    Host host = host_open(wanted[i].module, 0);
    wembed_extern_type_t type;
    uint32_t at = 0;
    while (wembed_module_export(host.module, at, &type) &&
           (type.name_length != strlen(wanted[i].name) ||
            memcmp(type.name, wanted[i].name, type.name_length) != 0)) {
      ++at;
    }
    char text[64];
    wembed_extern_type_text(&type, text, sizeof text);
    CHECK_TEXT(text, wanted[i].text);
    if (type.kind == WEMBED_EXTERN_TABLE) {
      CHECK_EQ(wembed_table_type_is_64(type.u.table_type), wanted[i].is_64);
    } else {
      CHECK_EQ(wembed_memory_type_is_64(type.u.memory_type), wanted[i].is_64);
      CHECK_EQ(wembed_memory_type_page_size(type.u.memory_type), wanted[i].page);
    }
    host_close(&host);
  }
  CHECK(!wembed_memory_type_is_64(NULL) && wembed_memory_type_page_size(NULL) == 0);
  CHECK(!wembed_table_type_is_64(NULL));
}

/* One memory with 64-bit addresses: natives, translation of addresses, the heap, the table. */
TEST(addresses_of_64_bits) {
  FOR_EACH_BACKEND(row) {
    Loaded loaded = {0};
    CHECK(wasm_runtime_register_natives("env", natives, 2));
    if (row->strategy != WEMBED_MEMORY_ON_DEMAND) continue;
    Host host = host_open("memory64", row->backend == WEMBED_BACKEND_HEAP ? 0 : 4096);
    if (!host.env) {
      host_close(&host);
      continue;
    }
    loaded.instance = host.instance;
    loaded.env = host.env;
    INSIDE(CALL1("load8", 1024), 't');
    OUTSIDE(CALL1("load8", UINT64_C(1) << 32));
    OUTSIDE(CALL1("load8", UINT64_MAX));
    CHECK_EQ(CALL0("load_constant"), 0x74786574);
    INSIDE(CALL2("sum", 1024, 4), 't' + 'e' + 'x' + 't');
    OUTSIDE(CALL2("sum", UINT64_C(1) << 32, 1));
    OUTSIDE(CALL2("sum", UINT64_MAX, 1));
    INSIDE(CALL1("length", 1024), 4);
    OUTSIDE(CALL1("length", (UINT64_C(1) << 32) + 1024));

    wasm_module_inst_t instance = host.instance;
    char* text = wasm_runtime_addr_app_to_native(instance, 1024);
    CHECK_TEXT(text, "text");
    CHECK_EQ(wasm_runtime_addr_native_to_app(instance, text), 1024);
    CHECK(wasm_runtime_addr_app_to_native(instance, UINT64_C(1) << 32) == NULL);
    CHECK(wasm_runtime_validate_app_addr(instance, 1024, 5));
    CHECK(!wasm_runtime_validate_app_addr(instance, UINT64_C(1) << 32, 1));
    wasm_runtime_clear_exception(instance);
    CHECK(!wasm_runtime_validate_app_addr(instance, 1024, UINT64_MAX));
    wasm_runtime_clear_exception(instance);
    CHECK(wasm_runtime_validate_app_str_addr(instance, 1024));
    if (row->backend != WEMBED_BACKEND_HEAP) {
      void* native = NULL;
      uint64_t at = wasm_runtime_module_malloc(instance, 100, &native);
      CHECK(at >= 65536 && native == wasm_runtime_addr_app_to_native(instance, at));
      CALL2("store8", at, 77);
      CHECK(*(uint8_t*)native == 77);
      wasm_runtime_module_free(instance, at);
    }
    uint64_t pages = CALL0("size");
    CHECK_EQ(CALL1("grow", 1), pages);
    CHECK_EQ(CALL0("size"), pages + 1);
    CHECK_EQ(CALL1("grow", UINT64_C(1) << 40), UINT64_MAX);

    /* A table with 64-bit indices. */
    INSIDE(CALL1("call", 1), 1);
    INSIDE(CALL1("call", 2), 2);
    CALL1("call", 0);
    CHECK_TEXT(trapped, "Exception: uninitialized element");
    CALL1("call", (UINT64_C(1) << 32) + 1);
    CHECK_TEXT(trapped, "Exception: undefined element");
    INSIDE(CALL1("is_null", 3), 1);
    CALL1("is_null", (UINT64_C(1) << 32) + 1);
    CHECK_TEXT(trapped, "Exception: out of bounds table access");
    CALL1("set", 3);
    CHECK_TEXT(trapped, NULL);
    INSIDE(CALL1("call", 3), 2);
    CALL1("set", UINT64_C(1) << 32);
    CHECK_TEXT(trapped, "Exception: out of bounds table access");
    CHECK_EQ(CALL0("table_size"), 4);
    CHECK_EQ(CALL1("table_grow", 2), 4);
    CHECK_EQ(CALL1("table_grow", UINT64_C(1) << 32), UINT64_MAX);
    CHECK_EQ(CALL1("table_grow", 3), UINT64_MAX);
    INSIDE(CALL1("call", 5), 1);
    CALL2("table_fill", 4, 2);
    INSIDE(CALL1("call", 5), 2);
    CALL2("table_fill", 4, UINT64_C(1) << 32);
    CHECK_TEXT(trapped, "Exception: out of bounds table access");
    host_close(&host);
  }
}

int main(void) {
  RUN(memories_of_every_kind);
  RUN(memories_of_the_host);
  RUN(addresses_of_64_bits);
  RUN(types_of_memories_and_tables);
  return host_result();
}
