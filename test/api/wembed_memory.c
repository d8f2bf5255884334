/* Where memories come from: strategies, pool, the caller's storage, reports, giving back. */
#include <errno.h>

#include "host.h"
#include "wembed.h"

static char log_line[1024];
static unsigned log_lines;
static void on_log(void* context, uint32_t level, const char* text) {
  CHECK(context == log_line && level <= 4);
  snprintf(log_line, sizeof log_line, "%s", text != NULL ? text : "");
  ++log_lines;
}

static wembed_config_t config_of(wembed_memory_strategy_t strategy, uint32_t slots) {
  wembed_config_t config = {.size = sizeof config,
                            .mem_alloc_type = Alloc_With_System_Allocator,
                            .log = on_log,
                            .log_context = log_line,
                            .memory_strategy = strategy,
                            .pool_slots = slots};
  log_lines = 0;
  return config;
}

/* A runtime with one module in it. */
typedef struct Place {
  wembed_runtime_t runtime;
  Bytes bytes;
  wasm_module_t module;
} Place;

static Place place_of(const wembed_config_t* config, const char* name) {
  wembed_error_t error;
  Place place = {wembed_runtime_new(config, &error), host_read(name), NULL};
  if (!CHECK(place.runtime != NULL)) fprintf(stderr, "%s\n", error.message);
  wembed_source_t source = {.size = sizeof source,
                            .ownership = WEMBED_BYTES_BORROW,
                            .bytes = place.bytes.data,
                            .length = place.bytes.size};
  place.module = wembed_load(place.runtime, &source, &error);
  CHECK(place.module != NULL);
  return place;
}

static void end_place(Place* place) {
  wasm_runtime_unload(place->module);
  wembed_runtime_delete(place->runtime);
  free(place->bytes.data);
}

static Host instance_of(const Place* place, wembed_instantiate_options_t options,
                        wembed_error_t* error) {
  options.size = sizeof options;
  Host host = {{NULL, 0}, NULL, wembed_instantiate(place->module, &options, error), NULL};
  if (host.instance != NULL) host.env = wasm_runtime_create_exec_env(host.instance, 8192);
  return host;
}

static void end_instance(Host* host) {
  wasm_runtime_destroy_exec_env(host->env);
  wasm_runtime_deinstantiate(host->instance);
}

static wembed_backend_t backend_of(const Host* host) {
  return wembed_memory_backend(wasm_runtime_get_default_memory(host->instance));
}

static wembed_memory_report_t report_of(const Place* place) {
  wembed_memory_report_t report = {.size = sizeof report};
  CHECK(wembed_memory_report(place->runtime, &report));
  return report;
}

