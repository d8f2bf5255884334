/* Context keys: one pointer per key and instance. */
#include "capture.h"

static unsigned destroyed, destroyed_empty;
static wasm_module_inst_t last_instance;

static void on_destroy(wasm_module_inst_t instance, void* context) {
  last_instance = instance;
  if (context != NULL) {
    ++destroyed;
  } else {
    ++destroyed_empty;
  }
}

TEST(values_by_key_and_instance) {
  int a, b;
  void* first = wasm_runtime_create_context_key(on_destroy);
  void* second = wasm_runtime_create_context_key(NULL);
  CHECK(first != NULL && second != NULL && first != second);
  Host host = host_open("calls", 0), other = host_open("calls", 0);
  if (host.env && other.env) {
    CHECK(wasm_runtime_get_context(host.instance, first) == NULL);
    wasm_runtime_set_context(host.instance, first, &a);
    wasm_runtime_set_context_spread(host.instance, second, &b);
    CHECK(wasm_runtime_get_context(host.instance, first) == &a);
    CHECK(wasm_runtime_get_context(host.instance, second) == &b);
    CHECK(wasm_runtime_get_context(other.instance, first) == NULL);
    CHECK(wasm_runtime_get_context(other.instance, second) == NULL);
  }
  destroyed = destroyed_empty = 0;
  wasm_module_inst_t instance = host.instance;
  host_close(&host);
  CHECK(destroyed == 1 && destroyed_empty == 0 && last_instance == instance);
  host_close(&other); /* called for instances without a value, too */
  CHECK(destroyed == 1 && destroyed_empty == 1);
  wasm_runtime_destroy_context_key(first);
  wasm_runtime_destroy_context_key(second);
  CHECK(destroyed == 1 && destroyed_empty == 1);
}

/* The instance is whole while its destructors run. */
static void calls_the_guest(wasm_module_inst_t instance, void* context) {
  uint32_t cells[2] = {16};
  wasm_exec_env_t env = wasm_runtime_create_exec_env(instance, 8192);
  CHECK(wasm_runtime_call_wasm(env, wasm_runtime_lookup_function(instance, "load8"), 1, cells));
  *(uint32_t*)context = cells[0];
  wasm_runtime_destroy_exec_env(env);
}

TEST(destructors_use_the_instance) {
  uint32_t letter = 0;
  void* key = wasm_runtime_create_context_key(calls_the_guest);
  Host host = host_open("memory", 0);
  if (host.env) wasm_runtime_set_context(host.instance, key, &letter);
  host_close(&host);
  CHECK_EQ(letter, 'h');
  wasm_runtime_destroy_context_key(key);
}

TEST(seven_keys) {
  void* keys[8];
  for (int i = 0; i < 7; ++i) CHECK((keys[i] = wasm_runtime_create_context_key(NULL)) != NULL);
  capture_begin();
  CHECK(wasm_runtime_create_context_key(NULL) == NULL);
  CHECK(logged(capture_end(), "failed to allocate instance context key"));
  wasm_runtime_destroy_context_key(keys[3]);
  CHECK((keys[7] = wasm_runtime_create_context_key(NULL)) != NULL);
  keys[3] = keys[7];
  for (int i = 0; i < 7; ++i) wasm_runtime_destroy_context_key(keys[i]);
}

int main(void) {
  RUN(values_by_key_and_instance);
  RUN(destructors_use_the_instance);
  RUN(seven_keys);
  return host_result();
}
