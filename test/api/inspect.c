/* What lies where in an instance: regions, numbers, text; on every backend, and told lies. */
#include "host.h"
#include "wembed.h"

enum { kMost = 64 };

typedef struct Map {
  wembed_region_t regions[kMost];
  uint32_t count;
} Map;

/* The memory's regions, checked for what holds of any. */
static Map map_of(wasm_module_inst_t instance, uint64_t size) {
  Map map;
  wembed_error_t error;
  map.count = wembed_instance_regions(instance, 0, map.regions, kMost, &error);
  CHECK_EQ(error.kind, WEMBED_ERROR_NONE);
  CHECK(map.count <= kMost);
  uint64_t covered = 0; /* by depth 0 */
  uint64_t inner = 0;   /* by the parts of the last one */
  for (uint32_t i = 0; i < map.count && i < kMost; ++i) {
    const wembed_region_t* region = &map.regions[i];
    CHECK(region->bytes > 0);
    if (region->depth == 0) {
      CHECK_EQ(region->offset, covered);
      inner = covered;
      covered += region->bytes;
      CHECK((region->kind == WEMBED_REGION_REACH) == (region->offset >= size));
    } else {
      CHECK_EQ(region->depth, 1);
      CHECK(region->offset >= inner);
      inner = region->offset + region->bytes;
      CHECK(inner <= covered);
    }
  }
  CHECK(covered >= size);
  return map;
}

static const wembed_region_t* find(const Map* map, uint32_t kind, uint32_t number) {
  for (uint32_t i = 0; i < map->count; ++i) {
    if (map->regions[i].kind == kind && number-- == 0) return &map->regions[i];
  }
  static const wembed_region_t none;
  CHECK(!"the region is there");
  return &none;
}

static uint32_t count_of(const Map* map, uint32_t kind) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < map->count; ++i) count += map->regions[i].kind == kind;
  return count;
}

static wembed_inspection_t numbers_of(wasm_module_inst_t instance) {
  wembed_inspection_t info = {.size = sizeof info};
  wembed_error_t error;
  CHECK(wembed_instance_inspect(instance, 0, &info, &error));
  CHECK_EQ(error.kind, WEMBED_ERROR_NONE);
  return info;
}

#define CHECK_REGION(region, from, to)        \
  do {                                        \
    CHECK_EQ((region)->offset, (from));       \
    CHECK_EQ((region)->bytes, (to) - (from)); \
  } while (0)

TEST(a_program_by_a_compiler) {
  Host host = host_open("inspect_layout", 0);
  if (!host.env) return host_close(&host);
  Map map = map_of(host.instance, 2 * 65536);
  const wembed_region_t* fixed = find(&map, WEMBED_REGION_STATIC, 0);
  CHECK_REGION(fixed, 1024, 1104);
  CHECK_TEXT(fixed->how, "__data_end (exported)");
  CHECK_EQ(count_of(&map, WEMBED_REGION_DATA), 3);
  CHECK_REGION(find(&map, WEMBED_REGION_DATA, 0), 1024, 1029);
  CHECK_REGION(find(&map, WEMBED_REGION_DATA, 1), 1040, 1075);
  CHECK_REGION(find(&map, WEMBED_REGION_DATA, 2), 1096, 1099);
  CHECK_EQ(find(&map, WEMBED_REGION_DATA, 2)->index, 4);
  const wembed_region_t* stack = find(&map, WEMBED_REGION_STACK, 0);
  CHECK_REGION(stack, 1104, 66640);
  CHECK_PREFIX(stack->how, "__stack_pointer (");
  CHECK_REGION(find(&map, WEMBED_REGION_STACK_FREE, 0), 1104, 66640);
  CHECK_EQ(count_of(&map, WEMBED_REGION_STACK_USED), 0);
  CHECK_REGION(find(&map, WEMBED_REGION_GUEST_HEAP, 0), 66640, 2 * 65536);
  CHECK_REGION(find(&map, WEMBED_REGION_REACH, 0), 2 * 65536, 8 * 65536);

  CHECK_EQ(host_call(&host, "push", 1, (uint32_t[]){4096}), true);
  CHECK_EQ(host_i32(&host, "grow", 3, 0), 2);
  map = map_of(host.instance, 5 * 65536);
  CHECK_REGION(find(&map, WEMBED_REGION_STACK_USED, 0), 66640 - 4096, 66640);
  CHECK_REGION(find(&map, WEMBED_REGION_GROWN, 0), 2 * 65536, 5 * 65536);
  CHECK_REGION(find(&map, WEMBED_REGION_REACH, 0), 5 * 65536, 8 * 65536);

  wembed_inspection_t info = numbers_of(host.instance);
  CHECK_EQ(info.pages, 5);
  CHECK_EQ(info.pages_declared, 2);
  CHECK_EQ(info.pages_maximum, 8);
  CHECK_EQ(info.stack_pointer, 66640 - 4096);
  CHECK_EQ(info.functions, 3);
  CHECK_EQ(info.translated, 2);
  CHECK_EQ(info.tables, 1);
  CHECK_EQ(info.globals, 4);
  CHECK_EQ(info.wasm_stacks, 1);
  CHECK_EQ(info.wasm_stack_bytes, 65536);
  CHECK_EQ(info.wasm_stack_used, 0);
  CHECK_EQ(info.module_bytes, host.bytes.size);
  CHECK(info.module_bookkeeping > 0 && info.module_bookkeeping < 4096);
  CHECK(info.instance_bookkeeping > 0 && info.instance_bookkeeping < 8192);
  CHECK_EQ(info.slot, UINT32_MAX);
  host_close(&host);
}