TEST(pools_serve_and_report) {
  static const wembed_memory_strategy_t strategies[] = {WEMBED_MEMORY_POOL,
                                                        WEMBED_MEMORY_SMALL_POOL};
  for (int i = 0; i < 2; ++i) {
    wembed_config_t config = config_of(strategies[i], 4);
    config.pool_keep_resident = 65536;
    Place place = place_of(&config, "memory");
    CHECK_EQ(log_lines, 0); /* that a wish came true is nothing to warn of */
    for (int round = 0; round < 20; ++round) {
      wembed_error_t error;
      Host host = instance_of(&place, (wembed_instantiate_options_t){.heap_size = 4096}, &error);
      if (!CHECK(host.instance != NULL)) break;
      CHECK_EQ(backend_of(&host), WEMBED_BACKEND_POOL);
      CHECK_EQ(host_i32(&host, "load8", 16, 0), 'h');
      CHECK_EQ(host_i32(&host, "load8", 70000, 0), 0);
      CHECK_EQ(host_i32(&host, "grow", 3, 0), 3);
      CHECK_EQ(host_i32(&host, "load8", 6 * 65536 - 1, 0), 0);
      CHECK_TEXT(host_trap(&host, "load8", 6 * 65536), "Exception: out of bounds memory access");
      wasm_runtime_clear_exception(host.instance);
      wasm_memory_inst_t memory = wasm_runtime_get_default_memory(host.instance);
      memset(wasm_memory_get_base_address(memory), 0xEE, wembed_memory_size(memory));
      end_instance(&host);
    }
    wembed_memory_report_t report = report_of(&place);
    CHECK_EQ(report.taken, strategies[i]);
    CHECK_EQ(report.wish, strategies[i]);
    CHECK_EQ(report.wish_source, 2);
    CHECK_EQ(report.steps[i].outcome, WEMBED_STEP_TAKEN);
    CHECK_EQ(report.guarded, i == 0);
    CHECK_EQ(report.slots, 4);
    CHECK_EQ(report.keep_resident, 65536);
    CHECK(report.hits >= 20 && report.misses == 0 && report.live == 0 && report.peak == 1);
    CHECK(report.processors >= 1 && report.reserved_bytes >= 4 * report.slot_bytes);
    char text[300];
    uint32_t length = wembed_memory_report_text(place.runtime, text, sizeof text);
    CHECK_EQ(length, strlen(text));
    CHECK_PREFIX(text, i == 0 ? "memory: pool, 4 slots" : "memory: small-pool, 4 slots");
    CHECK(wembed_memory_trim(place.runtime) <= 4 * 1024 * 1024);
    CHECK_EQ(wembed_memory_trim(place.runtime), 0);
    end_place(&place);
  }
}

/* One slot, and a guest that leaves it half-way: the next one sees nothing of that. */
TEST(a_failed_instantiation_leaves_nothing_behind) {
  static const wembed_memory_strategy_t strategies[] = {
      WEMBED_MEMORY_POOL, WEMBED_MEMORY_SMALL_POOL, WEMBED_MEMORY_ON_DEMAND};
  for (int i = 0; i < 3; ++i) {
    wembed_config_t config = config_of(strategies[i], i < 2 ? 1 : 0);
    config.pool_strict = i < 2;
    Place place = place_of(&config, "memory");
    Bytes bytes = host_read("dirty_start");
    wembed_source_t source = {.size = sizeof source, .bytes = bytes.data, .length = bytes.size};
    wembed_error_t error;
    wasm_module_t dirty = wembed_load(place.runtime, &source, &error);
    for (int round = 0; dirty != NULL && round < 5; ++round) {
      CHECK(wembed_instantiate(dirty, NULL, &error) == NULL);
      CHECK_EQ(error.kind, WEMBED_ERROR_TRAP);
      Host host = instance_of(&place, (wembed_instantiate_options_t){0}, &error);
      if (!CHECK(host.instance != NULL)) break;
      CHECK_EQ(host_i32(&host, "grow", 8, 0), 2);
      wasm_memory_inst_t memory = wasm_runtime_get_default_memory(host.instance);
      const uint8_t* base = wasm_memory_get_base_address(memory);
      uint64_t sum = 0;
      for (uint64_t at = 0; at < wembed_memory_size(memory); ++at) sum += base[at];
      CHECK_EQ(sum, 'h' + 'e' + 'l' + 'l' + 'o' + 'w' + 'o' + 'r' + 'l' + 'd');
      end_instance(&host);
    }
    if (dirty != NULL) wasm_runtime_unload(dirty);
    free(bytes.data);
    end_place(&place);
  }
}

