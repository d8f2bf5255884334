/* The runtime itself: init and destroy, allocation, log level, version, packages. */
#include "capture.h"

static RuntimeInitArgs empty_args(mem_alloc_type_t type) {
  RuntimeInitArgs args;
  memset(&args, 0, sizeof args);
  args.mem_alloc_type = type;
  return args;
}

/* Everything below runs without RUN(): these tests start and end the runtime themselves. */

static void nothing_works_before_init(void) {
  capture_begin();
  void* block = wasm_runtime_malloc(8);
  const char* printed = capture_end();
  CHECK(block == NULL);
  CHECK(logged(printed, "wasm_runtime_malloc failed: memory hasn't been initialized."));
}

static void init_is_counted(void) {
  CHECK(wasm_runtime_init());
  CHECK(wasm_runtime_init());
  wasm_runtime_destroy();
  void* block = wasm_runtime_malloc(16); /* still up */
  CHECK(block != NULL);
  wasm_runtime_free(block);
  wasm_runtime_destroy();

  RuntimeInitArgs args = host_init_args(); /* another allocator after a complete destroy */
  CHECK(wasm_runtime_full_init(&args));
  RuntimeInitArgs ignored = empty_args((mem_alloc_type_t)9);
  CHECK(wasm_runtime_full_init(&ignored)); /* already up: the arguments do not matter */
  wasm_runtime_destroy();
  wasm_runtime_destroy();
  CHECK_EQ(host_blocks, 0);
}

/* What the log says when the runtime does not start. */
static const char* start_fails(RuntimeInitArgs* args) {
  capture_begin();
  bool good = wasm_runtime_full_init(args);
  const char* printed = capture_end();
  CHECK(!good);
  return printed;
}

static void bad_settings_are_refused(void) {
  RuntimeInitArgs args = empty_args((mem_alloc_type_t)9);
  CHECK(!wasm_runtime_full_init(&args));

  static char small[100];
  static char little[300]; /* a pool, but no room for a runtime */
  char expected[128];
  args = empty_args(Alloc_With_Pool);
  args.mem_alloc_option.pool.heap_buf = small;
  args.mem_alloc_option.pool.heap_size = sizeof small;
  snprintf(expected, sizeof expected, "Init memory with pool (%p, 100) failed.\n", (void*)small);
  const char* printed = start_fails(&args);
  CHECK(logged(printed, "[GC_ERROR]heap init buf size (100) < 256\n"));
  if (strstr(printed, expected) == NULL) CHECK_TEXT(printed, expected);
  args.mem_alloc_option.pool.heap_buf = little;
  args.mem_alloc_option.pool.heap_size = sizeof little;
  snprintf(expected, sizeof expected, "Init memory with pool (%p, 300) failed.\n", (void*)little);
  CHECK(logged(start_fails(&args), expected));

  args = host_init_args();
  args.mem_alloc_option.allocator.free_func = NULL;
  CHECK(strstr(start_fails(&args), "Init memory with allocator (") != NULL);
  args = host_init_args();
  args.mem_alloc_option.allocator.malloc_func = NULL;
  CHECK(!wasm_runtime_full_init(&args));

  args = empty_args(Alloc_With_System_Allocator);
  args.running_mode = (RunningMode)5;
  CHECK(!wasm_runtime_full_init(&args));
  args.running_mode = Mode_Interp;
  CHECK(wasm_runtime_full_init(&args)); /* a failed init leaves nothing behind */
  wasm_runtime_destroy();
}

static void allocator_mode_without_realloc(void) {
  RuntimeInitArgs args = host_init_args();
  args.mem_alloc_option.allocator.realloc_func = NULL;
  if (!CHECK(wasm_runtime_full_init(&args))) return;
  void* block = wasm_runtime_malloc(8);
  CHECK(block != NULL);
  CHECK(wasm_runtime_realloc(block, 16) == NULL);
  wasm_runtime_free(block);
  /* Modules still load, run and go. */
  Host host = host_open("calls", 0);
  if (host.env) CHECK_EQ(host_i32(&host, "sum", 10, 0), 55);
  host_close(&host);
  wasm_runtime_destroy();
  CHECK_EQ(host_blocks, 0);
}

