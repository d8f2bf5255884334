/* The four ways to call, and the exec_envs calls run on. */
#include "capture.h"

TEST(results_replace_arguments) {
  Host host = host_open("calls", 0);
  if (!host.env) return host_close(&host);
  uint32_t cells[8] = {0};
  CHECK(host_call(&host, "two", 0, cells));
  CHECK(cells[0] == 7 && cells[1] == 0x55667788 && cells[2] == 0x11223344);

  uint32_t many[8] = {1, 2, 3};
  float f;
  double d;
  CHECK(host_call(&host, "many", 3, many));
  memcpy(&f, &many[3], 4);
  memcpy(&d, &many[4], 8);
  CHECK(many[0] == 1 && many[1] == 2 && many[2] == 0 && f == 3 && d == 0.5);
  CHECK_EQ(many[6], 0xFFFFFFFF);
  CHECK_EQ(many[7], 0);
  host_close(&host);
}

TEST(values_of_every_type_pass_unchanged) {
  static const uint64_t patterns[] = {0,
                                      1,
                                      0x80000000,
                                      0xFFFFFFFF,
                                      0x7FC00001,
                                      0xFFA00000,
                                      0x8000000000000000,
                                      0xFFFFFFFFFFFFFFFF,
                                      0x7FF8000000000001,
                                      0xFFF4000000000000,
                                      0x0123456789ABCDEF};
  Host host = host_open("calls", 0);
  if (!host.env) return host_close(&host);
  for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; ++i) {
    static const char *const narrow[] = {"id_i32", "id_f32"}, *const wide[] = {"id_i64", "id_f64"};
    for (int type = 0; type < 2; ++type) {
      uint32_t cells[2] = {(uint32_t)patterns[i], 0xAAAAAAAA};
      CHECK(host_call(&host, narrow[type], 1, cells));
      CHECK_EQ(cells[0], (uint32_t)patterns[i]);
      CHECK_EQ(cells[1], 0xAAAAAAAA); /* not one cell more is written */
      uint64_t value = patterns[i];
      memcpy(cells, &value, 8);
      CHECK(host_call(&host, wide[type], 2, cells));
      memcpy(&value, cells, 8);
      CHECK_EQ(value, patterns[i]);
    }
  }
  host_close(&host);
}

TEST(references) {
  Host host = host_open("calls", 0);
  if (!host.env) return host_close(&host);
  int object;
  void* pointers[] = {&object, NULL, (void*)-1, (void*)-2};
  for (int i = 0; i < 4; ++i) {
    uint32_t cells[2];
    memcpy(cells, &pointers[i], 8);
    CHECK(host_call(&host, "is_null", 2, cells));
    CHECK_EQ(cells[0], i == 2); /* NULL is an object, (void *)-1 is null */
    memcpy(cells, &pointers[i], 8);
    CHECK(host_call(&host, "id_extern", 2, cells));
    void* back;
    memcpy(&back, cells, 8);
    CHECK(back == (i == 2 ? NULL : pointers[i])); /* null comes out as NULL */
  }
  uint32_t cells[2] = {0xFFFFFFFF, 0};
  CHECK(host_call(&host, "func_is_null", 1, cells));
  CHECK_EQ(cells[0], 1);
  CHECK(host_call(&host, "null_func", 0, cells));
  CHECK_EQ(cells[0], 0xFFFFFFFF);
  cells[0] = 1; /* function indices are those of the module */
  CHECK(host_call(&host, "func_is_null", 1, cells));
  CHECK_EQ(cells[0], 0);
  cells[0] = 1;
  CHECK(host_call(&host, "id_func", 1, cells));
  CHECK_EQ(cells[0], 1);
  host_close(&host);
}

TEST(argc_of_call_wasm_does_not_matter) {
  Host host = host_open("calls", 0);
  if (!host.env) return host_close(&host);
  for (uint32_t argc = 0; argc < 10; ++argc) {
    uint32_t cells[10] = {1, 2};
    CHECK(host_call(&host, "add", argc, cells));
    CHECK_EQ(cells[0], 3);
  }
  host_close(&host);
}

