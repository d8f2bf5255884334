/*
 * Sizes of structures: older ones end earlier, newer ones go on. What this library does not know is
 * no matter as long as it is zero; a wish that would go unheard is an error.
 */
#include "host.h"
#include "wembed.h"

/* A structure with 16 bytes behind it, as a newer header may have it. */
#define NEWER(type)     \
  union {               \
    type now;           \
    uint32_t size;      \
    struct {            \
      type known;       \
      uint8_t tail[16]; \
    } next;             \
  }

static const uint8_t empty[] = {0, 'a', 's', 'm', 1, 0, 0, 0};

static void check_config(uint32_t size, uint8_t tail, bool wanted) {
  NEWER(wembed_config_t) config = {.now = {.mem_alloc_type = Alloc_With_System_Allocator}};
  wembed_error_t error;
  config.size = size;
  config.next.tail[15] = tail;
  wembed_runtime_t runtime = wembed_runtime_new(&config.now, &error);
  CHECK((runtime != NULL) == wanted);
  if (!wanted) CHECK_EQ(error.kind, WEMBED_ERROR_USAGE);
  wembed_runtime_delete(runtime);
  CHECK(wembed_set_default_config(&config.now, &error) == wanted);
  CHECK(wembed_set_default_config(NULL, NULL));
}

TEST(configurations) {
  const uint32_t now = sizeof(wembed_config_t);
  check_config(now, 9, true); /* what is behind the end is not looked at */
  check_config(now + 16, 0, true);
  check_config(now + 16, 9, false);
  check_config(offsetof(wembed_config_t, memory_strategy), 9, true);
  check_config(offsetof(wembed_config_t, memory_strategy) - 1, 0, false);
  check_config(0, 0, false);
  check_config(UINT32_MAX, 0, false);
}

static unsigned released;
static void count_release(void* context, const uint8_t* bytes, size_t length) {
  (void)context, (void)bytes, (void)length;
  ++released;
}

static void check_source(uint32_t size, uint8_t tail, bool wanted, unsigned releases) {
  NEWER(wembed_source_t)
  source = {.now = {.ownership = WEMBED_BYTES_TAKE,
                    .bytes = empty,
                    .length = sizeof empty,
                    .release = count_release}};
  wembed_error_t error;
  source.size = size;
  source.next.tail[0] = tail;
  released = 0;
  wasm_module_t module = wembed_load(NULL, &source.now, &error);
  CHECK((module != NULL) == wanted);
  if (!wanted) CHECK_EQ(error.kind, WEMBED_ERROR_USAGE);
  wasm_runtime_unload(module);
  CHECK_EQ(released, releases);
}

TEST(sources) {
  check_source(sizeof(wembed_source_t), 9, true, 1);
  check_source(sizeof(wembed_source_t) + 16, 0, true, 1);
  check_source(sizeof(wembed_source_t) + 16, 9, false, 1); /* what is known of it holds */
  check_source(offsetof(wembed_source_t, deadline_ms), 9, true, 1);
  /* no telling whose bytes these are */
  check_source(offsetof(wembed_source_t, deadline_ms) - 1, 0, false, 0);
  check_source(0, 0, false, 0);
  wembed_source_t source = {
      .size = sizeof source, .ownership = WEMBED_BYTES_TAKE, .length = 5, .release = count_release};
  wembed_error_t error;
  released = 0;
  CHECK(wembed_load(NULL, &source, &error) == NULL); /* no bytes, but a length */
  CHECK(released == 1 && error.kind == WEMBED_ERROR_USAGE);
  source.length = 0;
  CHECK(wembed_load(NULL, &source, &error) == NULL);
  CHECK(released == 2 && error.kind == WEMBED_ERROR_COMPILE);
  source.bytes = empty;
  source.length = (size_t)1 << 31;
  CHECK(wembed_load(NULL, &source, &error) == NULL); /* refused unread */
  CHECK_EQ(released, 3);
  source.ownership = WEMBED_BYTES_TAKE + 1;
  CHECK(wembed_load(NULL, &source, &error) == NULL && error.kind == WEMBED_ERROR_USAGE);
  source.ownership = WEMBED_BYTES_TAKE;
  source.length = sizeof empty;
  source.release = NULL; /* nobody wants to know */
  wasm_module_t module = wembed_load(NULL, &source, &error);
  CHECK(module != NULL);
  wasm_runtime_unload(module);
}

static void check_instance(wasm_module_t module, uint32_t size, uint8_t tail, bool wanted) {
  NEWER(wembed_instantiate_options_t) options = {.now = {.strict = true}};
  wembed_error_t error;
  options.size = size;
  options.next.tail[8] = tail;
  wasm_module_inst_t instance = wembed_instantiate(module, &options.now, &error);
  CHECK((instance != NULL) == wanted);
  if (!wanted) CHECK_EQ(error.kind, WEMBED_ERROR_USAGE);
  wasm_runtime_deinstantiate(instance);
}

