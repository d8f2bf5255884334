/* Host functions: registration, signatures, conversion of pointers, calls in both directions. */
#include "capture.h"

#define OUT_OF_BOUNDS "Exception: out of bounds memory access"

static const void* seen_pointer;
static uint32_t seen_length, calls;
static int attached;

static uint32_t buffer(wasm_exec_env_t env, const char* data, uint32_t length) {
  (void)env;
  ++calls;
  seen_pointer = data;
  seen_length = length;
  return 1;
}

static uint32_t string(wasm_exec_env_t env, const char* text) {
  (void)env;
  ++calls;
  seen_pointer = text;
  return (uint32_t)strlen(text);
}

static uint32_t byte(wasm_exec_env_t env, const uint8_t* data) {
  (void)env;
  ++calls;
  seen_pointer = data;
  return *data;
}

static uint32_t plain(wasm_exec_env_t env, uint32_t a, uint32_t b) {
  (void)env;
  return a - b;
}

static double ten(wasm_exec_env_t env, uint32_t a, int64_t b, float c, double d, int32_t e,
                  int64_t f, float g, double h, int32_t i, int64_t j) {
  (void)env;
  CHECK(a == 0xFFFFFFFF && b == 2 && c == 3.5f && d == 4.25 && e == 5);
  CHECK(f == -6 && g == 7.5f && h == 8.25 && i == 9 && j == 10);
  return 1.125;
}

static uint32_t reads_attachment(wasm_exec_env_t env) {
  CHECK(wasm_runtime_get_function_attachment(env) == &attached);
  return 1;
}

static void* object(wasm_exec_env_t env, void* host_object) {
  (void)env;
  seen_pointer = host_object;
  return host_object == &attached ? (void*)&calls : host_object;
}

static uint32_t fails(wasm_exec_env_t env, uint32_t argument) {
  if (argument != 0) wasm_runtime_set_exception(get_module_inst(env), "told to fail");
  return 7;
}

static uint32_t prefixed(wasm_exec_env_t env) {
  (void)env;
  return 77;
}

/* Calls the guest's `double` in the ways open to a native. */
static uint32_t calls_back(wasm_exec_env_t env, uint32_t argument) {
  wasm_module_inst_t module_inst = get_module_inst(env);
  uint32_t cells[1] = {argument};
  wasm_function_inst_t twice = wasm_runtime_lookup_function(module_inst, "double");
  CHECK(wasm_runtime_call_wasm(env, twice, 1, cells));
  CHECK(wasm_runtime_call_indirect(env, 0, 1, cells));
  if (argument == 1000) { /* another exec_env on the same thread */
    wasm_exec_env_t other = wasm_runtime_create_exec_env(module_inst, 8192);
    CHECK(wasm_runtime_call_wasm(other, twice, 1, cells));
    wasm_runtime_destroy_exec_env(other);
  }
  if (argument == 2000) { /* a trap that the native swallows, and one that it does not */
    wasm_function_inst_t trap = wasm_runtime_lookup_function(module_inst, "trap");
    CHECK(!wasm_runtime_call_wasm(env, trap, 0, NULL));
    CHECK_TEXT(wasm_runtime_get_exception(module_inst), "Exception: unreachable");
    wasm_runtime_clear_exception(module_inst);
    CHECK(wasm_runtime_call_wasm(env, twice, 1, cells));
    cells[0] = 5;
  }
  if (argument == 3000) {
    wasm_function_inst_t trap = wasm_runtime_lookup_function(module_inst, "trap");
    CHECK(!wasm_runtime_call_wasm(env, trap, 0, NULL));
  }
  return cells[0];
}

static uint32_t negative(wasm_exec_env_t env, int32_t argument) {
  (void)env;
  return (uint32_t)(argument * 2);
}

static NativeSymbol natives[] = {
    EXPORT_WASM_API_WITH_SIG(string, "($)i"),
    EXPORT_WASM_API_WITH_SIG(buffer, "(*~)i"),
    EXPORT_WASM_API_WITH_SIG(byte, "(*)i"),
    EXPORT_WASM_API(plain),
    EXPORT_WASM_API_WITH_SIG(ten, "(iIfFiIfFiI)F"),
    {"attached", (void*)reads_attachment, "()i", &attached},
    EXPORT_WASM_API_WITH_SIG(object, "(r)r"),
    EXPORT_WASM_API_WITH_SIG(fails, "(i)i"),
    EXPORT_WASM_API_WITH_SIG(prefixed, "()i"),
    EXPORT_WASM_API_WITH_SIG(calls_back, "(i)i"),
    EXPORT_WASM_API_WITH_SIG(negative, "(i)i"),
};
enum { NATIVES = sizeof natives / sizeof natives[0] };