TEST(typed_values) {
  Host host = host_open("calls", 0);
  if (!host.env) return host_close(&host);
  wasm_function_inst_t mixed = host_function(&host, "mixed");
  wasm_val_t args[4], results[5];
  memset(args, 0, sizeof args);
  args[0] = (wasm_val_t){.kind = WASM_I32, .of.i32 = -1};
  args[1] = (wasm_val_t){.kind = WASM_I64, .of.i64 = 3};
  args[2] = (wasm_val_t){.kind = WASM_F32, .of.f32 = 1.5f};
  args[3] = (wasm_val_t){.kind = WASM_F64, .of.f64 = 0.75};
  CHECK(wasm_runtime_call_wasm_a(host.env, mixed, 1, results, 4, args));
  CHECK(results[0].kind == WASM_F64 && results[0].of.f64 == 4.25);

  wasm_val_t three[3] = {{.kind = WASM_I32, .of.i32 = 4},
                         {.kind = WASM_I32, .of.i32 = -5},
                         {.kind = WASM_I32, .of.i32 = 6}};
  CHECK(wasm_runtime_call_wasm_a(host.env, host_function(&host, "many"), 5, results, 3, three));
  CHECK(results[0].kind == WASM_I32 && results[0].of.i32 == 4);
  CHECK(results[1].kind == WASM_I64 && results[1].of.i64 == -5);
  CHECK(results[2].kind == WASM_F32 && results[2].of.f32 == 6);
  CHECK(results[3].kind == WASM_F64 && results[3].of.f64 == 0.5);
  CHECK(results[4].kind == WASM_I32 && results[4].of.i32 == -1);

  wasm_val_t ref = {.kind = WASM_EXTERNREF, .of.foreign = (uintptr_t)&host};
  CHECK(wasm_runtime_call_wasm_a(host.env, host_function(&host, "id_extern"), 1, results, 1, &ref));
  CHECK(results[0].kind == WASM_EXTERNREF && results[0].of.foreign == (uintptr_t)&host);
  ref = (wasm_val_t){.kind = WASM_FUNCREF, .of.i32 = 2};
  CHECK(wasm_runtime_call_wasm_a(host.env, host_function(&host, "id_func"), 1, results, 1, &ref));
  CHECK(results[0].kind == WASM_I32 && results[0].of.i32 == 2);
  CHECK(wasm_runtime_call_wasm_a(host.env, host_function(&host, "id_func"), 1, results, 1,
                                 results)); /* as it came back: an i32 */
  CHECK(results[0].of.i32 == 2);
  wasm_val_t bits = {.kind = WASM_F32, .of.f32 = 1};
  CHECK(wasm_runtime_call_wasm_a(host.env, host_function(&host, "id_i32"), 1, results, 1, &bits));
  CHECK_EQ(results[0].of.i32, 0x3F800000);
  bits.kind = WASM_I64;
  CHECK(!wasm_runtime_call_wasm_a(host.env, host_function(&host, "id_i32"), 1, results, 1, &bits));
  CHECK_TEXT(wasm_runtime_get_exception(host.instance),
             "Exception: the arguments conversion is failed");
  host_close(&host);
}

TEST(wrong_counts_are_refused_without_an_exception) {
  Host host = host_open("calls", 0);
  if (!host.env) return host_close(&host);
  wasm_function_inst_t add = host_function(&host, "add");
  wasm_val_t args[3] = {{.kind = WASM_I32}, {.kind = WASM_I32}, {.kind = WASM_I32}};
  wasm_val_t results[2];
  capture_begin();
  bool good = wasm_runtime_call_wasm_a(host.env, add, 2, results, 2, args);
  CHECK(logged(capture_end(), "The result value number does not match the function declaration."));
  CHECK(!good);
  capture_begin();
  good = wasm_runtime_call_wasm_a(host.env, add, 1, results, 3, args);
  CHECK(
      logged(capture_end(), "The argument value number does not match the function declaration."));
  CHECK(!good);
  capture_begin();
  CHECK(!wasm_runtime_call_wasm_v(host.env, add, 1, results, 1, 5));
  CHECK(!wasm_runtime_call_wasm_v(host.env, add, 0, results, 2, 5, 6));
  capture_end();
  CHECK(wasm_runtime_get_exception(host.instance) == NULL);
  host_close(&host);
}

TEST(values_as_varargs) {
  Host host = host_open("calls", 0);
  if (!host.env) return host_close(&host);
  wasm_val_t results[1];
  CHECK(wasm_runtime_call_wasm_v(host.env, host_function(&host, "mixed"), 1, results, 4,
                                 (uint32_t)-1, (uint64_t)3, 1.5, 0.75));
  CHECK(results[0].kind == WASM_F64 && results[0].of.f64 == 4.25);
  CHECK(wasm_runtime_call_wasm_v(host.env, host_function(&host, "id_extern"), 1, results, 1,
                                 (uintptr_t)&host));
  CHECK(results[0].of.foreign == (uintptr_t)&host);
  CHECK(wasm_runtime_call_wasm_v(host.env, host_function(&host, "func_is_null"), 1, results, 1,
                                 (uint32_t)-1));
  CHECK_EQ(results[0].of.i32, 1);
  CHECK(wasm_runtime_call_wasm_v(host.env, host_function(&host, "nothing"), 0, NULL, 0));
  host_close(&host);
}