TEST(a_full_pool_steps_down_or_is_an_error) {
  for (int strict = 0; strict < 2; ++strict) {
    wembed_config_t config = config_of(WEMBED_MEMORY_SMALL_POOL, 1);
    config.pool_strict = strict;
    config.pool_slot_bytes = 262144;
    Place place = place_of(&config, "memory");
    wembed_error_t error;
    wembed_instantiate_options_t plain = {0};
    Host first = instance_of(&place, plain, &error);
    CHECK_EQ(backend_of(&first), WEMBED_BACKEND_POOL);
    Host second = instance_of(&place, plain, &error);
    if (strict) {
      CHECK(second.instance == NULL);
      CHECK_EQ(error.kind, WEMBED_ERROR_RESOURCE);
      CHECK_TEXT(error.code, "PoolFull");
      CHECK_TEXT(error.message, "the memory pool is full: all of its 1 slots are in use");
    } else if (CHECK(second.instance != NULL)) {
      CHECK(backend_of(&second) != WEMBED_BACKEND_POOL);
      CHECK_EQ(host_i32(&second, "load8", 16, 0), 'h');
      end_instance(&second);
    }
    /* Asked for by name, the pool is no wish but a condition. */
    wembed_instantiate_options_t pooled = {.backend = WEMBED_BACKEND_POOL};
    CHECK(instance_of(&place, pooled, &error).instance == NULL);
    CHECK_TEXT(error.code, "PoolFull");
    pooled.heap_size = 10 * 65536;
    CHECK(instance_of(&place, pooled, &error).instance == NULL);
    CHECK_TEXT(error.code, "MemoryNeverFits");
    CHECK_EQ(report_of(&place).misses, strict ? 0 : 1);
    CHECK_EQ(report_of(&place).never_fitted, 1);
    end_instance(&first);
    end_place(&place);
  }
}

TEST(the_environment_and_impossible_wishes) {
  setenv("WEMBED_MEMORY", "small-pool", 1);
  wembed_config_t config = config_of(WEMBED_MEMORY_DEFAULT, 2);
  Place place = place_of(&config, "memory");
  CHECK_EQ(report_of(&place).wish_source, 1);
  CHECK_EQ(report_of(&place).taken, WEMBED_MEMORY_SMALL_POOL);
  CHECK_EQ(log_lines, 0);
  end_place(&place);
  config = config_of(WEMBED_MEMORY_LADDER, 2);
  config.signals_off = true; /* no pool that faults: a step down, which is a warning */
  place = place_of(&config, "memory");
  CHECK_EQ(log_lines, 1);
  CHECK_PREFIX(log_line, "memory: small-pool, 2 slots");
  end_place(&place);
  config = config_of(WEMBED_MEMORY_ON_DEMAND, 0);
  place = place_of(&config, "memory");
  CHECK_EQ(report_of(&place).taken, WEMBED_MEMORY_ON_DEMAND);
  end_place(&place);

  setenv("WEMBED_MEMORY", "large", 1);
  wembed_error_t error;
  config = config_of(WEMBED_MEMORY_DEFAULT, 0);
  CHECK(wembed_runtime_new(&config, &error) == NULL);
  CHECK_PREFIX(error.message, "WEMBED_MEMORY is large: not one of");
  unsetenv("WEMBED_MEMORY");
  config = config_of(WEMBED_MEMORY_POOL, 0);
  config.signals_off = true;
  CHECK(wembed_runtime_new(&config, &error) == NULL);
  CHECK_EQ(error.kind, WEMBED_ERROR_RESOURCE);
  CHECK_TEXT(error.message,
             "memory strategy pool is impossible: signals are off, faults cannot "
             "become traps");

  /* Nothing asked for: nothing said, nothing reserved. */
  config = config_of(WEMBED_MEMORY_DEFAULT, 0);
  place = place_of(&config, "memory");
  CHECK_EQ(log_lines, 0);
  CHECK_EQ(report_of(&place).wish_source, 0);
  CHECK_EQ(report_of(&place).slots, 0);
  end_place(&place);
}

