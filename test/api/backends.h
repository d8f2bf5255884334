/* Every place a memory can come from, as a table: tests run over all of its rows. */
#ifndef WEMBED_TEST_API_BACKENDS_H
#define WEMBED_TEST_API_BACKENDS_H

#include "host.h"
#include "wembed.h"

typedef struct Row {
  const char* name;
  wembed_memory_strategy_t strategy; /* of the runtime */
  wembed_backend_t backend;          /* that holds an instance's first memory */
} Row;

static const Row backend_rows[] = {
    {"mapped", WEMBED_MEMORY_ON_DEMAND, WEMBED_BACKEND_MAPPED},
    {"heap", WEMBED_MEMORY_ON_DEMAND, WEMBED_BACKEND_HEAP},
    {"pool", WEMBED_MEMORY_POOL, WEMBED_BACKEND_POOL},
    {"small-pool", WEMBED_MEMORY_SMALL_POOL, WEMBED_BACKEND_POOL},
    {"buffer", WEMBED_MEMORY_ON_DEMAND, WEMBED_BACKEND_BUFFER},
    {"functions", WEMBED_MEMORY_ON_DEMAND, WEMBED_BACKEND_FUNCTIONS},
};

#define FOR_EACH_BACKEND(row)         \
  for (const Row* row = backend_rows; \
       row < backend_rows + sizeof backend_rows / sizeof *backend_rows; ++(row))

UNUSED static void* row_create(void* context, uint64_t minimum, uint64_t maximum, void** handle) {
  (void)maximum;
  *handle = context;
  void* base = malloc(minimum + 8);
  if (base != NULL) memset(base, 0xA5, minimum); /* clearing is wembed's */
  return base;
}
UNUSED static void* row_grow(void* context, void* handle, void* base, uint64_t old_bytes,
                             uint64_t bytes) {
  (void)context, (void)handle, (void)old_bytes;
  return realloc(base, bytes + 8);
}
UNUSED static void row_release(void* context, void* handle, void* base, uint64_t bytes) {
  (void)context, (void)handle, (void)bytes;
  free(base);
}
static const wembed_memory_functions_t row_functions = {sizeof row_functions, row_create, row_grow,
                                                        row_release, NULL};

UNUSED static void row_log(void* context, uint32_t level, const char* text) {
  (void)context, (void)level, (void)text;
}

/* A runtime over the system's allocator; with a pool of `slots` where the row is a pool. */
UNUSED static wembed_runtime_t row_runtime(const Row* row, uint32_t slots) {
  wembed_config_t config = {.size = sizeof config,
                            .mem_alloc_type = Alloc_With_System_Allocator,
                            .log = row_log,
                            .memory_strategy = row->strategy,
                            .pool_slots = row->backend == WEMBED_BACKEND_POOL ? slots : 0};
  wembed_error_t error;
  wembed_runtime_t runtime = wembed_runtime_new(&config, &error);
  if (!CHECK(runtime != NULL)) fprintf(stderr, "%s: %s\n", row->name, error.message);
  return runtime;
}

/* Options for an instance of the row. `block` (aligned to 8) is used by the buffer's row alone. */
UNUSED static wembed_instantiate_options_t row_options(const Row* row, void* block,
                                                       uint64_t bytes) {
  wembed_instantiate_options_t options = {.size = sizeof options, .backend = row->backend};
  if (row->backend == WEMBED_BACKEND_BUFFER) {
    options.memory_buffer = block;
    options.memory_buffer_bytes = bytes;
  }
  if (row->backend == WEMBED_BACKEND_FUNCTIONS) options.memory_functions = &row_functions;
  return options;
}

UNUSED static wasm_module_t row_load(wembed_runtime_t runtime, Bytes bytes) {
  wembed_error_t error;
  wembed_source_t source = {.size = sizeof source,
                            .ownership = WEMBED_BYTES_COPY,
                            .bytes = bytes.data,
                            .length = bytes.size};
  wasm_module_t module = wembed_load(runtime, &source, &error);
  if (!CHECK(module != NULL)) fprintf(stderr, "%s\n", error.message);
  return module;
}

#endif /* WEMBED_TEST_API_BACKENDS_H */