static void check_reset(wasm_module_inst_t instance, uint32_t size, uint8_t tail, bool wanted) {
  NEWER(wembed_reset_options_t) options = {.now = {.skip_start = true}};
  wembed_error_t error;
  options.size = size;
  options.next.tail[1] = tail;
  CHECK(wembed_instance_reset(instance, &options.now, &error) == wanted);
  if (!wanted) CHECK_EQ(error.kind, WEMBED_ERROR_USAGE);
}

static void check_call(const Host* host, uint32_t size, uint8_t tail, bool wanted) {
  NEWER(wembed_call_options_t) options = {.now = {.fuel = 100}};
  uint64_t slots[2] = {16};
  options.size = size;
  options.next.tail[1] = tail;
  CHECK(wembed_call(host->env, host_function(host, "load8"), slots, &options.now) == wanted);
  const char* text = wasm_runtime_get_exception(host->instance);
  CHECK((text == NULL) == wanted);
  if (!wanted) CHECK_PREFIX(text, "Exception: the options of the call: ");
  wasm_runtime_clear_exception(host->instance);
}

TEST(options) {
  Host host = host_open("memory", 0);
  if (!host.env) return host_close(&host);
  const uint32_t older = offsetof(wembed_instantiate_options_t, memory_buffer);
  const uint32_t now = sizeof(wembed_instantiate_options_t);
  check_instance(host.module, now, 9, true);
  check_instance(host.module, now + 16, 0, true);
  check_instance(host.module, now + 16, 9, false);
  check_instance(host.module, older, 9, true);
  check_instance(host.module, older - 1, 0, false);
  check_instance(host.module, UINT32_MAX, 0, false);
  check_reset(host.instance, sizeof(wembed_reset_options_t), 9, true);
  check_reset(host.instance, sizeof(wembed_reset_options_t) + 16, 0, true);
  check_reset(host.instance, sizeof(wembed_reset_options_t) + 16, 9, false);
  check_reset(host.instance, 4, 0, false);
  check_call(&host, sizeof(wembed_call_options_t), 9, true);
  check_call(&host, sizeof(wembed_call_options_t) + 16, 0, true);
  check_call(&host, sizeof(wembed_call_options_t) + 16, 9, false);
  check_call(&host, 4, 0, false);
  check_call(&host, 0, 0, false);
  CHECK(!wembed_call(host.env, host_function(&host, "load8"), NULL, NULL));
  CHECK(wasm_runtime_get_exception(host.instance) != NULL);
  wasm_runtime_clear_exception(host.instance);
  CHECK(!wasm_runtime_call_wasm(host.env, host_function(&host, "load8"), 0, NULL));
  host_close(&host);
}

static void* create(void* context, uint64_t minimum, uint64_t maximum, void** handle) {
  (void)context, (void)maximum, (void)handle;
  return malloc(minimum);
}
static void release(void* context, void* handle, void* base, uint64_t bytes) {
  (void)context, (void)handle, (void)bytes;
  free(base);
}

TEST(functions_of_memories) {
  Host host = host_open("memory", 0);
  if (!host.env) return host_close(&host);
  NEWER(wembed_memory_functions_t) functions = {.now = {.create = create, .release = release}};
  wembed_instantiate_options_t options = {.size = sizeof options,
                                          .backend = WEMBED_BACKEND_FUNCTIONS,
                                          .memory_functions = &functions.now};
  wembed_config_t config = {.size = sizeof config,
                            .mem_alloc_type = Alloc_With_System_Allocator,
                            .memory_functions = &functions.now};
  for (int i = 0; i < 4; ++i) {
    static const int more[] = {0, 16, 16, -1};
    functions.size = (uint32_t)((int)sizeof functions.now + more[i]);
    functions.next.tail[3] = i == 2;
    wasm_module_inst_t instance = wembed_instantiate(host.module, &options, NULL);
    CHECK((instance != NULL) == (i < 2));
    wasm_runtime_deinstantiate(instance);
    wembed_runtime_t runtime = wembed_runtime_new(&config, NULL);
    CHECK((runtime != NULL) == (i < 2));
    wembed_runtime_delete(runtime);
  }
  host_close(&host);
}

static void check_requirements(uint32_t size, uint8_t tail, uint32_t result, bool wanted) {
  NEWER(wembed_requirements_options_t) options = {.now = {.name = "m"}};
  NEWER(wembed_requirements_t) needs;
  wembed_error_t error;
  memset(&needs, 0xEE, sizeof needs);
  options.size = size;
  options.next.tail[2] = tail;
  needs.size = result;
  CHECK(wembed_module_requirements(empty, sizeof empty, &options.now, &needs.now, &error) ==
        wanted);
  CHECK((needs.now.block_bytes < 100000) == wanted);
  CHECK_EQ(needs.next.tail[0], 0xEE);
  if (!wanted) CHECK_EQ(error.kind, WEMBED_ERROR_USAGE);
}