TEST(a_callers_buffer_holds_the_memory) {
  static _Alignas(16) uint8_t buffer[4 * 65536 + 100];
  wembed_config_t config = config_of(WEMBED_MEMORY_DEFAULT, 0);
  Place place = place_of(&config, "memory");
  wembed_error_t error;
  wembed_instantiate_options_t options = {.backend = WEMBED_BACKEND_BUFFER,
                                          .memory_buffer = buffer,
                                          .memory_buffer_bytes = sizeof buffer};
  for (int round = 0; round < 2; ++round) {
    memset(buffer, 0xAA, sizeof buffer);
    Host host = instance_of(&place, options, &error);
    if (!CHECK(host.instance != NULL)) break;
    CHECK_EQ(backend_of(&host), WEMBED_BACKEND_BUFFER);
    wasm_memory_inst_t memory = wasm_runtime_get_default_memory(host.instance);
    CHECK(wasm_memory_get_base_address(memory) == buffer);
    CHECK_TEXT((char*)buffer + 16, "hello");
    CHECK_EQ(host_i32(&host, "load8", 2 * 65536 - 1, 0), 0);
    CHECK_TEXT(host_trap(&host, "load8", 2 * 65536), "Exception: out of bounds memory access");
    wasm_runtime_clear_exception(host.instance);
    CHECK_EQ(host_i32(&host, "grow", 2, 0), 2);
    CHECK_EQ(host_i32(&host, "load8", 4 * 65536 - 1, 0), 0);
    CHECK_EQ(host_i32(&host, "grow", 1, 0), 0xFFFFFFFF);
    buffer[100] = 7;
    CHECK_EQ(host_i32(&host, "load8", 100, 0), 7);
    CHECK_EQ(buffer[4 * 65536], 0xAA);
    end_instance(&host);
    CHECK_EQ(buffer[100], 7); /* the caller's own */
  }
  options.memory_buffer_bytes = 65536;
  CHECK(instance_of(&place, options, &error).instance == NULL);
  CHECK_TEXT(error.code, "MemoryNeverFits");
  CHECK_TEXT(error.message,
             "the memory can never fit: it needs 131072 bytes, the buffer has 65536");
  options.memory_buffer = buffer + 1;
  CHECK(instance_of(&place, options, &error).instance == NULL);
  CHECK_EQ(error.kind, WEMBED_ERROR_USAGE);
  options.memory_buffer = NULL;
  CHECK(instance_of(&place, options, &error).instance == NULL);
  CHECK_EQ(error.kind, WEMBED_ERROR_USAGE);
  end_place(&place);
}

/* An embedder's storage: every growth moves, so that nobody keeps the old place. */
typedef struct Storage {
  unsigned created, grown, released;
  bool refuse;
} Storage;

static void* storage_create(void* context, uint64_t minimum, uint64_t maximum, void** handle) {
  Storage* storage = context;
  if (storage->refuse) return NULL;
  CHECK(minimum <= maximum);
  ++storage->created;
  *handle = &storage->created;
  void* block = malloc(minimum);
  memset(block, 0x55, minimum);
  return block;
}
static void* storage_grow(void* context, void* handle, void* base, uint64_t old_bytes,
                          uint64_t bytes) {
  Storage* storage = context;
  CHECK(handle == &storage->created);
  if (storage->refuse) return NULL;
  ++storage->grown;
  void* block = malloc(bytes);
  memset(block, 0x55, bytes);
  memcpy(block, base, old_bytes);
  memset(base, 0xDD, old_bytes);
  free(base);
  return block;
}
static void storage_release(void* context, void* handle, void* base, uint64_t bytes) {
  Storage* storage = context;
  CHECK(handle == &storage->created && bytes >= 2 * 65536);
  ++storage->released;
  free(base);
}