static const char* indirect_trap(const Host* host, uint32_t element, uint32_t argc) {
  static char text[160];
  uint32_t cells[8] = {1, 2, 3};
  if (wasm_runtime_call_indirect(host->env, element, argc, cells)) return NULL;
  snprintf(text, sizeof text, "%s", wasm_runtime_get_exception(host->instance));
  wasm_runtime_clear_exception(host->instance);
  return text;
}

TEST(calls_through_the_table) {
  Host host = host_open("calls", 0);
  if (!host.env) return host_close(&host);
  uint32_t cells[8] = {30, 12};
  CHECK(wasm_runtime_call_indirect(host.env, 0, 2, cells));
  CHECK_EQ(cells[0], 42);
  uint32_t three[3] = {5, 0, 6};
  CHECK(wasm_runtime_call_indirect(host.env, 1, 3, three));
  CHECK_EQ(three[0], 11);
  CHECK(wasm_runtime_call_indirect(host.env, 1, 9, three)); /* more is fine */

  CHECK_TEXT(indirect_trap(&host, 1, 1),
             "Exception: invalid argument count 1, must be no smaller than 3");
  CHECK_TEXT(indirect_trap(&host, 6, 8), "Exception: undefined element");
  CHECK_TEXT(indirect_trap(&host, 0xFFFFFFFF, 8), "Exception: undefined element");
  CHECK_TEXT(indirect_trap(&host, 2, 8), "Exception: uninitialized element");
  CHECK_TEXT(indirect_trap(&host, 3, 0), "Exception: unreachable");
  host_close(&host);

  host = host_open("no_table", 0);
  if (host.env) CHECK(indirect_trap(&host, 0, 0) != NULL);
  host_close(&host);
}

TEST(pending_exception_stops_calls) {
  Host host = host_open("calls", 0);
  if (!host.env) return host_close(&host);
  wasm_global_inst_t flag;
  CHECK(wasm_runtime_get_export_global_inst(host.instance, "flag", &flag));
  wasm_runtime_set_exception(host.instance, "earlier");
  uint32_t cells[2] = {1, 2};
  wasm_val_t result;
  CHECK(!host_call(&host, "raise_flag", 0, cells));
  CHECK(!wasm_runtime_call_wasm_v(host.env, host_function(&host, "id_i32"), 1, &result, 1, 1));
  CHECK(!wasm_runtime_call_indirect(host.env, 0, 2, cells));
  CHECK(cells[0] == 1 && cells[1] == 2);
  CHECK_TEXT(wasm_runtime_get_exception(host.instance), "Exception: earlier");
  CHECK_EQ(*(uint32_t*)flag.global_data, 0); /* nothing was run */
  wasm_runtime_clear_exception(host.instance);
  CHECK(host_call(&host, "raise_flag", 0, cells));
  CHECK_EQ(*(uint32_t*)flag.global_data, 1);
  host_close(&host);
}

TEST(null_exec_env) {
  Host host = host_open("calls", 0);
  if (!host.env) return host_close(&host);
  uint32_t cells[2] = {1, 2};
  capture_begin();
  bool good = wasm_runtime_call_wasm(NULL, host_function(&host, "add"), 2, cells);
  CHECK(capture_end()[0] == '[');
  CHECK(!good);
  host_close(&host);
}

