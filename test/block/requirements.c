/*
 * What wembed_module_requirements says is enough, and 16 bytes less are not: for all test modules,
 * for generated ones, and for several ways to use them.
 */
#include "programs.h"

static uint8_t* block; /* aligned to 16 */
#define BLOCK_BYTES (128u << 20)

typedef struct Use {
  uint32_t ownership;
  uint32_t instances;
  uint32_t exec_envs;
  uint32_t heap_size;
  uint32_t stack_size;
  bool metered;
  bool singleton;
  bool reflection;
  bool supply; /* what is imported; only with limits, since all start functions run then */
} Use;

static void ignore_line(void* context, uint32_t level, const char* text) {
  (void)context;
  (void)level;
  (void)text;
}

static wembed_config_t config_of(const Use* use, uint32_t bytes) {
  wembed_config_t config = {.size = sizeof config, .no_system_memory = true};
  config.deadlines_off = true;
  config.log = ignore_line;
  config.translate_early = WEMBED_TRANSLATE_PLAIN;
  if (use->metered) config.translate_early |= WEMBED_TRANSLATE_METERED;
  config.mem_alloc_type = Alloc_With_Pool;
  config.mem_alloc_option.pool.heap_buf = block;
  config.mem_alloc_option.pool.heap_size = bytes;
  return config;
}

static wembed_instantiate_options_t options_of(const Use* use) {
  wembed_instantiate_options_t options = {.size = sizeof options};
  options.heap_size = use->heap_size;
  options.stack_size = use->stack_size;
  options.gc_heap_size = 256 * 1024;
  if (use->metered) options.fuel = 10000;
  return options;
}

static bool measure(const Bytes* bytes, const Use* use, wembed_requirements_t* needs,
                    wembed_error_t* error) {
  wembed_config_t config = config_of(use, 0);
  wembed_instantiate_options_t instantiate = options_of(use);
  wembed_requirements_options_t options = {.size = sizeof options,
                                           .config = &config,
                                           .instantiate = &instantiate,
                                           .ownership = use->ownership,
                                           .instances = use->instances,
                                           .exec_envs = use->exec_envs,
                                           .metered = use->metered,
                                           .singleton = use->singleton,
                                           .reflection = use->reflection,
                                           .supply_imports = use->supply,
                                           .name = "module",
                                           .prepare = register_host};
  *needs = (wembed_requirements_t){.size = sizeof *needs};
  return wembed_module_requirements(bytes->data, bytes->size, &options, needs, error);
}

/* ---- The work itself, as a host does it */

enum { kMost = 8, kMostImports = 128 };
typedef struct Work {
  wasm_module_t module;
  wasm_module_inst_t instances[kMost];
  wasm_exec_env_t envs[kMost][kMost];
} Work;

static bool does_nothing(wasm_exec_env_t env, void* data, uint64_t* slots) {
  (void)env, (void)data, (void)slots;
  return true;
}

/* As a host does for a module whose imports it does not have. */
static void supply(wasm_module_t module, wembed_instantiate_options_t* options) {
  static wembed_import_t imports[kMostImports];
  uint32_t count = wembed_module_import_count(module);
  for (uint32_t i = 0; i < count && i < kMostImports; ++i) {
    wembed_extern_type_t type;
    CHECK(wembed_module_import(module, i, &type));
    bool is_function = type.kind == WEMBED_EXTERN_FUNC;
    imports[i] =
        (wembed_import_t){.source = is_function ? WEMBED_IMPORT_CALLBACK : WEMBED_IMPORT_FRESH,
                          .callback = does_nothing};
  }
  if (count == 0 || count > kMostImports) return;
  options->imports = imports;
  options->import_count = count;
}