TEST(the_embedders_functions_hold_the_memory) {
  wembed_config_t config = config_of(WEMBED_MEMORY_DEFAULT, 0);
  Place place = place_of(&config, "memory");
  Storage storage = {0};
  wembed_memory_functions_t functions = {.size = sizeof functions,
                                         .create = storage_create,
                                         .grow = storage_grow,
                                         .release = storage_release,
                                         .context = &storage};
  wembed_instantiate_options_t options = {.backend = WEMBED_BACKEND_FUNCTIONS,
                                          .memory_functions = &functions};
  wembed_error_t error;
  Host host = instance_of(&place, options, &error);
  if (CHECK(host.instance != NULL)) {
    CHECK_EQ(backend_of(&host), WEMBED_BACKEND_FUNCTIONS);
    CHECK(!wembed_memory_pin(wasm_runtime_get_default_memory(host.instance)));
    CHECK_EQ(host_i32(&host, "load8", 16, 0), 'h');
    CHECK_EQ(host_i32(&host, "load8", 2 * 65536 - 1, 0), 0);
    CHECK_EQ(host_i32(&host, "grow", 2, 0), 2);
    CHECK_EQ(host_i32(&host, "load8", 16, 0), 'h');
    CHECK_EQ(host_i32(&host, "load8", 4 * 65536 - 1, 0), 0);
    storage.refuse = true;
    CHECK_EQ(host_i32(&host, "grow", 2, 0), 0xFFFFFFFF);
    CHECK_EQ(host_i32(&host, "load8", 16, 0), 'h');
    CHECK(storage.created == 1 && storage.grown == 1 && storage.released == 0);
    end_instance(&host);
    CHECK_EQ(storage.released, 1);
  }
  CHECK(instance_of(&place, options, &error).instance == NULL);
  CHECK_TEXT(error.code, "LinearMemory");
  storage.refuse = false;
  functions.grow = NULL;
  host = instance_of(&place, options, &error);
  if (CHECK(host.instance != NULL)) {
    CHECK_EQ(host_i32(&host, "grow", 1, 0), 0xFFFFFFFF);
    end_instance(&host);
  }
  functions.create = NULL;
  CHECK(instance_of(&place, options, &error).instance == NULL);
  CHECK_EQ(error.kind, WEMBED_ERROR_USAGE);
  functions.size = 4;
  CHECK(instance_of(&place, options, &error).instance == NULL);
  CHECK_EQ(storage.created, storage.released);
  end_place(&place);
}

TEST(a_runtimes_functions_hold_all_memories) {
  Storage storage = {0};
  wembed_memory_functions_t functions = {.size = sizeof functions,
                                         .create = storage_create,
                                         .grow = storage_grow,
                                         .release = storage_release,
                                         .context = &storage};
  wembed_config_t config = config_of(WEMBED_MEMORY_DEFAULT, 0);
  config.backend = WEMBED_BACKEND_FUNCTIONS;
  config.memory_functions = &functions;
  Place place = place_of(&config, "memory");
  functions = (wembed_memory_functions_t){0}; /* was copied */
  wembed_error_t error;
  /* Asked for by name or left to the runtime: the same functions. */
  wembed_instantiate_options_t choices[] = {{0}, {.backend = WEMBED_BACKEND_FUNCTIONS}};
  for (unsigned i = 0; i < 2; ++i) {
    Host host = instance_of(&place, choices[i], &error);
    if (!CHECK(host.instance != NULL)) continue;
    CHECK_EQ(backend_of(&host), WEMBED_BACKEND_FUNCTIONS);
    CHECK_EQ(host_i32(&host, "grow", 2, 0), 2);
    CHECK_EQ(host_i32(&host, "load8", 16, 0), 'h');
    CHECK_EQ(storage.created, i + 1);
    end_instance(&host);
    CHECK_EQ(storage.released, i + 1);
  }
  Host host =
      instance_of(&place, (wembed_instantiate_options_t){.backend = WEMBED_BACKEND_HEAP}, &error);
  CHECK_EQ(backend_of(&host), WEMBED_BACKEND_HEAP);
  end_instance(&host);
  CHECK_EQ(storage.created, 2);
  end_place(&place);

  config.memory_functions = NULL;
  CHECK(wembed_runtime_new(&config, &error) == NULL);
  CHECK_EQ(error.kind, WEMBED_ERROR_USAGE);
  config.backend = WEMBED_BACKEND_AUTOMATIC;
  place = place_of(&config, "memory");
  CHECK(instance_of(&place, choices[1], &error).instance == NULL);
  CHECK_EQ(error.kind, WEMBED_ERROR_USAGE);
  end_place(&place);
}

