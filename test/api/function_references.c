/* Typed references to functions: what the guest does with them, and what it takes from the host. */
#include "host.h"
#include "wembed.h"

static uint32_t picked; /* what the native answers: a function's number, or none */

static uint32_t pick(wasm_exec_env_t env, uint32_t unused) {
  (void)env, (void)unused;
  return picked;
}
static NativeSymbol natives[] = {{"pick", (void*)pick, "", NULL}};

static Host open_module(void) {
  CHECK(wasm_runtime_register_natives("env", natives, 1));
  return host_open("function_references", 0);
}

static uint64_t reference(const Host* host, const char* name) {
  return (uint64_t)(uintptr_t)host_function(host, name);
}

/* The result of an export called with slots, or what it ended in. */
static const char* call(const Host* host, const char* name, uint64_t a, uint64_t b, uint64_t* got) {
  static char text[160];
  uint64_t slots[2] = {a, b};
  bool good = wembed_call(host->env, host_function(host, name), slots, NULL);
  *got = slots[0];
  const char* exception = wasm_runtime_get_exception(host->instance);
  snprintf(text, sizeof text, "%s", exception != NULL ? exception : "");
  CHECK(good == (exception == NULL));
  wasm_runtime_clear_exception(host->instance);
  return text;
}

static uint32_t export_of(wasm_module_t module, const char* name) {
  wembed_extern_type_t type;
  for (uint32_t i = 0; wembed_module_export(module, i, &type); ++i) {
    if (type.name_length == strlen(name) && memcmp(type.name, name, type.name_length) == 0) {
      return i;
    }
  }
  CHECK(!"no such export");
  return 0;
}

TEST(calls_through_references) {
  Host host = open_module();
  if (!host.env) return host_close(&host);
  uint64_t got;
  const uint64_t increment = reference(&host, "increment"), twice = reference(&host, "double");
  const char* const callers[] = {"apply", "apply_any", "apply_or", "apply_non_null", "assert"};
  for (size_t i = 0; i < sizeof callers / sizeof *callers; ++i) {
    CHECK_TEXT(call(&host, callers[i], increment, 20, &got), "");
    CHECK_EQ((uint32_t)got, 21);
    CHECK_TEXT(call(&host, callers[i], twice, 20, &got), "");
    CHECK_EQ((uint32_t)got, 40);
  }
  CHECK_TEXT(call(&host, "apply_any", 0, 1, &got), "Exception: null reference");
  CHECK_TEXT(call(&host, "assert", 0, 1, &got), "Exception: null reference");
  CHECK_TEXT(call(&host, "apply_or", 0, 1, &got), "");
  CHECK_EQ((uint32_t)got, (uint32_t)-1);
  CHECK_TEXT(call(&host, "apply_non_null", 0, 1, &got), "");
  CHECK_EQ((uint32_t)got, (uint32_t)-2);
  CHECK_TEXT(call(&host, "get", 2, 0, &got), "");
  CHECK_EQ(got, twice);
  CHECK_TEXT(call(&host, "get", 0, 0, &got), "");
  CHECK(wembed_slot_is_null(got));
  host_close(&host);
}

/* A host is believed nothing: null where there is none, and functions of other types, are refused.
 */