static bool set_up(Work* work, wembed_runtime_t runtime, const Bytes* bytes, const Use* use,
                   wembed_error_t* error) {
  wembed_source_t source = {.size = sizeof source, .ownership = use->ownership};
  source.bytes = bytes->data;
  source.length = bytes->size;
  source.name = "module";
  work->module = wembed_load(runtime, &source, error);
  if (work->module == NULL) return false;
  if (use->reflection && wasm_runtime_get_export_count(work->module) > 0) {
    wasm_export_t export;
    wasm_runtime_get_export_type(work->module, 0, &export);
    if (export.name == NULL) return false;
  }
  wembed_instantiate_options_t options = options_of(use);
  if (use->supply) supply(work->module, &options);
  for (uint32_t i = 0; i < use->instances; ++i) {
    work->instances[i] = wembed_instantiate(work->module, &options, error);
    if (work->instances[i] == NULL) return false;
    if (use->singleton && wasm_runtime_get_exec_env_singleton(work->instances[i]) == NULL) {
      return false;
    }
    for (uint32_t k = 0; k < use->exec_envs; ++k) {
      uint32_t stack = use->stack_size == 0 ? 16 * 1024 : use->stack_size;
      work->envs[i][k] = wasm_runtime_create_exec_env(work->instances[i], stack);
      if (work->envs[i][k] == NULL) return false;
    }
  }
  return true;
}

/* No call may end for want of memory; traps of other kinds are the guest's affair. */
static bool call_everything(const Work* work, const Use* use, uint32_t start) {
  bool good = true;
  uint32_t count = wembed_module_export_count(work->module);
  for (uint32_t i = 0; i < use->instances * use->exec_envs; ++i) {
    wasm_module_inst_t instance = work->instances[i / use->exec_envs];
    for (uint32_t k = 0; k < count; ++k) {
      wasm_function_inst_t function = wembed_instance_function(instance, (start + k) % count);
      uint64_t slots[64] = {0};
      wembed_call_options_t limits = {.size = sizeof limits, .fuel = use->metered ? 2000 : -1};
      if (function == NULL) continue;
      if (wembed_call(work->envs[i / use->exec_envs][i % use->exec_envs], function, slots,
                      &limits)) {
        continue;
      }
      wembed_error_t error;
      good &= wembed_get_error(instance, &error) && strcmp(error.code, "OutOfMemory") != 0;
      wasm_runtime_clear_exception(instance);
    }
  }
  return good;
}

static void take_down(Work* work) {
  for (int i = 0; i < kMost; ++i) {
    for (int k = 0; k < kMost; ++k) wasm_runtime_destroy_exec_env(work->envs[i][k]);
    if (work->instances[i] != NULL) wasm_runtime_deinstantiate(work->instances[i]);
  }
  wasm_runtime_unload(work->module);
}

static bool fits(const Bytes* bytes, const Use* use, uint64_t size, bool call) {
  wembed_config_t config = config_of(use, (uint32_t)size);
  wembed_error_t error;
  wembed_runtime_t runtime = wembed_runtime_new(&config, &error);
  if (runtime == NULL) return false;
  mem_alloc_info_t before;
  CHECK(wembed_pool_info(runtime, &before));
  Work work = {0};
  bool good = register_host(NULL, runtime);
  if (good) CHECK(wembed_pool_info(runtime, &before));
  good = good && set_up(&work, runtime, bytes, use, &error);
  for (uint32_t start = 0; good && call && start < 3; ++start) {
    CHECK(call_everything(&work, use, start * 7));
  }
  take_down(&work);
  CHECK(is_whole(runtime, &before));
  wembed_runtime_delete(runtime);
  return good;
}

static bool has_exports(const Bytes* bytes) {
  wembed_source_t source = {.size = sizeof source, .ownership = WEMBED_BYTES_BORROW};
  source.bytes = bytes->data;
  source.length = bytes->size;
  wasm_module_t module = wembed_load(NULL, &source, NULL);
  bool has = module != NULL && wembed_module_export_count(module) > 0;
  wasm_runtime_unload(module);
  return has;
}

