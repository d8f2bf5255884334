/* wembed_load: loads that take long, deadlines, stop requests, files named in the source. */
#include <limits.h>

#include "host.h"
#include "wembed.h"

static void put_u32(uint8_t** at, uint32_t value) {
  for (; value >= 0x80; value >>= 7) *(*at)++ = (uint8_t)(value | 0x80);
  *(*at)++ = (uint8_t)value;
}

/* One function f() of 6 MB: blocks, one after another. */
static Bytes long_body(void) {
  enum { kBlocks = 2000000 };
  static const uint8_t head[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 1, 4,   1, 0x60, 0,
                                 0, 3,   2,   1,   0, 7, 5, 1, 1, 'f', 0, 0,    10};
  uint32_t body = 3 * kBlocks + 2;
  uint8_t* data = malloc(body + sizeof head + 32);
  uint8_t* at = data + sizeof head;
  memcpy(data, head, sizeof head);
  put_u32(&at, body + 5); /* a count, and the body with its size in four bytes */
  put_u32(&at, 1);
  put_u32(&at, body);
  *at++ = 0; /* locals */
  for (int i = 0; i < kBlocks; ++i) {
    memcpy(at, "\x02\x40\x0b", 3);
    at += 3;
  }
  *at++ = 0x0b;
  return (Bytes){data, (uint32_t)(at - data)};
}

static wembed_source_t source_of(Bytes bytes) {
  return (wembed_source_t){.size = sizeof(wembed_source_t),
                           .ownership = WEMBED_BYTES_BORROW,
                           .bytes = bytes.data,
                           .length = bytes.size,
                           .name = "long"};
}

static unsigned released;
static void count_release(void* context, const uint8_t* bytes, size_t length) {
  (void)context, (void)bytes, (void)length;
  ++released;
}

TEST(loads_end_in_time) {
  Bytes bytes = long_body();
  wembed_error_t error;
  wembed_source_t source = source_of(bytes);
  source.deadline_ms = 1;
  CHECK(wembed_load(NULL, &source, &error) == NULL);
  CHECK_TEXT(error.code, "Deadline");
  CHECK_TEXT(error.message, "deadline exceeded");
  CHECK_TEXT(error.module_name, "long");
  CHECK_EQ(error.kind, WEMBED_ERROR_RESOURCE);
  source.ownership = WEMBED_BYTES_TAKE;
  source.release = count_release;
  released = 0;
  CHECK(wembed_load(NULL, &source, &error) == NULL);
  CHECK_EQ(released, 1);
  source = source_of(bytes);
  source.deadline_ms = 600000;
  wasm_module_t module = wembed_load(NULL, &source, &error);
  CHECK(module != NULL);
  wasm_runtime_unload(module);
  source.size = offsetof(wembed_source_t, deadline_ms); /* of a host that knows nothing of it */
  source.deadline_ms = 1;
  module = wembed_load(NULL, &source, &error);
  CHECK(module != NULL);
  wasm_runtime_unload(module);
  free(bytes.data);
}

TEST(loads_are_stopped) {
  Bytes bytes = long_body();
  wembed_error_t error;
  wembed_stop_t stop = wembed_stop_new(NULL);
  wembed_source_t source = source_of(bytes);
  source.stop = stop;
  wembed_stop_request(stop);
  CHECK(wembed_load(NULL, &source, &error) == NULL);
  CHECK_TEXT(error.code, "Terminated");
  CHECK_EQ(error.kind, WEMBED_ERROR_RESOURCE);
  wembed_stop_clear(stop);
  wasm_module_t module = wembed_load(NULL, &source, &error);
  CHECK(module != NULL);
  wasm_runtime_unload(module);
  wembed_stop_delete(stop);
  free(bytes.data);
}

/* Asked while a module is checked: ends that at the second question. */
static int asked;

static bool may_go_on(void* context) {
  CHECK(context == &asked);
  return ++asked < 2;
}