static void system_allocation(void) {
  mem_alloc_info_t info = {1, 2, 3};
  if (!CHECK(wasm_runtime_init())) return;
  CHECK(!wasm_runtime_get_mem_alloc_info(&info));
  CHECK(info.total_size == 1 && info.total_free_size == 2 && info.highmark_size == 3);

  char* block = wasm_runtime_malloc(10);
  CHECK(block != NULL && (uintptr_t)block % 8 == 0);
  memcpy(block, "012345678", 10);
  block = wasm_runtime_realloc(block, 100000);
  CHECK_TEXT(block, "012345678");
  wasm_runtime_free(block);
  block = wasm_runtime_realloc(NULL, 5);
  CHECK(block != NULL);
  wasm_runtime_free(block);

  capture_begin();
  block = wasm_runtime_malloc(0);
  const char* printed = capture_end();
  CHECK(block != NULL);
  CHECK(logged(printed, "warning: wasm_runtime_malloc with size zero\n"));
  wasm_runtime_free(block);
  capture_begin();
  wasm_runtime_free(NULL);
  CHECK(logged(capture_end(), "warning: wasm_runtime_free with NULL pointer\n"));
  wasm_runtime_destroy();
}

static void pool_allocation(void) {
  enum { POOL = 1 << 20, BLOCKS = 64 };
  void* pool = malloc(POOL);
  RuntimeInitArgs args = empty_args(Alloc_With_Pool);
  args.mem_alloc_option.pool.heap_buf = pool;
  args.mem_alloc_option.pool.heap_size = POOL;
  if (!CHECK(wasm_runtime_full_init(&args))) return;

  mem_alloc_info_t info, after;
  CHECK(wasm_runtime_get_mem_alloc_info(&info));
  CHECK(info.total_size <= POOL && info.total_size > POOL - 65536);
  CHECK(info.total_free_size <= info.total_size);

  void* blocks[BLOCKS];
  for (int i = 0; i < BLOCKS; ++i) {
    blocks[i] = wasm_runtime_malloc(1000);
    CHECK(blocks[i] != NULL && (uintptr_t)blocks[i] % 8 == 0);
    CHECK((char*)blocks[i] >= (char*)pool && (char*)blocks[i] + 1000 <= (char*)pool + POOL);
    memset(blocks[i], i, 1000);
  }
  CHECK(wasm_runtime_get_mem_alloc_info(&after));
  CHECK(after.total_free_size <= info.total_free_size - BLOCKS * 1000);
  CHECK(after.highmark_size >= BLOCKS * 1000);
  for (int i = 0; i < BLOCKS; ++i) {
    CHECK(((char*)blocks[i])[0] == (char)i && ((char*)blocks[i])[999] == (char)i);
    wasm_runtime_free(blocks[i]);
  }
  uint32_t highmark = after.highmark_size;
  CHECK(wasm_runtime_get_mem_alloc_info(&after));
  CHECK_EQ(after.total_free_size, info.total_free_size); /* freed blocks grow together */
  CHECK(after.highmark_size >= highmark);

  CHECK(wasm_runtime_malloc(POOL) == NULL);
  void* moved = wasm_runtime_realloc(NULL, 100);
  moved = wasm_runtime_realloc(moved, 5000);
  CHECK(moved != NULL);
  wasm_runtime_free(moved);

  Host host = host_open("calls", 0);
  if (host.env) CHECK_EQ(host_i32(&host, "add", 20, 22), 42);
  host_close(&host);
  wasm_runtime_destroy();
  free(pool);
}

static void a_pool_that_is_too_small_gives_errors(void) {
  Bytes bytes = host_read("calls");
  uint32_t failed = 0, worked = 0;
  for (uint32_t size = 256; size <= 1u << 18; size += size / 4) {
    void* pool = malloc(size);
    RuntimeInitArgs args = empty_args(Alloc_With_Pool);
    args.mem_alloc_option.pool.heap_buf = pool;
    args.mem_alloc_option.pool.heap_size = size;
    if (wasm_runtime_full_init(&args)) {
      char error[128] = "";
      wasm_module_t module = wasm_runtime_load(bytes.data, bytes.size, error, sizeof error);
      wasm_module_inst_t instance = NULL;
      if (module != NULL) {
        instance = wasm_runtime_instantiate(module, 4096, 0, error, sizeof error);
      }
      CHECK((instance != NULL) == (error[0] == 0));
      if (instance != NULL) {
        ++worked;
        wasm_runtime_deinstantiate(instance);
      } else {
        ++failed;
      }
      if (module != NULL) wasm_runtime_unload(module);
      wasm_runtime_destroy();
    }
    free(pool);
  }
  CHECK(worked > 0 && failed > 0);
  free(bytes.data);
}