/* False: the module cannot be measured, or does not get through its start functions. */
static bool exact(const char* name, const Bytes* bytes, const Use* wanted, bool call) {
  Use own = *wanted;
  const Use* use = &own;
  own.reflection = own.reflection && has_exports(bytes); /* as a host would ask */
  wembed_requirements_t needs;
  wembed_error_t error;
  if (!measure(bytes, use, &needs, &error)) {
    CHECK(error.message[0] != 0);
    return false;
  }
  if (!fits(bytes, use, BLOCK_BYTES, false)) return false;
  bool good = CHECK(needs.block_bytes % 16 == 0);
  good &= CHECK(fits(bytes, use, needs.block_bytes, call && needs.object_bytes == 0));
  if (needs.object_bytes != 0) {
    good &= CHECK(needs.object_bytes == 256 * 1024);
    /* And exceptions, see throws(). */
    uint64_t besides = use->instances * (needs.object_bytes + 64 * 1024);
    good &= CHECK(fits(bytes, use, needs.block_bytes + besides, call));
  }
  good &= CHECK(!fits(bytes, use, needs.block_bytes - 16, false));
  uint64_t sum = needs.allocator_bytes + needs.runtime_bytes + needs.module_bytes +
                 needs.code_bytes +
                 use->instances * (needs.instance_bytes + use->exec_envs * needs.exec_env_bytes) +
                 needs.transient_bytes;
  good &= CHECK(sum >= needs.block_bytes && needs.memory_bytes <= needs.instance_bytes);
  good &= CHECK(use->ownership != WEMBED_BYTES_COPY || needs.module_bytes > bytes->size);
  if (!good) {
    fprintf(stderr, "  that was %s: %llu bytes, of them %llu runtime, %llu module, %llu code\n",
            name, (unsigned long long)needs.block_bytes, (unsigned long long)needs.runtime_bytes,
            (unsigned long long)needs.module_bytes, (unsigned long long)needs.code_bytes);
  }
  return true;
}

static const Use kUses[] = {
    {WEMBED_BYTES_BORROW, 1, 1, 0, 0, false, false, false, false},
    {WEMBED_BYTES_COPY, 1, 1, 4096, 0, false, true, true, false},
    {WEMBED_BYTES_BORROW, 3, 2, 8192, 4096, true, false, false, false},
    {WEMBED_BYTES_COPY, 5, 1, 0, 100000, true, true, true, true},
    {WEMBED_BYTES_TAKE, 2, 3, 100, 100, true, true, false, true},
};

/* Whether calls of the module make exceptions, which are not counted: see the header. */
static bool throws(const char* name) {
  static const char* const names[] = {"deferred_mixed", "exceptions", "externrefs", "throwing"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i) {
    if (strcmp(name, names[i]) == 0) return true;
  }
  return false;
}

TEST(the_test_modules) {
  unsigned measured = 0;
  for (unsigned i = 0; i < program_count; ++i) {
    for (unsigned u = 0; u < sizeof kUses / sizeof kUses[0]; ++u) {
      /* An endless loop needs its limit. */
      bool call = kUses[u].metered && !throws(programs[i].name);
      measured += exact(programs[i].name, &programs[i].bytes, &kUses[u], call);
    }
  }
  CHECK(measured > 2 * program_count); /* others lack imports, or trap at their start */
}

/* ---- Generated modules */

static uint8_t made[1 << 20];
static uint32_t made_size;
static uint32_t random_state;

static uint32_t random_number(uint32_t below) {
  random_state = random_state * 1664525u + 1013904223u;
  return (random_state >> 8) % below;
}
static void put(uint8_t byte) { made[made_size++] = byte; }
static void put_number(uint32_t value) {
  for (; value >= 0x80; value >>= 7) put((uint8_t)(value | 0x80));
  put((uint8_t)value);
}
/* A length of five bytes whose value comes later. */
static uint32_t open_length(void) {
  made_size += 5;
  return made_size;
}
static void close_length(uint32_t start) {
  uint32_t value = made_size - start;
  for (int i = 0; i < 5; ++i) {
    made[start - 5 + (uint32_t)i] = (uint8_t)((value >> (7 * i) & 0x7f) | (i < 4 ? 0x80 : 0));
  }
}
static uint32_t open_section(uint8_t id) {
  put(id);
  return open_length();
}

/* (func (param i32) (result i32)): arithmetic, blocks and calls of functions before it. */
static void put_body(uint32_t index) {
  uint32_t body = open_length();
  put_number(1);
  put_number(random_number(20) + 1);
  put(0x7f);
  put(0x20), put(0); /* local.get 0 */
  uint32_t count = random_number(10) == 0 ? random_number(3000) : random_number(60);
  for (uint32_t i = 0; i < count; ++i) {
    uint32_t what = random_number(8);
    if (what == 0 && index > 0) {
      put(0x10), put_number(random_number(index)); /* call */
    } else if (what == 1) {
      put(0x02), put(0x40), put(0x0b); /* block end */
    } else {
      put(0x20), put_number(random_number(2));
      put((uint8_t)(0x6a + random_number(3))); /* add, sub, mul */
    }
  }
  put(0x0b);
  close_length(body);
}

static void put_functions(uint32_t count) {
  uint32_t section = open_section(3);
  put_number(count);
  for (uint32_t i = 0; i < count; ++i) put_number(0);
  close_length(section);
}