TEST(loads_pass_the_checkpoint) {
  Bytes bytes = long_body();
  wembed_config_t config = {.size = sizeof config, .checkpoint = may_go_on, .checkpoint_ms = 1};
  config.checkpoint_context = &asked;
  config.deadlines_off = true; /* it needs no timer */
  wembed_error_t error;
  wembed_runtime_t runtime = wembed_runtime_new(&config, &error);
  wembed_source_t source = source_of(bytes);
  asked = 0;
  CHECK(wembed_load(runtime, &source, &error) == NULL);
  CHECK_EQ(asked, 2);
  CHECK_TEXT(error.code, "Terminated");
  asked = INT_MIN;
  wasm_module_t module = wembed_load(runtime, &source, &error);
  CHECK(module != NULL && asked > INT_MIN);
  wasm_runtime_unload(module);
  wembed_runtime_delete(runtime);
  free(bytes.data);
}

/* The first call translates, or an instance made with everything translated does. */
TEST(translations_end_in_time) {
  Bytes bytes = long_body();
  wembed_error_t error;
  wembed_source_t source = source_of(bytes);
  wasm_module_t module = wembed_load(NULL, &source, &error);
  if (!CHECK(module != NULL)) return free(bytes.data);
  wembed_instantiate_options_t options = {.size = sizeof options};
  wasm_module_inst_t instance = wembed_instantiate(module, &options, &error);
  wasm_exec_env_t env = wasm_runtime_get_exec_env_singleton(instance);
  wasm_function_inst_t f = wasm_runtime_lookup_function(instance, "f");
  wembed_call_options_t limits = {.size = sizeof limits, .deadline_ms = 1, .fuel = -1};
  if (CHECK(env != NULL && f != NULL)) {
    CHECK(!wembed_call(env, f, NULL, &limits));
    CHECK(wembed_get_error(instance, &error));
    CHECK_TEXT(error.code, "Deadline");
    CHECK_EQ(error.kind, WEMBED_ERROR_TRAP);
    wasm_runtime_clear_exception(instance);
    CHECK(wembed_call(env, f, NULL, NULL));
  }
  wasm_runtime_deinstantiate(instance);
  wasm_runtime_unload(module);

  wembed_config_t config = {.size = sizeof config,
                            .mem_alloc_type = Alloc_With_System_Allocator,
                            .translate_early = WEMBED_TRANSLATE_PLAIN};
  wembed_runtime_t runtime = wembed_runtime_new(&config, &error);
  module = wembed_load(runtime, &source, &error);
  if (CHECK(module != NULL)) {
    options.deadline_ms = 1;
    CHECK(wembed_instantiate(module, &options, &error) == NULL);
    CHECK_TEXT(error.code, "Deadline");
    CHECK_EQ(error.kind, WEMBED_ERROR_TRAP);
    options.deadline_ms = 0;
    instance = wembed_instantiate(module, &options, &error);
    CHECK(instance != NULL);
    wasm_runtime_deinstantiate(instance);
    wasm_runtime_unload(module);
  }
  wembed_runtime_delete(runtime);
  free(bytes.data);
}

TEST(files_named_in_the_source) {
  char path[1024];
  snprintf(path, sizeof path, "%s/calls.wasm", getenv("WEMBED_TEST_MODULES"));
  wembed_error_t error;
  wembed_source_t source = {.size = sizeof source, .path = path, .deadline_ms = 600000};
  wasm_module_t module = wembed_load(NULL, &source, &error);
  if (CHECK(module != NULL)) CHECK_TEXT(wasm_runtime_get_module_name(module), path);
  wasm_runtime_unload(module);
  source.name = "other";
  module = wembed_load(NULL, &source, &error);
  if (CHECK(module != NULL)) CHECK_TEXT(wasm_runtime_get_module_name(module), "other");
  wasm_runtime_unload(module);
  source.path = "no such file";
  CHECK(wembed_load(NULL, &source, &error) == NULL);
  CHECK_TEXT(error.code, "File");
  source.bytes = (const uint8_t*)""; /* one or the other */
  CHECK(wembed_load(NULL, &source, &error) == NULL);
  CHECK_EQ(error.kind, WEMBED_ERROR_USAGE);
}

int main(void) {
  RUN(loads_end_in_time);
  RUN(loads_pass_the_checkpoint);
  RUN(loads_are_stopped);
  RUN(translations_end_in_time);
  RUN(files_named_in_the_source);
  return host_result();
}