static void version_of_wamr(void) {
  uint32_t major = 0, minor = 0, patch = 0;
  wasm_runtime_get_version(&major, &minor, &patch);
  CHECK(major == 2 && minor == 4 && patch == 5);
}

TEST(packages) {
  static const uint8_t wasm[8] = {0, 'a', 's', 'm', 1, 0, 0, 0};
  static const uint8_t aot[8] = {0, 'a', 'o', 't', 5, 0, 0, 0};
  static const uint8_t other[8] = {1, 2, 3, 4, 0x78, 0x56, 0x34, 0x12};
  CHECK_EQ(get_package_type(wasm, 8), Wasm_Module_Bytecode);
  CHECK_EQ(wasm_runtime_get_file_package_type(wasm, 4), Wasm_Module_Bytecode);
  CHECK_EQ(wasm_runtime_get_file_package_type(aot, 8), Wasm_Module_AoT);
  CHECK_EQ(wasm_runtime_get_file_package_type(other, 8), Package_Type_Unknown);
  CHECK_EQ(wasm_runtime_get_file_package_type(wasm, 3), Package_Type_Unknown);
  CHECK_EQ(wasm_runtime_get_file_package_type(NULL, 0), Package_Type_Unknown);
  CHECK_EQ(wasm_runtime_get_file_package_version(wasm, 8), 1);
  CHECK_EQ(wasm_runtime_get_file_package_version(aot, 8), 5);
  CHECK_EQ(wasm_runtime_get_file_package_version(other, 8), 0x12345678); /* magic not checked */
  CHECK_EQ(wasm_runtime_get_file_package_version(wasm, 7), 0);
  CHECK_EQ(wasm_runtime_get_module_package_type(NULL), Package_Type_Unknown);
  CHECK_EQ(wasm_runtime_get_module_package_version(NULL), 0);
  CHECK_EQ(wasm_runtime_get_current_package_version(Wasm_Module_Bytecode), 1);
  CHECK_EQ(wasm_runtime_get_current_package_version(Wasm_Module_AoT), 5);
  CHECK_EQ(wasm_runtime_get_current_package_version(Package_Type_Unknown), 0);
  Host host = host_open("calls", 0);
  if (host.module) {
    CHECK_EQ(wasm_runtime_get_module_package_type(host.module), Wasm_Module_Bytecode);
    CHECK_EQ(wasm_runtime_get_module_package_version(host.module), 1);
  }
  host_close(&host);
}

static void log_level_outlives_the_runtime(void) {
  wasm_runtime_set_log_level(WASM_LOG_LEVEL_FATAL);
  CHECK(wasm_runtime_init());
  capture_begin();
  wasm_runtime_free(NULL);
  CHECK_TEXT(capture_end(), "");
  wasm_runtime_destroy();
  CHECK(wasm_runtime_init());
  capture_begin();
  wasm_runtime_free(NULL);
  CHECK_TEXT(capture_end(), "");
  wasm_runtime_set_log_level(WASM_LOG_LEVEL_WARNING);
  capture_begin();
  wasm_runtime_free(NULL);
  const char* printed = capture_end();
  /* [HH:MM:SS:mmm - THREAD]: message */
  unsigned hours, minutes, seconds, millis;
  unsigned long thread;
  CHECK(sscanf(printed, "[%2u:%2u:%2u:%3u - %lX]: ", &hours, &minutes, &seconds, &millis,
               &thread) == 5);
  wasm_runtime_destroy();
}

static void linux_perf_is_a_warning(void) {
  RuntimeInitArgs args = empty_args(Alloc_With_System_Allocator);
  args.enable_linux_perf = true;
  capture_begin();
  bool good = wasm_runtime_full_init(&args);
  const char* printed = capture_end();
  CHECK(logged(printed,
               "warning: to enable linux perf support, please recompile with "
               "-DWAMR_BUILD_LINUX_PERF=1"));
  if (CHECK(good)) wasm_runtime_destroy();
}

int main(void) {
  nothing_works_before_init();
  init_is_counted();
  bad_settings_are_refused();
  allocator_mode_without_realloc();
  system_allocation();
  pool_allocation();
  a_pool_that_is_too_small_gives_errors();
  version_of_wamr();
  log_level_outlives_the_runtime();
  linux_perf_is_a_warning();
  RUN(packages);
  return host_result();
}
