/* wasm_export_checked.h: whether a call could be done, as a number. */
#include "wasm_export_checked.h"

#include "host.h"

TEST(from_a_load_to_a_result) {
  Bytes bytes = host_read("calls");
  char text[128];
  Result result = wasm_runtime_load_checked(bytes.data, bytes.size, text, sizeof text);
  wasm_module_t module = result.value.wasm_module_t_value;
  if (!CHECK(result.error_code == 0 && module != NULL)) return;
  result = wasm_runtime_instantiate_checked(module, 65536, 0, text, sizeof text);
  wasm_module_inst_t instance = result.value.wasm_module_inst_t_value;
  if (!CHECK(result.error_code == 0 && instance != NULL)) return;
  result = wasm_runtime_create_exec_env_checked(instance, 65536);
  wasm_exec_env_t env = result.value.wasm_exec_env_t_value;
  CHECK(result.error_code == 0 && env != NULL);
  result = wasm_runtime_lookup_function_checked(instance, "add");
  wasm_function_inst_t add = result.value.wasm_function_inst_t_value;
  CHECK(result.error_code == 0 && add != NULL);
  uint32_t cells[2] = {2, 3};
  CHECK(wasm_runtime_call_wasm_checked(env, add, 2, cells).error_code == 0 && cells[0] == 5);
  wasm_val_t values[2] = {{.kind = WASM_I32, .of.i32 = 4}, {.kind = WASM_I32, .of.i32 = 5}};
  wasm_val_t sum[1];
  CHECK_EQ(wasm_runtime_call_wasm_a_checked(env, add, 1, sum, 2, values).error_code, 0);
  CHECK_EQ(sum[0].of.i32, 9);
  CHECK_EQ(wasm_runtime_call_wasm_v_checked(env, add, 1, sum, 2, 20, 30).error_code, 0);
  CHECK_EQ(sum[0].of.i32, 50);
  CHECK_EQ(wasm_runtime_call_wasm_v_checked(env, add, 1, sum, 1, 20).error_code, -2);

  /* What f refuses is -2, what it is not even asked -1. */
  CHECK_EQ(wasm_runtime_lookup_function_checked(instance, "no such").error_code, -2);
  CHECK_EQ(wasm_runtime_lookup_function_checked(instance, NULL).error_code, -1);
  CHECK_EQ(wasm_runtime_call_wasm_a_checked(env, add, 1, sum, 2, NULL).error_code, -1);
  CHECK_EQ(wasm_runtime_call_wasm_a_checked(env, add, 1, sum, 1, values).error_code, -2);
  CHECK_EQ(wasm_runtime_load_checked(bytes.data, 3, text, sizeof text).error_code, -2);
  CHECK_EQ(wasm_runtime_load_checked(bytes.data, bytes.size, NULL, 0).error_code, -1);
  result = wasm_runtime_get_exception_checked(instance);
  CHECK(result.error_code == -2 && result.value.pointer_value == NULL);

  /* Numbers are results, whatever they are. */
  result = wasm_func_get_param_count_checked(add, instance);
  CHECK(result.error_code == 0 && result.value.uint32_t_value == 2);
  result = wasm_runtime_malloc_checked(16);
  CHECK(result.error_code == 0 && result.value.pointer_value != NULL);
  CHECK_EQ(wasm_runtime_free_checked(result.value.pointer_value).error_code, 0);
  CHECK_EQ(wasm_runtime_free_checked(NULL).error_code, -1);

  CHECK_EQ(wasm_runtime_destroy_exec_env_checked(env).error_code, 0);
  CHECK_EQ(wasm_runtime_deinstantiate_checked(instance).error_code, 0);
  CHECK_EQ(wasm_runtime_unload_checked(module).error_code, 0);
  free(bytes.data);
}

int main(void) {
  RUN(from_a_load_to_a_result);
  return host_result();
}