TEST(values_of_the_host) {
  Host host = open_module();
  if (!host.env) return host_close(&host);
  static const char kMismatch[] = "Exception: reference type mismatch";
  uint64_t got;
  const uint64_t sum = reference(&host, "sum"), twice = reference(&host, "double");
  CHECK_TEXT(call(&host, "apply", 0, 1, &got), kMismatch);
  CHECK_TEXT(call(&host, "apply", sum, 1, &got), kMismatch);
  CHECK_TEXT(call(&host, "apply_any", sum, 1, &got), kMismatch);

  /* Cells and typed values have numbers: those of this instance's functions. */
  const uint32_t numbers[] = {wembed_function_index(host_function(&host, "increment")),
                              wembed_function_index(host_function(&host, "sum")), UINT32_MAX};
  static const char kCells[] = "Exception: the arguments conversion is failed";
  for (int i = 0; i < 3; ++i) {
    uint32_t cells[2] = {numbers[i], 4};
    CHECK(host_call(&host, "apply", 2, cells) == (i == 0));
    if (i == 0) CHECK_EQ(cells[0], 5);
    if (i > 0) CHECK_TEXT(wasm_runtime_get_exception(host.instance), kCells);
    wasm_runtime_clear_exception(host.instance);
    wasm_val_t args[2] = {{.kind = WASM_FUNCREF, .of.i32 = (int32_t)numbers[i]},
                          {.kind = WASM_I32, .of.i32 = 4}};
    wasm_val_t result;
    CHECK(wasm_runtime_call_wasm_a(host.env, host_function(&host, "apply"), 1, &result, 2, args) ==
          (i == 0));
    wasm_runtime_clear_exception(host.instance);
    /* A native's result. */
    picked = numbers[i];
    CHECK_TEXT(call(&host, "apply_picked", 0, 9, &got), i == 0 ? "" : kMismatch);
    if (i == 0) CHECK_EQ((uint32_t)got, 10);
  }

  const uint32_t any = export_of(host.module, "any"), all = export_of(host.module, "all");
  CHECK(wembed_table_set(host.instance, any, 0, twice));
  CHECK(wembed_table_set(host.instance, any, 1, 0));
  CHECK(!wembed_table_set(host.instance, any, 1, sum));
  CHECK(wembed_table_set(host.instance, all, 1, twice));
  CHECK(!wembed_table_set(host.instance, all, 1, 0));
  CHECK(!wembed_table_grow(host.instance, all, 1, 0, NULL));
  CHECK(wembed_table_grow(host.instance, all, 1, twice, NULL));
  for (uint32_t i = 0; i < 3; ++i) {
    CHECK_TEXT(call(&host, "apply_all", i, 6, &got), "");
    CHECK_EQ((uint32_t)got, i == 0 ? 7 : 12);
  }
  const uint32_t current = export_of(host.module, "current");
  uint64_t slots[2] = {0, 0};
  CHECK(!wembed_global_set(host.instance, current, slots));
  slots[0] = sum;
  CHECK(!wembed_global_set(host.instance, current, slots));
  slots[0] = twice;
  CHECK(wembed_global_set(host.instance, current, slots));
  CHECK_TEXT(call(&host, "apply_current", 8, 0, &got), "");
  CHECK_EQ((uint32_t)got, 16);
  host_close(&host);
}

/* A reset fills tables from their initialisers again. */
/* Arguments as text are values of the host's like others: of the parameter's type, or none. */
TEST(text_of_functions) {
  Host host = open_module();
  if (!host.env) return host_close(&host);
  static const struct {
    const char* function;
    const char* index; /* 1: increment, 3: sum, which takes two */
    const char* problem;
  } cases[] = {{"apply", "1", NULL},
               {"apply", "3", "Exception: invalid input argument 0: 3"},
               {"apply", "null", "Exception: invalid input argument 0: null"},
               {"apply_any", "3", "Exception: invalid input argument 0: 3"},
               {"apply_any", "null", "Exception: null reference"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    char index[8], value[] = "3";
    snprintf(index, sizeof index, "%s", cases[i].index);
    char* arguments[] = {index, value};
    CHECK_EQ(wasm_application_execute_func(host.instance, cases[i].function, 2, arguments),
             cases[i].problem == NULL);
    if (cases[i].problem != NULL) {
      CHECK_TEXT(wasm_runtime_get_exception(host.instance), cases[i].problem);
    }
  }
  host_close(&host);
}

TEST(reset) {
  Host host = open_module();
  if (!host.env) return host_close(&host);
  uint64_t got;
  const uint32_t all = export_of(host.module, "all");
  CHECK(wembed_table_set(host.instance, all, 0, reference(&host, "double")));
  CHECK(wembed_instance_reset(host.instance, NULL, NULL));
  CHECK_TEXT(call(&host, "apply_all", 0, 6, &got), "");
  CHECK_EQ((uint32_t)got, 7);
  host_close(&host);
}

int main(void) {
  RUN(calls_through_references);
  RUN(values_of_the_host);
  RUN(text_of_functions);
  RUN(reset);
  return host_result();
}