static void put_exports(uint32_t count) {
  uint32_t section = open_section(7);
  put_number(count);
  for (uint32_t i = 0; i < count; ++i) {
    put(3), put('f'), put((uint8_t)('a' + i / 26 % 26)), put((uint8_t)('a' + i % 26));
    put(0), put_number(i);
  }
  close_length(section);
}

static Bytes generate(uint32_t seed) {
  static const uint8_t kHead[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f};
  random_state = seed * 77 + 1;
  made_size = 0;
  for (unsigned i = 0; i < sizeof kHead; ++i) put(kHead[i]);
  uint32_t functions = 1 + random_number(seed % 4 == 0 ? 200 : 12);
  put_functions(functions);
  uint32_t section = open_section(4); /* table */
  put(1), put(0x70), put(0), put_number(random_number(50));
  close_length(section);
  section = open_section(5); /* memory */
  put(1), put(0), put_number(1 + random_number(3));
  close_length(section);
  put_exports(functions);
  section = open_section(10);
  put_number(functions);
  for (uint32_t i = 0; i < functions; ++i) put_body(i);
  close_length(section);
  section = open_section(11);
  uint32_t data = random_number(2000);
  put(1), put(0), put(0x41), put(8), put(0x0b), put_number(data);
  for (uint32_t i = 0; i < data; ++i) put((uint8_t)i);
  close_length(section);
  return (Bytes){made, made_size};
}

TEST(generated_modules) {
  for (uint32_t seed = 0; seed < 60; ++seed) {
    Bytes bytes = generate(seed);
    Use use = kUses[seed % 4];
    use.stack_size = 65536;
    use.metered = true; /* calls multiply */
    char name[32];
    snprintf(name, sizeof name, "seed %u", seed);
    if (!CHECK(exact(name, &bytes, &use, true))) fprintf(stderr, "  that was %s\n", name);
  }
}

/* Translated at their first calls, in the order of the functions: exact as well. */
static bool first_calls_fit(const Bytes* bytes, uint64_t size) {
  Use use = {WEMBED_BYTES_BORROW, 1, 1, 0, 65536, false, false, false, false};
  wembed_config_t config = config_of(&use, (uint32_t)size);
  config.translate_early = WEMBED_TRANSLATE_LATE;
  wembed_error_t error;
  wembed_runtime_t runtime = wembed_runtime_new(&config, &error);
  if (runtime == NULL) return false;
  Work work = {0};
  bool good = set_up(&work, runtime, bytes, &use, &error);
  uint32_t count = good ? wembed_module_export_count(work.module) : 0;
  for (uint32_t i = 0; i < count && good; ++i) {
    uint64_t slots[2] = {0};
    wasm_function_inst_t function = wembed_instance_function(work.instances[0], i);
    good = function != NULL;
    if (!good || wembed_call(work.envs[0][0], function, slots, NULL)) continue;
    good = wembed_get_error(work.instances[0], &error) && strcmp(error.code, "OutOfMemory") != 0;
    wasm_runtime_clear_exception(work.instances[0]);
  }
  take_down(&work);
  wembed_runtime_delete(runtime);
  return good;
}

TEST(late_translation_in_order) {
  for (uint32_t seed = 1; seed < 40; ++seed) {
    if (seed % 4 == 0) continue; /* deep trees of calls take long */
    Bytes bytes = generate(seed);
    Use use = {WEMBED_BYTES_BORROW, 1, 1, 0, 65536, false, false, false, false};
    wembed_config_t config = config_of(&use, 0);
    config.translate_early = WEMBED_TRANSLATE_LATE;
    wembed_instantiate_options_t instantiate = options_of(&use);
    wembed_requirements_options_t options = {.size = sizeof options,
                                             .config = &config,
                                             .instantiate = &instantiate,
                                             .ownership = WEMBED_BYTES_BORROW,
                                             .name = "module"};
    wembed_requirements_t needs = {.size = sizeof needs};
    CHECK(wembed_module_requirements(bytes.data, bytes.size, &options, &needs, NULL));
    CHECK(first_calls_fit(&bytes, needs.block_bytes));
    /* Without traps there is no record of one, for which there is room all the same. */
    CHECK(!first_calls_fit(&bytes, needs.block_bytes - needs.code_bytes - 3072));
  }
}