static Host open_natives(void) {
  calls = 0;
  CHECK(wasm_runtime_register_natives("env", natives, NATIVES));
  return host_open("natives", 0);
}

TEST(buffers) {
  Host host = open_natives();
  if (!host.env) return host_close(&host);
  char* base = wasm_runtime_addr_app_to_native(host.instance, 0);
  CHECK_EQ(host_i32(&host, "buffer", 16, 5), 1);
  CHECK(seen_pointer == base + 16 && seen_length == 5);
  CHECK_EQ(host_i32(&host, "buffer", 65534, 2), 1);
  CHECK_EQ(host_i32(&host, "buffer", 0, 0), 1);
  CHECK(seen_pointer == base); /* 0 is an address like any other */
  CHECK_EQ(host_i32(&host, "buffer", 0, 65536), 1);
  CHECK_EQ(host_i32(&host, "buffer", 65536, 0), 1);
  CHECK(seen_pointer == NULL); /* nothing at the very end */
  calls = 0;
  uint32_t bad[][2] = {{65534, 5}, {65536, 1}, {0, 65537}, {0xFFFFFFFF, 0xFFFFFFFF}, {65537, 0}};
  for (int i = 0; i < 5; ++i) {
    CHECK(!host_call(&host, "buffer", 2, bad[i]));
    CHECK_TEXT(wasm_runtime_get_exception(host.instance), OUT_OF_BOUNDS);
    wasm_runtime_clear_exception(host.instance);
  }
  CHECK_EQ(host_i32(&host, "byte", 32, 0), 't');
  CHECK_TEXT(host_trap(&host, "byte", 65536), OUT_OF_BOUNDS); /* one byte is checked */
  CHECK_EQ(calls, 1);
  host_close(&host);
}

TEST(strings) {
  Host host = open_natives();
  if (!host.env) return host_close(&host);
  CHECK_EQ(host_i32(&host, "string", 32, 0), 4);
  CHECK(seen_pointer == wasm_runtime_addr_app_to_native(host.instance, 32));
  CHECK_EQ(host_i32(&host, "string", 65535, 0), 0);
  uint32_t none[1];
  CHECK(host_call(&host, "fill_last", 0, none));
  calls = 0;
  CHECK_TEXT(host_trap(&host, "string", 65535), OUT_OF_BOUNDS); /* no NUL before the end */
  CHECK_TEXT(host_trap(&host, "string", 65536), OUT_OF_BOUNDS);
  CHECK_TEXT(host_trap(&host, "string", 0xFFFFFFFF), OUT_OF_BOUNDS);
  CHECK_EQ(calls, 0);
  host_close(&host);
}

TEST(numbers_and_objects) {
  Host host = open_natives();
  if (!host.env) return host_close(&host);
  CHECK_EQ(host_i32(&host, "plain", 50, 8), 42);
  CHECK_EQ(host_i32(&host, "negative", (uint32_t)-21, 0), (uint32_t)-42);
  CHECK_EQ(host_i32(&host, "prefixed", 0, 0), 77);
  CHECK_EQ(host_i32(&host, "attached", 0, 0), 1);
  CHECK(wasm_runtime_get_function_attachment(host.env) == NULL);
  uint32_t cells[2];
  double result;
  CHECK(host_call(&host, "ten", 0, cells));
  memcpy(&result, cells, 8);
  CHECK(result == 1.125);

  void* pointer = &attached;
  memcpy(cells, &pointer, 8);
  CHECK(host_call(&host, "object", 2, cells));
  CHECK(seen_pointer == &attached);
  memcpy(&pointer, cells, 8);
  CHECK(pointer == &calls);
  host_close(&host);
}

TEST(exception_set_by_a_native) {
  Host host = open_natives();
  if (!host.env) return host_close(&host);
  wasm_global_inst_t after;
  CHECK(wasm_runtime_get_export_global_inst(host.instance, "after", &after));
  CHECK_TEXT(host_trap(&host, "fails", 1), "Exception: told to fail");
  CHECK_EQ(*(uint32_t*)after.global_data, 0); /* the guest went no further */
  CHECK_EQ(host_i32(&host, "fails", 0, 0), 7);
  CHECK_EQ(*(uint32_t*)after.global_data, 1);
  host_close(&host);
}

