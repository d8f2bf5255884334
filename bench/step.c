#include "step.h"

#include <stdlib.h>
#include <string.h>

enum { kBufferBytes = 32 << 20 };

typedef struct step {
  const char* name;
  wembed_memory_strategy_t strategy;
  wembed_backend_t backend;
  uint32_t slots;
} step_t;

static const step_t steps[] = {
    {"mapped", WEMBED_MEMORY_ON_DEMAND, WEMBED_BACKEND_MAPPED, 0},
    {"heap", WEMBED_MEMORY_ON_DEMAND, WEMBED_BACKEND_HEAP, 0},
    {"buffer", WEMBED_MEMORY_ON_DEMAND, WEMBED_BACKEND_BUFFER, 0},
    {"functions", WEMBED_MEMORY_ON_DEMAND, WEMBED_BACKEND_FUNCTIONS, 0},
    {"pool", WEMBED_MEMORY_POOL, WEMBED_BACKEND_POOL, 64},
    {"small-pool", WEMBED_MEMORY_SMALL_POOL, WEMBED_BACKEND_POOL, 64},
};
enum { kSteps = sizeof steps / sizeof steps[0], kStrategies = WEMBED_MEMORY_ON_DEMAND + 1 };

// One for each strategy: the four steps without a pool share theirs.
static wembed_runtime_t runtimes[kStrategies];
static void* buffer;

static void* create(void* context, uint64_t minimum, uint64_t maximum, void** handle) {
  (void)context;
  (void)maximum;
  (void)handle;
  return malloc((size_t)minimum);
}

static void* grow(void* context, void* handle, void* base, uint64_t old_bytes, uint64_t bytes) {
  (void)context;
  (void)handle;
  (void)old_bytes;
  return realloc(base, (size_t)bytes);
}

static void release(void* context, void* handle, void* base, uint64_t bytes) {
  (void)context;
  (void)handle;
  (void)bytes;
  free(base);
}

static const wembed_memory_functions_t functions = {
    .size = sizeof functions, .create = create, .grow = grow, .release = release};

static const step_t* find(const char* name) {
  for (int i = 0; i < kSteps; i++) {
    if (strcmp(name, steps[i].name) == 0) return &steps[i];
  }
  return NULL;
}

static void ignore(void* context, uint32_t level, const char* text) {
  (void)context;
  (void)level;
  (void)text;
}

wembed_runtime_t step_runtime(const char* name, wembed_error_t* error) {
  const step_t* step = find(name);
  if (!step) {
    strcpy(error->message, "there is no such step");
    return NULL;
  }
  wembed_runtime_t* runtime = &runtimes[step->strategy];
  if (*runtime) return *runtime;
  wembed_config_t config;
  memset(&config, 0, sizeof config);
  config.size = sizeof config;
  config.mem_alloc_type = Alloc_With_System_Allocator;
  config.log = ignore;
  config.memory_strategy = step->strategy;
  // Fewer where addresses are scarce, as in valgrind.
  const char* slots = getenv("WEMBED_BENCH_SLOTS");
  config.pool_slots = slots ? (uint32_t)atoi(slots) : step->slots;
  *runtime = wembed_runtime_new(&config, error);
  return *runtime;
}

wembed_instantiate_options_t step_options(const char* name) {
  wembed_instantiate_options_t options;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  const step_t* step = find(name);
  if (!step) return options;
  options.backend = step->backend;
  if (step->backend == WEMBED_BACKEND_FUNCTIONS) options.memory_functions = &functions;
  if (step->backend == WEMBED_BACKEND_BUFFER) {
    if (!buffer) buffer = malloc(kBufferBytes);
    options.memory_buffer = buffer;
    options.memory_buffer_bytes = buffer ? kBufferBytes : 0;
  }
  return options;
}

void steps_end(void) {
  for (int i = 0; i < kStrategies; i++) {
    wembed_runtime_delete(runtimes[i]);
    runtimes[i] = NULL;
  }
  free(buffer);
  buffer = NULL;
}