TEST(what_the_host_allocates) {
  Host host = host_open("inspect_layout", 65536);
  if (!host.env) return host_close(&host);
  uint64_t first = wasm_runtime_module_malloc(host.instance, 100, NULL);
  uint64_t second = wasm_runtime_module_malloc(host.instance, 1000, NULL);
  uint64_t third = wasm_runtime_module_malloc(host.instance, 16, NULL);
  wasm_runtime_module_free(host.instance, second);
  Map map = map_of(host.instance, 3 * 65536);
  CHECK_REGION(find(&map, WEMBED_REGION_HOST_HEAP, 0), 2 * 65536, 3 * 65536);
  CHECK_EQ(count_of(&map, WEMBED_REGION_ALLOCATION), 2);
  CHECK_REGION(find(&map, WEMBED_REGION_ALLOCATION, 0), first, first + 112);
  CHECK_REGION(find(&map, WEMBED_REGION_FREE, 0), second, second + 1008);
  CHECK_REGION(find(&map, WEMBED_REGION_ALLOCATION, 1), third, third + 16);
  wembed_inspection_t info = numbers_of(host.instance);
  CHECK_EQ(info.heap_blocks, 2);
  CHECK_EQ(info.heap_used, 128);
  CHECK_EQ(info.heap_peak, 112 + 1008 + 16);
  CHECK(info.heap_bookkeeping > 0);
  wasm_runtime_module_free(host.instance, first);
  wasm_runtime_module_free(host.instance, third);
  map = map_of(host.instance, 3 * 65536);
  CHECK_EQ(count_of(&map, WEMBED_REGION_ALLOCATION), 0);
  host_close(&host);
}

/* Names that do not fit what the program's own data says, and values out of range. */
TEST(a_program_without_names_is_guessed_at) {
  Host host = host_open("inspect_bare", 0);
  if (!host.env) return host_close(&host);
  uint32_t cells[1] = {64};
  CHECK(host_call(&host, "push", 1, cells));
  Map map = map_of(host.instance, 2 * 65536);
  const wembed_region_t* null = find(&map, WEMBED_REGION_UNKNOWN, 0);
  CHECK_REGION(null, 0, 1024);
  CHECK_TEXT(null->how, "guess: nothing lies at null");
  const wembed_region_t* stack = find(&map, WEMBED_REGION_STACK, 0);
  CHECK_REGION(stack, 1040, 66560);
  CHECK_TEXT(stack->how, "__stack_pointer (guess); static data may be in it");
  CHECK_REGION(find(&map, WEMBED_REGION_STACK_USED, 0), 66560 - 64, 66560);
  const wembed_region_t* heap = find(&map, WEMBED_REGION_GUEST_HEAP, 0);
  CHECK_REGION(heap, 66560, 131072);
  CHECK_TEXT(heap->how, "the stack's end (guess)");
  host_close(&host);
}

TEST(lies_are_not_believed) {
  static const char* const modules[] = {"inspect_lies",  "memory",      "memory_none",
                                        "memory_zero",   "memory_full", "own_malloc",
                                        "assemblyscript"};
  for (size_t i = 0; i < sizeof modules / sizeof *modules; ++i) {
    Host host = host_open(modules[i], 0);
    if (!host.env) return host_close(&host);
    wembed_inspection_t info = numbers_of(host.instance);
    wembed_error_t error;
    if (info.memories > 0) {
      Map map = map_of(host.instance, info.pages * info.page_bytes);
      if (i == 0) {
        CHECK_EQ(count_of(&map, WEMBED_REGION_STACK), 0);
        CHECK_EQ(count_of(&map, WEMBED_REGION_GUEST_HEAP), 0);
        CHECK_EQ(count_of(&map, WEMBED_REGION_STATIC), 1);
      }
    } else {
      CHECK_EQ(wembed_instance_regions(host.instance, 0, NULL, 0, &error), 0);
      CHECK_EQ(error.kind, WEMBED_ERROR_USAGE);
    }
    CHECK(wembed_inspect_text(host.instance, NULL, 0, &error) > 0);
    host_close(&host);
  }
}