TEST(natives_call_the_guest) {
  Host host = open_natives();
  if (!host.env) return host_close(&host);
  CHECK_EQ(host_i32(&host, "calls_back", 10, 0), 40);
  CHECK_EQ(host_i32(&host, "calls_back", 1000, 0), 8000);
  CHECK_EQ(host_i32(&host, "calls_back", 2000, 0), 5);
  CHECK_TEXT(host_trap(&host, "calls_back", 3000), "Exception: unreachable");
  CHECK_EQ(host_i32(&host, "calls_back", 11, 0), 44);
  host_close(&host);
}

TEST(table_is_sorted_and_kept) {
  CHECK(wasm_runtime_register_natives("env", natives, NATIVES));
  for (int i = 1; i < NATIVES; ++i) CHECK(strcmp(natives[i - 1].symbol, natives[i].symbol) <= 0);
  CHECK(wasm_runtime_is_import_func_linked("env", "buffer"));
  CHECK(wasm_runtime_is_import_func_linked("env", "_buffer")); /* WAMR's underscore rule */
  CHECK(!wasm_runtime_is_import_func_linked("env", "buffe"));
  CHECK(!wasm_runtime_is_import_func_linked("other", "buffer"));
  CHECK(!wasm_runtime_is_import_global_linked("env", "buffer"));
  NativeSymbol nameless[] = {{NULL, (void*)natives, "()", NULL}};
  CHECK(!wasm_runtime_register_natives("env", nameless, 1));
  CHECK(!wasm_runtime_unregister_natives("other", natives));
  CHECK(wasm_runtime_unregister_natives("env", natives));
  CHECK(!wasm_runtime_unregister_natives("env", natives));
  CHECK(!wasm_runtime_is_import_func_linked("env", "buffer"));
}

static uint32_t one(wasm_exec_env_t env, uint32_t argument) {
  (void)env;
  return argument + 1;
}
static uint32_t two(wasm_exec_env_t env, uint32_t argument) {
  (void)env;
  return argument + 2;
}
static NativeSymbol older[] = {{"missing", (void*)one, "(i)i", NULL}};
static NativeSymbol newer[] = {{"missing", (void*)two, "(i)i", NULL}};

TEST(newest_registration_wins) {
  CHECK(wasm_runtime_register_natives("nowhere", older, 1));
  CHECK(wasm_runtime_register_natives("nowhere", newer, 1));
  Host first = host_open("unlinked_function", 0);
  CHECK(wasm_runtime_unregister_natives("nowhere", newer));
  Host second = host_open("unlinked_function", 0);
  if (first.env) CHECK_EQ(host_i32(&first, "call", 10, 0), 12); /* stays linked */
  if (second.env) CHECK_EQ(host_i32(&second, "call", 10, 0), 11);
  host_close(&first);
  host_close(&second);
}

TEST(signatures_that_do_not_match) {
  static const char* const wrong[] = {"(I)i",  "(f)i",  "()i",   "(ii)i", "(i)I", "(i)",
                                      "(i)ii", "(~)i",  "(x)i",  "i",     "(i",   "(r)i",
                                      "(i) i", "(i~)i", "($~)i", "(*)f",  "(*~)i"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; ++i) {
    NativeSymbol symbols[] = {{"missing", (void*)one, wrong[i], NULL}};
    CHECK(wasm_runtime_register_natives("nowhere", older, 1)); /* not tried */
    CHECK(wasm_runtime_register_natives("nowhere", symbols, 1));
    char expected[200];
    snprintf(expected, sizeof expected,
             "failed to check signature '%s' and resolve pointer params for import function "
             "(nowhere, missing): the module wants (i32) -> (i32), which is '(i)i'\n",
             wrong[i]);
    capture_begin();
    Host host = host_try("unlinked_function", 8192, 0);
    const char* printed = capture_end();
    if (!logged(printed, expected)) CHECK_TEXT(printed, expected);
    if (CHECK(host.env != NULL)) {
      CHECK_TEXT(host_trap(&host, "call", 1),
                 "Exception: failed to call unlinked import function (nowhere, missing)");
    }
    host_close(&host);
    CHECK(wasm_runtime_unregister_natives("nowhere", symbols));
    CHECK(wasm_runtime_unregister_natives("nowhere", older));
  }
}