TEST(requirements) {
  const uint32_t options = sizeof(wembed_requirements_options_t);
  const uint32_t result = sizeof(wembed_requirements_t);
  check_requirements(options, 9, result, true);
  check_requirements(options + 16, 0, result + 16, true);
  check_requirements(options + 16, 9, result, false);
  check_requirements(options - 1, 0, result, false);
  check_requirements(options, 0, result - 1, false);
  check_requirements(options, 0, 0, false);
}

/* Filled by us: as much as both know. */
TEST(reports) {
  Host host = host_open("memory", 0);
  if (!host.env) return host_close(&host);
  NEWER(wembed_memory_report_t) report;
  NEWER(wembed_inspection_t) inspection;
  memset(&report, 0xEE, sizeof report);
  memset(&inspection, 0xEE, sizeof inspection);
  report.size = sizeof report.next;
  inspection.size = sizeof inspection.next;
  CHECK(wembed_memory_report(NULL, &report.now));
  CHECK(wembed_instance_inspect(host.instance, 0, &inspection.now, NULL));
  CHECK_EQ(report.size, sizeof report.now);
  CHECK_EQ(inspection.size, sizeof inspection.now);
  CHECK(report.next.tail[0] == 0xEE && inspection.next.tail[0] == 0xEE);
  report.size = 3;
  inspection.size = 3;
  CHECK(!wembed_memory_report(NULL, &report.now));
  CHECK(!wembed_instance_inspect(host.instance, 0, &inspection.now, NULL));
  host_close(&host);
}

/* An error says which argument is wrong, and how. */
TEST(errors_name_the_argument) {
  Host host = host_open("memory", 0);
  if (!host.env) return host_close(&host);
  wembed_error_t error;
  wembed_instantiate_options_t options = {.strict = true};
  wembed_import_t import = {.source = 99};
  CHECK(wembed_instantiate(NULL, NULL, &error) == NULL);
  CHECK_TEXT(error.message, "the module is NULL");
  CHECK(wembed_instantiate(host.module, &options, &error) == NULL);
  CHECK_TEXT(error.message, "the options: size is not set, it has to be the structure's");
  options.size = sizeof options;
  options.backend = 77;
  CHECK(wembed_instantiate(host.module, &options, &error) == NULL);
  CHECK_TEXT(error.message, "there is no backend 77");
  options.backend = WEMBED_BACKEND_BUFFER;
  CHECK(wembed_instantiate(host.module, &options, &error) == NULL);
  CHECK_TEXT(error.message, "WEMBED_BACKEND_BUFFER without memory_buffer");
  options.backend = 0;
  options.import_count = 1;
  CHECK(wembed_instantiate(host.module, &options, &error) == NULL);
  CHECK_TEXT(error.message, "import_count is 1, but imports is NULL");
  options.imports = &import;
  CHECK(wembed_instantiate(host.module, &options, &error) == NULL);
  CHECK_TEXT(error.message, "imports[0]: there is no source 99");
  CHECK(wembed_load(NULL, NULL, &error) == NULL);
  CHECK_TEXT(error.message, "the source is NULL");
  wembed_source_t source = {.size = sizeof source, .length = 5};
  CHECK(wembed_load(NULL, &source, &error) == NULL);
  CHECK_TEXT(error.message, "length is 5, but bytes is NULL");
  CHECK(!wembed_instance_reset(NULL, NULL, &error));
  CHECK_TEXT(error.message, "the instance is NULL");
  wembed_config_t config = {.size = sizeof config, .memory_strategy = 50};
  CHECK(wembed_runtime_new(&config, &error) == NULL);
  CHECK_TEXT(error.message, "there is no memory_strategy 50");
  uint64_t slots[2] = {16};
  CHECK(!wembed_call(host.env, NULL, slots, NULL));
  CHECK(wembed_get_error(host.instance, &error));
  CHECK_TEXT(error.message, "the function is NULL");
  wasm_runtime_clear_exception(host.instance);
  CHECK(!wembed_call(host.env, host_function(&host, "load8"), NULL, NULL));
  CHECK(wembed_get_error(host.instance, &error));
  CHECK_TEXT(error.message, "the slots are NULL");
  wasm_runtime_clear_exception(host.instance);
  host_close(&host);
}

int main(void) {
  RUN(configurations);
  RUN(sources);
  RUN(options);
  RUN(functions_of_memories);
  RUN(requirements);
  RUN(reports);
  RUN(errors_name_the_argument);
  return host_result();
}