static wasm_module_inst_t asked_while_running;
static bool look(wasm_exec_env_t env, void* data, uint64_t* slots) {
  (void)env, (void)data, (void)slots;
  wembed_error_t error;
  wembed_inspection_t info = {.size = sizeof info};
  char text[16] = "before";
  CHECK_EQ(wembed_instance_regions(asked_while_running, 0, NULL, 0, &error), 0);
  CHECK_TEXT(error.code, "InvalidState");
  CHECK(!wembed_instance_inspect(asked_while_running, 0, &info, &error));
  CHECK_EQ(wembed_inspect_text(asked_while_running, text, sizeof text, &error), 0);
  CHECK_EQ(error.kind, WEMBED_ERROR_USAGE);
  CHECK_TEXT(text, "");
  CHECK_EQ(wembed_instance_globals(asked_while_running, NULL, 0, NULL), 0);
  CHECK_EQ(wembed_instance_tables(asked_while_running, NULL, 0, NULL), 0);
  return true;
}

TEST(not_while_it_runs) {
  Bytes bytes = host_read("unlinked_function");
  wasm_module_t module = wasm_runtime_load(bytes.data, bytes.size, host_error, sizeof host_error);
  wembed_import_t import = {.source = WEMBED_IMPORT_CALLBACK, .callback = look};
  wembed_instantiate_options_t options = {
      .size = sizeof options, .imports = &import, .import_count = 1};
  wembed_error_t error;
  asked_while_running = wembed_instantiate(module, &options, &error);
  if (!CHECK(asked_while_running != NULL)) return;
  wasm_exec_env_t env = wasm_runtime_create_exec_env(asked_while_running, 8192);
  wembed_extern_type_t type;
  bool called = false;
  for (uint32_t i = 0; wembed_module_export(module, i, &type); ++i) {
    uint64_t slots[4] = {0};
    if (type.kind != WEMBED_EXTERN_FUNC) continue;
    called |= wembed_call(env, wembed_instance_function(asked_while_running, i), slots, NULL);
  }
  CHECK(called);
  wembed_inspection_t info = {.size = sizeof info};
  CHECK(wembed_instance_inspect(asked_while_running, 0, &info, &error));
  wasm_runtime_destroy_exec_env(env);
  wasm_runtime_deinstantiate(asked_while_running);
  wasm_runtime_unload(module);
  free(bytes.data);
}

TEST(globals_tables_sections) {
  Host host = host_open("inspect_layout", 0);
  if (!host.env) return host_close(&host);
  wembed_global_info_t globals[8];
  wembed_error_t error;
  CHECK_EQ(wembed_instance_globals(host.instance, globals, 2, &error), 4);
  CHECK_EQ(wembed_instance_globals(host.instance, globals, 8, &error), 4);
  CHECK_TEXT(globals[0].name, "__data_end");
  CHECK_EQ(globals[1].slots[0], 66640);
  CHECK(globals[2].is_mutable && !globals[2].is_imported);
  CHECK_EQ(globals[3].slots[0], 42);
  CHECK_EQ(globals[3].kind, WASM_I64);
  wembed_table_info_t tables[2];
  CHECK_EQ(wembed_instance_tables(host.instance, tables, 2, &error), 1);
  CHECK_TEXT(tables[0].name, "callbacks");
  CHECK_EQ(tables[0].elements, 3);
  CHECK_EQ(tables[0].maximum, 10);
  CHECK_EQ(tables[0].kind, WASM_FUNCREF);

  wembed_section_t sections[16];
  uint32_t count = wembed_module_sections(host.module, sections, 16);
  CHECK(count > 6 && count <= 16);
  uint64_t at = 8;
  for (uint32_t i = 0; i < count; ++i) {
    CHECK_EQ(sections[i].offset, at);
    CHECK(sections[i].name[0] != 0);
    at += sections[i].bytes;
  }
  CHECK_EQ(at, host.bytes.size);
  CHECK_EQ(wembed_module_sections(host.module, NULL, 0), count);
  host_close(&host);
}