/* Growth by two pages, twice, while the storage of before each is pinned. */
static void grow_pinned(Host* host) {
  wasm_memory_inst_t memory = wasm_runtime_get_default_memory(host->instance);
  uint8_t* former[2];
  for (int i = 0; i < 2; ++i) {
    CHECK(wembed_memory_pin(memory) && wembed_memory_pin(memory));
    former[i] = wasm_memory_get_base_address(memory);
    former[i][100] = (uint8_t)(i + 1);
    CHECK_EQ(host_i32(host, "grow", 2, 0), 2 + 2 * (uint32_t)i);
  }
  uint8_t* base = wasm_memory_get_base_address(memory);
  CHECK_EQ(base[100], 2);
  for (int i = 0; i < 2; ++i) {
    bool moved = former[i] != base;
    CHECK_EQ(former[i][100], moved ? i + 1 : 2);
    CHECK_EQ(former[i][16], 'h');
    former[i][(i + 2) * 65536 - 1] = 9;
    CHECK_EQ(base[(i + 2) * 65536 - 1], moved ? 0 : 9);
  }
}

TEST(pinned_storage_stays) {
  static const struct {
    wembed_backend_t backend;
    wembed_memory_strategy_t strategy;
  } rows[] = {{WEMBED_BACKEND_MAPPED, WEMBED_MEMORY_ON_DEMAND},
              {WEMBED_BACKEND_HEAP, WEMBED_MEMORY_ON_DEMAND},
              {WEMBED_BACKEND_POOL, WEMBED_MEMORY_POOL},
              {WEMBED_BACKEND_AUTOMATIC, WEMBED_MEMORY_SMALL_POOL}};
  for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
    wembed_config_t config = config_of(rows[i].strategy, i < 2 ? 0 : 1);
    /* It goes on outside of its slot from the first growth on. */
    if (i == 3) config.pool_slot_bytes = 3 * 65536;
    Place place = place_of(&config, "memory");
    wembed_error_t error;
    for (int ending = 0; ending < 3; ++ending) {
      Host host =
          instance_of(&place, (wembed_instantiate_options_t){.backend = rows[i].backend}, &error);
      if (!CHECK(host.instance != NULL)) break;
      wasm_memory_inst_t memory = wasm_runtime_get_default_memory(host.instance);
      grow_pinned(&host);
      if (ending == 0) wembed_memory_unpin(memory);
      if (ending == 1) CHECK(wembed_instance_reset(host.instance, NULL, &error));
      if (ending < 2) wembed_memory_unpin(memory);
      CHECK_EQ(host_i32(&host, "load8", 16, 0), 'h');
      CHECK_EQ(host_i32(&host, "load8", 100, 0), ending == 1 ? 0 : 2);
      end_instance(&host);
    }
    end_place(&place);
  }
  CHECK(!wembed_memory_pin(NULL));
  wembed_memory_unpin(NULL);
}

TEST(older_structures_are_understood) {
  wembed_config_t config = config_of(WEMBED_MEMORY_POOL, 4);
  config.size = offsetof(wembed_config_t, memory_strategy); /* what follows is not looked at */
  wembed_error_t error;
  wembed_runtime_t runtime = wembed_runtime_new(&config, &error);
  wembed_memory_report_t report = {.size = sizeof report};
  CHECK(wembed_memory_report(runtime, &report));
  CHECK_EQ(report.taken, WEMBED_MEMORY_ON_DEMAND);
  struct {
    wembed_memory_report_t report;
    uint32_t behind;
  } small = {.report = {.size = 16}, .behind = 77};
  small.report.steps[0].outcome = 99;
  CHECK(wembed_memory_report(runtime, &small.report));
  CHECK_EQ(small.report.size, 16);
  CHECK_EQ(small.report.steps[0].outcome, 99);
  CHECK(!wembed_memory_report(runtime, NULL));
  CHECK_EQ(wembed_memory_report_text(runtime, NULL, 0), strlen("memory: on-demand"));
  wembed_runtime_delete(runtime);
  config.size = 8;
  CHECK(wembed_runtime_new(&config, &error) == NULL);
  config = config_of((wembed_memory_strategy_t)5, 0);
  CHECK(wembed_runtime_new(&config, &error) == NULL);
  config = config_of(WEMBED_MEMORY_DEFAULT, 0);
  config.backend = WEMBED_BACKEND_BUFFER;
  CHECK(wembed_runtime_new(&config, &error) == NULL);
}

