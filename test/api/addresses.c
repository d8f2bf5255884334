/* Validation and translation of addresses, and the ranges they lie in. */
#include "host.h"

#define OUT_OF_BOUNDS "Exception: out of bounds memory access"
#define SIZE (2u * 65536u)

/* A refused validation says so in the exception, an accepted one does not. */
static void validated(const Host* host, bool good, bool expected, int line) {
  const char* text = wasm_runtime_get_exception(host->instance);
  host_check(good == expected, __FILE__, line, "validation");
  host_check_text(text, expected ? NULL : OUT_OF_BOUNDS, false, __FILE__, line);
  wasm_runtime_clear_exception(host->instance);
}
#define VALID(call) validated(&host, call, true, __LINE__)
#define INVALID(call) validated(&host, call, false, __LINE__)

TEST(app_addresses) {
  Host host = host_open("memory", 0);
  if (!host.env) return host_close(&host);
  VALID(wasm_runtime_validate_app_addr(host.instance, 0, 0));
  VALID(wasm_runtime_validate_app_addr(host.instance, 0, SIZE));
  VALID(wasm_runtime_validate_app_addr(host.instance, SIZE - 1, 1));
  VALID(wasm_runtime_validate_app_addr(host.instance, SIZE, 0));
  INVALID(wasm_runtime_validate_app_addr(host.instance, SIZE, 1));
  INVALID(wasm_runtime_validate_app_addr(host.instance, 0, SIZE + 1));
  INVALID(wasm_runtime_validate_app_addr(host.instance, SIZE + 1, 0));
  INVALID(wasm_runtime_validate_app_addr(host.instance, UINT64_MAX, 2));
  INVALID(wasm_runtime_validate_app_addr(host.instance, 16, UINT64_MAX - 8));
  INVALID(wasm_runtime_validate_app_addr(host.instance, UINT64_MAX, UINT64_MAX));
  host_close(&host);
}

TEST(app_strings) {
  Host host = host_open("memory", 0);
  if (!host.env) return host_close(&host);
  VALID(wasm_runtime_validate_app_str_addr(host.instance, 16));
  VALID(wasm_runtime_validate_app_str_addr(host.instance, SIZE - 1));
  INVALID(wasm_runtime_validate_app_str_addr(host.instance, SIZE));
  INVALID(wasm_runtime_validate_app_str_addr(host.instance, UINT64_MAX));
  uint32_t cells[2] = {SIZE - 1, 'x'};
  CHECK(host_call(&host, "store8", 2, cells));
  INVALID(wasm_runtime_validate_app_str_addr(host.instance, SIZE - 1));
  VALID(wasm_runtime_validate_app_str_addr(host.instance, 16));
  host_close(&host);
}

TEST(native_addresses) {
  Host host = host_open("memory", 0);
  if (!host.env) return host_close(&host);
  char* base = wasm_runtime_addr_app_to_native(host.instance, 0);
  VALID(wasm_runtime_validate_native_addr(host.instance, base, SIZE));
  VALID(wasm_runtime_validate_native_addr(host.instance, base + SIZE, 0));
  VALID(wasm_runtime_validate_native_addr(host.instance, base + SIZE - 1, 1));
  INVALID(wasm_runtime_validate_native_addr(host.instance, base - 1, 1));
  INVALID(wasm_runtime_validate_native_addr(host.instance, base, SIZE + 1));
  INVALID(wasm_runtime_validate_native_addr(host.instance, base + 8, UINT64_MAX - 4));
  INVALID(wasm_runtime_validate_native_addr(host.instance, &host, 1));
  INVALID(wasm_runtime_validate_native_addr(host.instance, NULL, 1));
  host_close(&host);
}