static void check_lines(const char* text) {
  for (const char* line = text; *line != 0;) {
    const char* end = strchr(line, '\n');
    if (!CHECK(end != NULL && end - line <= 80)) break;
    line = end + 1;
  }
}

TEST(lines_are_short) {
  static const char* const modules[] = {"heap_base", "inspect_lies", "assemblyscript", "reset"};
  for (size_t i = 0; i < sizeof modules / sizeof *modules; ++i) {
    static char text[32768];
    Host host = host_try(modules[i], 65536, 4096);
    if (host.instance != NULL &&
        CHECK(wembed_inspect_text(host.instance, text, sizeof text, NULL))) {
      check_lines(text);
    }
    host_close(&host);
  }
}

TEST(as_text) {
  Host host = host_open("inspect_layout", 4096);
  if (!host.env) return host_close(&host);
  wasm_runtime_module_malloc(host.instance, 100, NULL);
  char text[8192], part[40];
  wembed_error_t error;
  uint32_t length = wembed_inspect_text(host.instance, text, sizeof text, &error);
  CHECK_EQ(length, strlen(text));
  CHECK(strstr(text, "memory 0: 3 pages of 64 KiB, at most 9\n") != NULL);
  CHECK(strstr(text, " static data, by __data_end (exported)\n") != NULL);
  CHECK(strstr(text, " host's heap\n") != NULL);
  CHECK(strstr(text, "      112 B    allocation\n") != NULL);
  check_lines(text);
  for (uint32_t room = 1; room <= length + 2; ++room) { /* cut anywhere, nothing behind */
    char* cut = malloc(room);
    CHECK_EQ(wembed_inspect_text(host.instance, cut, room, NULL), length);
    CHECK_EQ(strlen(cut), room <= length ? room - 1 : length);
    free(cut);
  }
  CHECK_EQ(wembed_inspect_text(host.instance, part, sizeof part, NULL), length);
  CHECK_EQ(strlen(part), sizeof part - 1);
  CHECK(strncmp(part, text, sizeof part - 1) == 0);
  host_close(&host);
}

TEST(wrong_arguments) {
  Host host = host_open("inspect_layout", 0);
  if (!host.env) return host_close(&host);
  wembed_error_t error;
  wembed_inspection_t info = {.size = 0};
  CHECK(!wembed_instance_inspect(host.instance, 0, &info, &error));
  CHECK(!wembed_instance_inspect(host.instance, 0, NULL, &error));
  info.size = sizeof info;
  CHECK(!wembed_instance_inspect(host.instance, 1, &info, NULL));
  CHECK(!wembed_instance_inspect(NULL, 0, &info, &error));
  CHECK_EQ(wembed_instance_regions(NULL, 0, NULL, 0, NULL), 0);
  CHECK_EQ(wembed_instance_regions(host.instance, 7, NULL, 9, &error), 0);
  CHECK_EQ(error.kind, WEMBED_ERROR_USAGE);
  CHECK_EQ(wembed_module_sections(NULL, NULL, 0), 0);
  /* A structure of an older header ends earlier. */
  info.memories = info.functions = 99;
  info.size = offsetof(wembed_inspection_t, imported);
  CHECK(wembed_instance_inspect(host.instance, 0, &info, NULL));
  CHECK_EQ(info.memories, 1);
  CHECK_EQ(info.functions, 99);
  host_close(&host);
}

static void* block_create(void* context, uint64_t minimum, uint64_t maximum, void** handle) {
  (void)maximum, (void)handle;
  return minimum <= 8 * 65536 ? context : NULL;
}
static void block_release(void* context, void* handle, void* base, uint64_t bytes) {
  (void)context, (void)handle, (void)base, (void)bytes;
}

