/* Traps and the exception text of an instance. */
#include "host.h"

#define EXCEPTION "Exception: "
#define OUT_OF_BOUNDS EXCEPTION "out of bounds memory access"

TEST(texts_of_traps) {
  Host host = host_open("traps", 0);
  if (!host.env) return host_close(&host);
  CHECK_TEXT(host_trap(&host, "unreachable", 0), EXCEPTION "unreachable");
  CHECK_TEXT(host_trap(&host, "divide", 0), EXCEPTION "integer divide by zero");
  CHECK_TEXT(host_trap(&host, "remainder", 0), EXCEPTION "integer divide by zero");
  CHECK_TEXT(host_trap(&host, "overflow", 0), EXCEPTION "integer overflow");
  CHECK_TEXT(host_trap(&host, "trunc_big", 0), EXCEPTION "integer overflow");
  CHECK_TEXT(host_trap(&host, "trunc_nan", 0), EXCEPTION "invalid conversion to integer");
  CHECK_TEXT(host_trap(&host, "load", 1000000), OUT_OF_BOUNDS);
  CHECK_TEXT(host_trap(&host, "load", 65533), OUT_OF_BOUNDS);
  CHECK_TEXT(host_trap(&host, "load", 0xFFFFFFFF), OUT_OF_BOUNDS);
  CHECK_TEXT(host_trap(&host, "load", 65532), NULL);
  CHECK_TEXT(host_trap(&host, "store", 65536), OUT_OF_BOUNDS);
  CHECK_TEXT(host_trap(&host, "store", 65535), NULL);
  CHECK_TEXT(host_trap(&host, "memory_init", 4), OUT_OF_BOUNDS);
  CHECK_TEXT(host_trap(&host, "memory_fill", 65521), OUT_OF_BOUNDS);
  CHECK_TEXT(host_trap(&host, "indirect", 0), NULL);
  CHECK_TEXT(host_trap(&host, "indirect", 1), EXCEPTION "indirect call type mismatch");
  CHECK_TEXT(host_trap(&host, "indirect", 2), EXCEPTION "uninitialized element");
  CHECK_TEXT(host_trap(&host, "indirect", 3), EXCEPTION "undefined element");
  CHECK_TEXT(host_trap(&host, "table_get", 3), EXCEPTION "out of bounds table access");
  CHECK_TEXT(host_trap(&host, "table_init", 2), EXCEPTION "out of bounds table access");
  CHECK_TEXT(host_trap(&host, "deep", 0), EXCEPTION "wasm operand stack overflow");
  host_close(&host);
}

TEST(effects_before_a_trap_stay) {
  Host host = host_open("traps", 0);
  if (!host.env) return host_close(&host);
  for (uint32_t i = 1; i <= 3; ++i) {
    CHECK_TEXT(host_trap(&host, "change_and_trap", 0), EXCEPTION "unreachable");
    CHECK_EQ(host_i32(&host, "changed", 0, 0), i);
  }
  host_close(&host);
}

TEST(many_faults_in_a_row) {
  Host host = host_open("traps", 0);
  if (!host.env) return host_close(&host);
  for (uint32_t i = 0; i < 3000; ++i) {
    const char* text = host_trap(&host, "load", 65536 + i * 1000);
    if (text == NULL || strcmp(text, OUT_OF_BOUNDS) != 0) CHECK_TEXT(text, OUT_OF_BOUNDS);
  }
  CHECK_EQ(host_i32(&host, "count", 10, 0), 10);
  host_close(&host);
}

TEST(set_and_clear) {
  Host host = host_open("calls", 0);
  if (!host.env) return host_close(&host);
  CHECK(wasm_runtime_get_exception(host.instance) == NULL);
  wasm_runtime_set_exception(host.instance, "100% %s %n");
  CHECK_TEXT(wasm_runtime_get_exception(host.instance), EXCEPTION "100% %s %n");
  wasm_runtime_set_exception(host.instance, "newer");
  CHECK_TEXT(wasm_runtime_get_exception(host.instance), EXCEPTION "newer");
  wasm_runtime_set_exception(host.instance, NULL);
  CHECK(wasm_runtime_get_exception(host.instance) == NULL);
  wasm_runtime_set_exception(host.instance, "again");
  wasm_runtime_clear_exception(host.instance);
  CHECK(wasm_runtime_get_exception(host.instance) == NULL);

  char longer[300];
  memset(longer, 'a', sizeof longer - 1);
  longer[sizeof longer - 1] = 0;
  wasm_runtime_set_exception(host.instance, longer);
  CHECK_EQ(strlen(wasm_runtime_get_exception(host.instance)), 127);
  CHECK_PREFIX(wasm_runtime_get_exception(host.instance), EXCEPTION "aaaa");
  wasm_runtime_clear_exception(host.instance);
  host_close(&host);
}

TEST(exceptions_belong_to_one_instance) {
  Host host = host_open("traps", 0);
  Host other = host_open("traps", 0);
  if (host.env && other.env) {
    CHECK(!host_call(&host, "unreachable", 0, NULL));
    CHECK(wasm_runtime_get_exception(other.instance) == NULL);
    CHECK_EQ(host_i32(&other, "count", 3, 0), 3);
    CHECK_TEXT(wasm_runtime_get_exception(host.instance), EXCEPTION "unreachable");
  }
  host_close(&host);
  host_close(&other);
}

TEST(terminate_without_a_running_call) {
  Host host = host_open("traps", 0);
  if (!host.env) return host_close(&host);
  uint32_t cells[1] = {3};
  wasm_runtime_terminate(host.instance);
  CHECK_TEXT(wasm_runtime_get_exception(host.instance), EXCEPTION "terminated by user");
  CHECK(!host_call(&host, "count", 1, cells));
  wasm_runtime_clear_exception(host.instance);
  CHECK_EQ(host_i32(&host, "count", 3, 0), 3);
  CHECK_EQ(host_i32(&host, "count", 3, 0), 3);
  host_close(&host);
}

int main(void) {
  RUN(texts_of_traps);
  RUN(effects_before_a_trap_stay);
  RUN(many_faults_in_a_row);
  RUN(set_and_clear);
  RUN(exceptions_belong_to_one_instance);
  RUN(terminate_without_a_running_call);
  return host_result();
}