/* ---- What is reported, and what is refused */

TEST(figures_of_a_small_module) {
  const Program* program = program_named("memory");
  wembed_requirements_t needs = {.size = sizeof needs};
  wembed_error_t error;
  CHECK(wembed_module_requirements(program->bytes.data, program->bytes.size, NULL, &needs, &error));
  CHECK_EQ(needs.memory_bytes, 2 * 65536);
  CHECK(needs.instance_bytes > needs.memory_bytes && needs.instance_bytes < 2 * 65536 + 8192);
  CHECK(needs.exec_env_bytes > 16384 && needs.exec_env_bytes < 17152);
  CHECK(needs.code_bytes > 100 && needs.code_bytes < 4000);
  CHECK_EQ(needs.growth_page_bytes, 65536);
  CHECK(needs.trap_bytes > 0);
  /* Again the same. */
  wembed_requirements_t again = {.size = sizeof again};
  CHECK(wembed_module_requirements(program->bytes.data, program->bytes.size, NULL, &again, NULL));
  CHECK_EQ(memcmp(&needs, &again, sizeof needs), 0);

  /* Storage of the caller's is not in the block, and is not touched. */
  static _Alignas(8) uint8_t buffer[3 * 65536];
  memset(buffer, 0xAA, sizeof buffer);
  wembed_instantiate_options_t instantiate = {.size = sizeof instantiate,
                                              .backend = WEMBED_BACKEND_BUFFER,
                                              .memory_buffer = buffer,
                                              .memory_buffer_bytes = sizeof buffer};
  wembed_requirements_options_t options = {.size = sizeof options, .instantiate = &instantiate};
  CHECK(wembed_module_requirements(program->bytes.data, program->bytes.size, &options, &again,
                                   &error));
  CHECK_EQ(again.memory_bytes, 0);
  CHECK(again.block_bytes < needs.block_bytes - 100000);
  CHECK(buffer[0] == 0xAA && buffer[100000] == 0xAA);
}

static void refused(const uint8_t* bytes, size_t length,
                    const wembed_requirements_options_t* options, const char* text) {
  wembed_requirements_t needs = {.size = sizeof needs};
  wembed_error_t error;
  CHECK(!wembed_module_requirements(bytes, length, options, &needs, &error));
  CHECK_PREFIX(error.message, text);
}

static bool refuse_to_prepare(void* context, wembed_runtime_t runtime) {
  (void)context;
  (void)runtime;
  return false;
}

TEST(what_cannot_be_measured_says_why) {
  const Bytes bytes = program_named("memory")->bytes;
  static const uint8_t kShort[] = {0, 'a', 's', 'm', 1, 0};
  refused(kShort, sizeof kShort, NULL, "unexpected end");
  refused(NULL, 5, NULL, "length is 5, but bytes is NULL");
  wembed_requirements_options_t options = {.size = 4};
  refused(bytes.data, bytes.size, &options, "the options: size is 4, ");
  options.size = sizeof options;
  options.prepare = refuse_to_prepare;
  refused(bytes.data, bytes.size, &options, "the host's own preparation failed");
  options.prepare = NULL;
  wembed_config_t config = {.size = sizeof config, .no_system_memory = true};
  config.backend = WEMBED_BACKEND_MAPPED;
  options.config = &config;
  refused(bytes.data, bytes.size, &options, "no_system_memory, but a backend that maps");
  options.config = NULL;
  wembed_instantiate_options_t strict = {.size = sizeof strict, .strict = true};
  options.instantiate = &strict;
  const Bytes natives = program_named("natives")->bytes;
  refused(natives.data, natives.size, &options, "");
  const Bytes outside = program_named("data_outside")->bytes;
  refused(outside.data, outside.size, NULL, "out of bounds memory access");
  wembed_error_t error;
  CHECK(!wembed_module_requirements(bytes.data, bytes.size, NULL, NULL, &error));
}

int main(int argc, char** argv) {
  read_programs(argc, argv);
  uint8_t* raw = malloc(BLOCK_BYTES + 16);
  if (raw == NULL) return 2;
  block = raw + (16 - (uintptr_t)raw % 16);
  RUN(the_test_modules);
  RUN(generated_modules);
  RUN(late_translation_in_order);
  RUN(figures_of_a_small_module);
  RUN(what_cannot_be_measured_says_why);
  free(raw);
  return host_result();
}