/* The same map, and as many written pages as were written, wherever the memory is. */
TEST(on_every_backend) {
  static _Alignas(4096) uint8_t block[8 * 65536];
  wembed_memory_functions_t functions = {
      .size = sizeof functions, .create = block_create, .release = block_release, .context = block};
  for (uint32_t backend = WEMBED_BACKEND_MAPPED; backend <= WEMBED_BACKEND_FUNCTIONS; ++backend) {
    wembed_error_t error;
    wembed_config_t config = {.size = sizeof config,
                              .mem_alloc_type = Alloc_With_System_Allocator,
                              .memory_strategy = WEMBED_MEMORY_SMALL_POOL,
                              .pool_slots = 4};
    wembed_runtime_t runtime = wembed_runtime_new(&config, &error);
    Bytes bytes = host_read("inspect_layout");
    wembed_source_t source = {.size = sizeof source,
                              .ownership = WEMBED_BYTES_BORROW,
                              .bytes = bytes.data,
                              .length = bytes.size};
    wasm_module_t module = wembed_load(runtime, &source, &error);
    wembed_instantiate_options_t options = {.size = sizeof options,
                                            .heap_size = 65536,
                                            .backend = backend,
                                            .memory_functions = &functions,
                                            .memory_buffer = block,
                                            .memory_buffer_bytes = sizeof block};
    wasm_module_inst_t instance = wembed_instantiate(module, &options, &error);
    if (!CHECK(instance != NULL)) return;
    wasm_runtime_module_malloc(instance, 5000, NULL);
    Map map = map_of(instance, 3 * 65536);
    CHECK_EQ(count_of(&map, WEMBED_REGION_ALLOCATION), 1);
    CHECK_REGION(find(&map, WEMBED_REGION_STACK, 0), 1104, 66640);
    wembed_inspection_t info = numbers_of(instance);
    CHECK_EQ(info.backend, backend);
    CHECK_EQ(info.slots, 4);
    CHECK_EQ(info.slot < 4, backend == WEMBED_BACKEND_POOL);
    uint64_t before = info.resident;
    if (before != WEMBED_NOT_KNOWN && backend <= WEMBED_BACKEND_POOL) {
      uint8_t* base = wasm_runtime_addr_app_to_native(instance, 0);
      base[100000] = 1;
      base[110000] = 1;
      info = numbers_of(instance);
      if (backend == WEMBED_BACKEND_MAPPED || backend == WEMBED_BACKEND_POOL) {
        CHECK_EQ(info.resident, before + 2 * 4096);
        map = map_of(instance, 3 * 65536);
        CHECK_EQ(find(&map, WEMBED_REGION_GUEST_HEAP, 0)->resident, 2 * 4096);
      }
    }
    wasm_runtime_deinstantiate(instance);
    wasm_runtime_unload(module);
    wembed_runtime_delete(runtime);
    free(bytes.data);
  }
}

/* Every allocation refused in turn gives an error, or the whole answer. */
static int allowed = -1;
static void* stingy_malloc(unsigned int size) {
  if (allowed == 0) return NULL;
  if (allowed > 0) --allowed;
  return malloc(size);
}
static void* stingy_realloc(void* block, unsigned int size) {
  if (allowed == 0) return NULL;
  if (allowed > 0) --allowed;
  return realloc(block, size);
}

TEST(without_memory) {
  wembed_config_t config = {.size = sizeof config, .mem_alloc_type = Alloc_With_Allocator};
  config.mem_alloc_option.allocator.malloc_func = (void*)stingy_malloc;
  config.mem_alloc_option.allocator.realloc_func = (void*)stingy_realloc;
  config.mem_alloc_option.allocator.free_func = (void*)free;
  wembed_error_t error;
  wembed_runtime_t runtime = wembed_runtime_new(&config, &error);
  Bytes bytes = host_read("inspect_layout");
  wembed_source_t source = {.size = sizeof source,
                            .ownership = WEMBED_BYTES_BORROW,
                            .bytes = bytes.data,
                            .length = bytes.size};
  wasm_module_t module = wembed_load(runtime, &source, &error);
  wasm_module_inst_t instance = wembed_instantiate(module, NULL, &error);
  uint32_t whole = wembed_inspect_text(instance, NULL, 0, &error);
  CHECK(whole > 0);
  int failures = 0;
  for (int count = 0; count < 100; ++count) {
    allowed = count;
    uint32_t length = wembed_inspect_text(instance, NULL, 0, &error);
    uint32_t regions = wembed_instance_regions(instance, 0, NULL, 0, NULL);
    allowed = -1;
    if (length == whole && regions > 0) break;
    ++failures;
    if (length == 0) CHECK_TEXT(error.code, "OutOfMemory");
  }
  CHECK(failures > 0 && failures < 100);
  wasm_runtime_deinstantiate(instance);
  wasm_runtime_unload(module);
  wembed_runtime_delete(runtime);
  free(bytes.data);
}

int main(void) {
  RUN(a_program_by_a_compiler);
  RUN(what_the_host_allocates);
  RUN(a_program_without_names_is_guessed_at);
  RUN(lies_are_not_believed);
  RUN(not_while_it_runs);
  RUN(globals_tables_sections);
  RUN(lines_are_short);
  RUN(as_text);
  RUN(wrong_arguments);
  RUN(on_every_backend);
  RUN(without_memory);
  return host_result();
}