TEST(symbol_without_a_function) {
  NativeSymbol symbols[] = {{"missing", NULL, "(i)i", NULL}};
  CHECK(wasm_runtime_register_natives("nowhere", symbols, 1));
  capture_begin();
  Host host = host_try("unlinked_function", 8192, 0);
  CHECK(logged(capture_end(), "warning: failed to link import function (nowhere, missing)"));
  if (host.env) {
    CHECK_TEXT(host_trap(&host, "again", 1),
               "Exception: failed to call unlinked import function (nowhere, missing)");
  }
  host_close(&host);
  CHECK(wasm_runtime_unregister_natives("nowhere", symbols));
}

static void raw_sum(wasm_exec_env_t env, uint64_t* args) {
  (void)env;
  native_raw_return_type(int64_t, args);
  native_raw_get_arg(int32_t, i, args);
  native_raw_get_arg(int64_t, l, args);
  native_raw_get_arg(float, f, args);
  native_raw_get_arg(double, d, args);
  native_raw_set_return(i + l + (int64_t)(f * 2) + (int64_t)(d * 4));
}

static void raw_text(wasm_exec_env_t env, uint64_t* args) {
  (void)env;
  native_raw_return_type(int32_t, args);
  native_raw_get_arg(const char*, text, args);
  native_raw_get_arg(uint32_t, length, args);
  native_raw_set_return(strncmp(text, "raw", length) == 0 ? (int32_t)length : -1);
}

static NativeSymbol raw_natives[] = {{"sum", (void*)raw_sum, "(iIfF)I", NULL},
                                     {"text", (void*)raw_text, "(*~)i", NULL}};

TEST(raw_functions) {
  CHECK(wasm_runtime_register_natives_raw("env", raw_natives, 2));
  Host host = host_open("raw", 0);
  if (!host.env) return host_close(&host);
  wasm_val_t result;
  CHECK(wasm_runtime_call_wasm_v(host.env, host_function(&host, "sum"), 1, &result, 4, (uint32_t)-1,
                                 (uint64_t)1 << 40, 2.5, 0.25));
  CHECK_EQ(result.of.i64, ((int64_t)1 << 40) - 1 + 5 + 1);
  CHECK_EQ(host_i32(&host, "text", 8, 3), 3);
  uint32_t cells[2] = {65530, 10};
  CHECK(!host_call(&host, "text", 2, cells));
  CHECK_TEXT(wasm_runtime_get_exception(host.instance), OUT_OF_BOUNDS);
  host_close(&host);
}

/* Three results of several kinds, which only a raw native can give. */
static void raw_several(wasm_exec_env_t env, uint64_t* args) {
  (void)env;
  uint64_t sum = args[0] + args[1];
  double half = (double)sum / 2;
  args[0] = 0xFFFFFFFF00000000 | (uint32_t)sum; /* what is above an i32 does not matter */
  args[1] = sum << 40;
  memcpy(&args[2], &half, sizeof half);
}

static uint32_t never(wasm_exec_env_t env, uint32_t a, uint32_t b) {
  (void)env;
  return a + b;
}

TEST(raw_functions_give_several_results) {
  NativeSymbol several[] = {{"several", (void*)raw_several, "(ii)i", NULL}};
  CHECK(wasm_runtime_register_natives_raw("env", several, 1));
  Host host = host_open("several_results", 0);
  if (host.env) {
    wasm_val_t results[3];
    CHECK(wasm_runtime_call_wasm_v(host.env, host_function(&host, "several"), 3, results, 2,
                                   (uint32_t)30, (uint32_t)12));
    CHECK_EQ((uint32_t)results[0].of.i32, 42);
    CHECK_EQ(results[1].of.i64, (int64_t)42 << 40);
    CHECK(results[2].of.f64 == 21);
  }
  host_close(&host);
  CHECK(wasm_runtime_unregister_natives("env", several));
  /* C's single result is not enough; the log says what is wanted. */
  NativeSymbol plain_one[] = {{"several", (void*)never, "(ii)i", NULL}};
  CHECK(wasm_runtime_register_natives("env", plain_one, 1));
  capture_begin();
  host = host_try("several_results", 8192, 0);
  CHECK(strstr(capture_end(), "the module wants (i32, i32) -> (i32, i64, f64)") != NULL);
  host_close(&host);
}

/* A native reaches another instance by that one's own exec_env. */
static wasm_exec_env_t other_env;
static uint32_t asks_other(wasm_exec_env_t env, uint32_t argument) {
  (void)env;
  uint32_t cells[2] = {argument, 1};
  wasm_module_inst_t other = wasm_runtime_get_module_inst(other_env);
  CHECK(wasm_runtime_call_wasm(other_env, wasm_runtime_lookup_function(other, "add"), 2, cells));
  CHECK(wasm_runtime_get_exception(other) == NULL);
  return cells[0];
}