TEST(what_is_left_zero_is_the_default) {
  wembed_config_t config = {.size = sizeof config};
  wembed_error_t error;
  wembed_runtime_t runtime = wembed_runtime_new(&config, &error);
  mem_alloc_info_t info;
  CHECK(runtime != NULL && !wembed_pool_info(runtime, &info));
  wembed_runtime_delete(runtime);
  config.mem_alloc_option.pool.heap_size = 65536; /* a pool, and no good one */
  CHECK(wembed_runtime_new(&config, &error) == NULL);
  config = (wembed_config_t){.size = sizeof config, .no_system_memory = true};
  CHECK(wembed_runtime_new(&config, &error) == NULL);
  CHECK_PREFIX(error.message, "no_system_memory, but the system's allocator");
}

/* WAMR's wish of the same name is for the guest's part, and never refused: see instantiate.c. */
TEST(a_limit_of_pages_includes_the_heap) {
  static const struct {
    uint32_t limit, heap, pages, most;
    const char* text;
  } cases[] = {
      {0, 0, 2, 8, NULL},
      {0, 65536, 3, 9, NULL},
      {4, 65536, 3, 4, NULL},
      {3, 65536, 3, 3, NULL},
      {20, 65536, 3, 9, NULL},
      {1, 0, 0, 0, "the memory begins with 2 pages, its limit is 1"},
      {2, 100, 0, 0, "the memory begins with 3 pages, 1 of them for the heap, its limit is 2"},
  };
  wembed_config_t config = config_of(WEMBED_MEMORY_ON_DEMAND, 0);
  Place place = place_of(&config, "memory_limits");
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    wembed_instantiate_options_t options = {.heap_size = cases[i].heap,
                                            .max_memory_pages = cases[i].limit};
    wembed_error_t error;
    Host host = instance_of(&place, options, &error);
    CHECK_EQ(host.instance == NULL, cases[i].text != NULL);
    if (host.instance == NULL) {
      CHECK_EQ(error.kind, WEMBED_ERROR_RESOURCE);
      CHECK_TEXT(error.code, "MemoryOverLimit");
      CHECK_TEXT(error.message, cases[i].text);
      continue;
    }
    wasm_memory_inst_t memory = wasm_runtime_get_default_memory(host.instance);
    CHECK_EQ(wasm_memory_get_cur_page_count(memory), cases[i].pages);
    CHECK_EQ(wasm_memory_get_max_page_count(memory), cases[i].most);
    CHECK_EQ(host_i32(&host, "grow", cases[i].most - cases[i].pages, 0), cases[i].pages);
    CHECK_EQ(host_i32(&host, "grow", 1, 0), 0xFFFFFFFF);
    end_instance(&host);
  }
  end_place(&place);
}

int main(void) {
  RUN(pools_serve_and_report);
  RUN(a_failed_instantiation_leaves_nothing_behind);
  RUN(a_full_pool_steps_down_or_is_an_error);
  RUN(the_environment_and_impossible_wishes);
  RUN(a_callers_buffer_holds_the_memory);
  RUN(the_embedders_functions_hold_the_memory);
  RUN(a_runtimes_functions_hold_all_memories);
  RUN(pinned_storage_stays);
  RUN(older_structures_are_understood);
  RUN(what_is_left_zero_is_the_default);
  RUN(a_limit_of_pages_includes_the_heap);
  return host_result();
}
