/* Every allocation of a whole session fails once: each time there is an error and no leak. */
#include "failing.h"

static uint32_t plus_one(wasm_exec_env_t env, uint32_t argument) {
  (void)env;
  return argument + 1;
}
static NativeSymbol natives[] = {{"missing", (void*)plus_one, "(i)i", NULL}};

/* A call may fail for want of memory, but then says so. */
static bool call_or_explain(Host* host, const char* name, uint32_t a, uint32_t b) {
  uint32_t cells[8] = {a, b};
  wasm_function_inst_t function = wasm_runtime_lookup_function(host->instance, name);
  if (function == NULL) return false;
  if (wasm_runtime_call_wasm(host->env, function, 2, cells)) return true;
  CHECK(wasm_runtime_get_exception(host->instance) != NULL);
  wasm_runtime_clear_exception(host->instance);
  return false;
}

static bool use_instance(Host* host) {
  bool good = host->env != NULL;
  if (!good) return false;
  uint64_t at = wasm_runtime_module_malloc(host->instance, 100, NULL);
  uint64_t copy = wasm_runtime_module_dup_data(host->instance, "text", 5);
  if (wasm_runtime_get_default_memory(host->instance) != NULL) good &= at != 0 && copy != 0;
  wasm_runtime_module_free(host->instance, at);
  wasm_runtime_module_free(host->instance, copy);
  wasm_runtime_clear_exception(host->instance);
  wasm_table_inst_t table;
  if (wasm_runtime_get_export_table_inst(host->instance, "table", &table)) {
    good &= wasm_table_get_func_inst(host->instance, &table, 0) != NULL;
  }
  return good & (wasm_runtime_get_exec_env_singleton(host->instance) != NULL);
}

/* A thread, and an exec_env of the host's, on instances of their own. */
static void* returns(wasm_exec_env_t env, void* argument) { return env == NULL ? NULL : argument; }

static bool use_spawned(Host* host) {
  if (wasm_runtime_lookup_function(host->instance, "sp") == NULL) return true;
  wasm_exec_env_t spawned = wasm_runtime_spawn_exec_env(host->env);
  wasm_thread_t thread;
  void* value = NULL;
  bool good = spawned != NULL;
  wasm_runtime_destroy_spawned_exec_env(spawned);
  if (wasm_runtime_spawn_thread(host->env, &thread, returns, host) != 0) return false;
  CHECK(wasm_runtime_join_thread(thread, &value) == 0 && value == host);
  return good;
}

/* Modules that others import from. */
static int buffers;
static bool reads(package_type_t type, const char* name, uint8_t** buffer, uint32_t* size) {
  char file[64];
  (void)type;
  snprintf(file, sizeof file, "mm_%s", name);
  Bytes bytes = host_read(file);
  *buffer = bytes.data;
  *size = bytes.size;
  ++buffers;
  return true;
}
static void takes_back(uint8_t* buffer, uint32_t size) {
  (void)size;
  --buffers;
  free(buffer);
}

static bool session(const char* name, const char* function, uint32_t a, uint32_t b) {
  RuntimeInitArgs args = host_init_args();
  args.mem_alloc_option.allocator.malloc_func = (void*)failing_malloc;
  args.mem_alloc_option.allocator.realloc_func = (void*)failing_realloc;
  args.native_module_name = "nowhere";
  args.native_symbols = natives;
  args.n_native_symbols = 1;
  if (!wasm_runtime_full_init(&args)) return false;
  Host host = host_try(name, 8192, 4096);
  bool good = use_instance(&host);
  if (host.instance == NULL) {
    CHECK_PREFIX(host_error, host.module == NULL ? "WASM module load failed: "
                                                 : "WASM module instantiate failed: ");
  }
  if (host.env != NULL) good &= call_or_explain(&host, function, a, b);
  if (host.env != NULL) good &= call_or_explain(&host, function, a, b);
  if (host.env != NULL) good &= use_spawned(&host);
  host_close(&host);
  wasm_runtime_destroy();
  CHECK_EQ(buffers, 0);
  return good;
}

static void fail_each_allocation(const char* name, const char* function, uint32_t a, uint32_t b) {
  host_test = name;
  for (long at = 0; at < 100000; ++at) {
    allocations_left = at;
    host_blocks = 0;
    bool good = session(name, function, a, b);
    bool ran_out = allocations_left == 0;
    if (host_blocks != 0) {
      fprintf(stderr, "%s: after failure %ld\n", name, at);
      CHECK_EQ(host_blocks, 0);
      return;
    }
    if (good && !ran_out) return; /* nothing failed any more */
    if (host_failures > 20) return;
  }
  CHECK(!"the session never succeeds");
}

int main(void) {
  wasm_runtime_set_log_level(WASM_LOG_LEVEL_FATAL);
  fail_each_allocation("calls", "sum", 10, 0);
  fail_each_allocation("memory", "grow", 2, 0);
  fail_each_allocation("unlinked_function", "call", 5, 0);
  fail_each_allocation("traps", "count", 5, 0);
  fail_each_allocation("own_malloc", "malloc", 100, 0);
  fail_each_allocation("start_order", "_initialize", 0, 0);
  fail_each_allocation("env_memory", "size", 0, 0);
  fail_each_allocation("spawned", "add", 3, 4);
  wasm_runtime_set_module_reader(reads, takes_back);
  fail_each_allocation("mm_main", "twice", 0, 0);
  return host_result();
}