TEST(natives_call_other_instances) {
  NativeSymbol symbols[] = {{"again", (void*)asks_other, "(i)i", NULL}};
  CHECK(wasm_runtime_register_natives("env", symbols, 1));
  Host other = host_open("calls", 0);
  Host host = host_open("recurse_host", 0);
  other_env = other.env;
  if (host.env && other.env) CHECK_EQ(host_i32(&host, "recurse", 20, 0), 22);
  host_close(&host);
  host_close(&other);
}

/* ---- Recursion through the host */

static uint32_t deepest;
static bool leave_at_check;

static uint32_t again(wasm_exec_env_t env, uint32_t depth) {
  wasm_module_inst_t module_inst = get_module_inst(env);
  deepest = depth;
  if (leave_at_check && !wasm_runtime_detect_native_stack_overflow_size(env, 1 << 20)) return 0;
  uint32_t cells[1] = {depth};
  wasm_function_inst_t recurse = wasm_runtime_lookup_function(module_inst, "recurse");
  if (!wasm_runtime_call_wasm(env, recurse, 1, cells)) return 0;
  return cells[0];
}
static NativeSymbol again_natives[] = {EXPORT_WASM_API_WITH_SIG(again, "(i)i")};

TEST(native_stack_overflow) {
  CHECK(wasm_runtime_register_natives("env", again_natives, 1));
  Host host = host_try("recurse_host", 64 << 20, 0);
  if (!CHECK(host.env != NULL)) return host_close(&host);
#ifdef __SANITIZE_THREAD__
  /* It follows 65,536 calls inside each other, fewer than the native stack has room for. */
  uint8_t here[8];
  wasm_runtime_set_native_stack_boundary(host.env, (uint8_t*)((uintptr_t)here - (2 << 20)));
#endif
  for (int round = 0; round < 3; ++round) {
    leave_at_check = round == 1;
    deepest = 0;
    CHECK_TEXT(host_trap(&host, "recurse", 0), "Exception: native stack overflow");
    CHECK(deepest > 100);
  }
  host_close(&host);
}

static uint32_t checks_stack(wasm_exec_env_t env, uint32_t bytes) {
  bool enough = wasm_runtime_detect_native_stack_overflow_size(env, bytes);
  CHECK(enough == (wasm_runtime_get_exception(get_module_inst(env)) == NULL));
  if (bytes == 0) CHECK(wasm_runtime_detect_native_stack_overflow(env));
  return enough;
}
static NativeSymbol stack_natives[] = {{"again", (void*)checks_stack, "(i)i", NULL}};

TEST(room_on_the_native_stack) {
  CHECK(wasm_runtime_register_natives("env", stack_natives, 1));
  Host host = host_open("recurse_host", 0);
  if (!host.env) return host_close(&host);
  CHECK(wasm_runtime_detect_native_stack_overflow(host.env)); /* never ran: nothing known */
  CHECK_EQ(host_i32(&host, "recurse", 1000, 0), 1);
  CHECK_TEXT(host_trap(&host, "recurse", 1u << 30), "Exception: native stack overflow");
  CHECK_EQ(host_i32(&host, "recurse", (uint32_t)-1, 0), 1);
  /* A boundary just below this frame leaves no room; NULL takes it back. */
  uint8_t here[8];
  wasm_runtime_set_native_stack_boundary(host.env, (uint8_t*)((uintptr_t)here - 64));
  CHECK_TEXT(host_trap(&host, "recurse", 0), "Exception: native stack overflow");
  wasm_runtime_set_native_stack_boundary(host.env, NULL);
  CHECK_EQ(host_i32(&host, "recurse", 1000, 0), 1);
  host_close(&host);
}

int main(void) {
  RUN(buffers);
  RUN(strings);
  RUN(numbers_and_objects);
  RUN(exception_set_by_a_native);
  RUN(natives_call_the_guest);
  RUN(table_is_sorted_and_kept);
  RUN(newest_registration_wins);
  RUN(signatures_that_do_not_match);
  RUN(symbol_without_a_function);
  RUN(raw_functions);
  RUN(raw_functions_give_several_results);
  RUN(natives_call_other_instances);
  RUN(native_stack_overflow);
  RUN(room_on_the_native_stack);
  return host_result();
}