TEST(stack_size_of_an_exec_env) {
  Host host = host_open("calls", 0);
  if (!host.env) return host_close(&host);
  uint32_t sizes[] = {64, 4096, 65536, 1 << 20};
  uint32_t deepest = 0;
  for (int i = 0; i < 4; ++i) {
    wasm_exec_env_t env = wasm_runtime_create_exec_env(host.instance, sizes[i]);
    if (!CHECK(env != NULL)) continue;
    uint32_t depth = 0, step = 1 << 20;
    for (; step > 0; step /= 2) {
      uint32_t cells[1] = {depth + step};
      if (wasm_runtime_call_wasm(env, host_function(&host, "sum"), 1, cells)) {
        depth += step;
      } else {
        CHECK_TEXT(wasm_runtime_get_exception(host.instance),
                   "Exception: wasm operand stack overflow");
        wasm_runtime_clear_exception(host.instance);
      }
    }
    CHECK(i == 0 || depth > deepest);
    CHECK(i < 2 || depth > sizes[i] / 256); /* frames of this function are small */
    deepest = depth;
    wasm_runtime_destroy_exec_env(env);
  }
  wasm_exec_env_t none = wasm_runtime_create_exec_env(host.instance, 0);
  if (none != NULL) { /* no stack, no call */
    uint32_t cells[2] = {1, 2};
    CHECK(!wasm_runtime_call_wasm(none, host_function(&host, "add"), 2, cells));
    CHECK_TEXT(wasm_runtime_get_exception(host.instance), "Exception: wasm operand stack overflow");
    wasm_runtime_clear_exception(host.instance);
    wasm_runtime_destroy_exec_env(none);
  }
  host_close(&host);
}

TEST(singleton_and_user_data) {
  Host host = host_open("calls", 0);
  if (!host.env) return host_close(&host);
  wasm_exec_env_t singleton = wasm_runtime_get_exec_env_singleton(host.instance);
  CHECK(singleton != NULL && singleton != host.env);
  CHECK(wasm_runtime_get_exec_env_singleton(host.instance) == singleton);
  CHECK(wasm_runtime_get_module_inst(singleton) == host.instance);
  CHECK(wasm_runtime_get_user_data(host.env) == NULL);
  wasm_runtime_set_user_data(host.env, &host);
  CHECK(wasm_runtime_get_user_data(host.env) == &host);
  CHECK(wasm_runtime_get_user_data(singleton) == NULL);
  CHECK(wasm_runtime_get_function_attachment(host.env) == NULL);
  host_close(&host);
}

TEST(exec_env_lent_to_another_instance) {
  Host host = host_open("memory", 0);
  Host other = host_open("memory", 0);
  if (host.env && other.env) {
    uint32_t cells[2] = {16, 'X'};
    wasm_runtime_set_module_inst(host.env, other.instance);
    CHECK(wasm_runtime_get_module_inst(host.env) == other.instance);
    CHECK(wasm_runtime_call_wasm(host.env, host_function(&other, "store8"), 2, cells));
    cells[0] = 0xFFFFFFFF;
    CHECK(!wasm_runtime_call_wasm(host.env, host_function(&other, "load8"), 1, cells));
    CHECK(wasm_runtime_get_exception(other.instance) != NULL);
    CHECK(wasm_runtime_get_exception(host.instance) == NULL);
    wasm_runtime_clear_exception(other.instance);
    wasm_runtime_set_module_inst(host.env, host.instance);
    CHECK_EQ(host_i32(&host, "load8", 16, 0), 'h');
    CHECK_EQ(host_i32(&other, "load8", 16, 0), 'X');
  }
  host_close(&host);
  host_close(&other);
}

TEST(instruction_limit) {
  Host host = host_open("traps", 0);
  if (!host.env) return host_close(&host);
  CHECK_EQ(host_i32(&host, "count", 100000, 0), 100000); /* unlimited at first */
  wasm_runtime_set_instruction_count_limit(host.env, 1000);
  CHECK_TEXT(host_trap(&host, "loop", 0), "Exception: instruction limit exceeded");
  CHECK_TEXT(host_trap(&host, "count", 100000), "Exception: instruction limit exceeded");
  CHECK_EQ(host_i32(&host, "count", 5, 0), 5); /* each call has the whole budget */
  CHECK_EQ(host_i32(&host, "count", 5, 0), 5);
  wasm_runtime_set_instruction_count_limit(host.env, 0);
  CHECK_TEXT(host_trap(&host, "count", 1), "Exception: instruction limit exceeded");
  wasm_runtime_set_instruction_count_limit(host.env, -1);
  CHECK_EQ(host_i32(&host, "count", 100000, 0), 100000);
  host_close(&host);
}

int main(void) {
  RUN(results_replace_arguments);
  RUN(values_of_every_type_pass_unchanged);
  RUN(references);
  RUN(argc_of_call_wasm_does_not_matter);
  RUN(typed_values);
  RUN(wrong_counts_are_refused_without_an_exception);
  RUN(values_as_varargs);
  RUN(calls_through_the_table);
  RUN(pending_exception_stops_calls);
  RUN(null_exec_env);
  RUN(stack_size_of_an_exec_env);
  RUN(singleton_and_user_data);
  RUN(exec_env_lent_to_another_instance);
  RUN(instruction_limit);
  return host_result();
}