TEST(translation) {
  Host host = host_open("memory", 0);
  if (!host.env) return host_close(&host);
  wasm_module_inst_t module_inst = host.instance;
  char* base = wasm_memory_get_base_address(wasm_runtime_get_default_memory(host.instance));
  CHECK(addr_app_to_native(0) == base);
  CHECK(addr_app_to_native(SIZE - 1) == base + SIZE - 1);
  CHECK(addr_app_to_native(SIZE) == NULL);
  CHECK(addr_app_to_native(UINT64_MAX) == NULL);
  CHECK_EQ(addr_native_to_app(base), 0);
  CHECK_EQ(addr_native_to_app(base + 77), 77);
  CHECK_EQ(addr_native_to_app(base + SIZE - 1), SIZE - 1);
  CHECK_EQ(addr_native_to_app(base + SIZE), 0);
  CHECK_EQ(addr_native_to_app(base - 1), 0);
  CHECK_EQ(addr_native_to_app(NULL), 0);
  CHECK(wasm_runtime_get_exception(host.instance) == NULL);
  CHECK_TEXT((const char*)addr_app_to_native(16), "hello");
  strcpy(addr_app_to_native(16), "HELLO");
  CHECK_EQ(host_i32(&host, "load8", 20, 0), 'O');
  host_close(&host);
}

TEST(ranges) {
  Host host = host_open("memory", 0);
  if (!host.env) return host_close(&host);
  uint64_t start = 1, end = 1;
  uint8_t *first = NULL, *last = NULL;
  uint8_t* base = wasm_runtime_addr_app_to_native(host.instance, 0);
  CHECK(wasm_runtime_get_app_addr_range(host.instance, 5, &start, &end));
  CHECK(start == 0 && end == SIZE);
  CHECK(wasm_runtime_get_app_addr_range(host.instance, SIZE - 1, NULL, NULL));
  start = end = 1;
  CHECK(!wasm_runtime_get_app_addr_range(host.instance, SIZE, &start, &end));
  CHECK(start == 1 && end == 1);
  CHECK(wasm_runtime_get_native_addr_range(host.instance, base + SIZE - 1, &first, &last));
  CHECK(first == base && last == base + SIZE);
  CHECK(wasm_runtime_get_native_addr_range(host.instance, base, NULL, NULL));
  CHECK(!wasm_runtime_get_native_addr_range(host.instance, base + SIZE, &first, &last));
  CHECK(!wasm_runtime_get_native_addr_range(host.instance, base - 1, NULL, NULL));
  CHECK(wasm_runtime_get_exception(host.instance) == NULL);
  host_close(&host);
}

TEST(ranges_follow_growth) {
  Host host = host_open("memory", 0);
  if (!host.env) return host_close(&host);
  uint64_t end = 0;
  CHECK_EQ(host_i32(&host, "grow", 2, 0), 2);
  VALID(wasm_runtime_validate_app_addr(host.instance, SIZE, SIZE));
  CHECK(wasm_runtime_get_app_addr_range(host.instance, 0, NULL, &end));
  CHECK_EQ(end, 2 * SIZE);
  char* base = wasm_memory_get_base_address(wasm_runtime_get_default_memory(host.instance));
  CHECK(wasm_runtime_addr_app_to_native(host.instance, 2 * SIZE - 1) == base + 2 * SIZE - 1);
  CHECK(wasm_runtime_addr_app_to_native(host.instance, 2 * SIZE) == NULL);
  host_close(&host);
}

TEST(no_memory) {
  Host host = host_open("memory_none", 0);
  if (!host.env) return host_close(&host);
  INVALID(wasm_runtime_validate_app_addr(host.instance, 0, 0));
  INVALID(wasm_runtime_validate_app_str_addr(host.instance, 0));
  INVALID(wasm_runtime_validate_native_addr(host.instance, &host, 1));
  CHECK(wasm_runtime_addr_app_to_native(host.instance, 0) == NULL);
  CHECK_EQ(wasm_runtime_addr_native_to_app(host.instance, &host), 0);
  CHECK(!wasm_runtime_get_app_addr_range(host.instance, 0, NULL, NULL));
  CHECK(!wasm_runtime_get_native_addr_range(host.instance, (uint8_t*)&host, NULL, NULL));
  CHECK(wasm_runtime_get_exception(host.instance) == NULL);
  host_close(&host);
}

int main(void) {
  RUN(app_addresses);
  RUN(app_strings);
  RUN(native_addresses);
  RUN(translation);
  RUN(ranges);
  RUN(ranges_follow_growth);
  RUN(no_memory);
  return host_result();
}
