/* execute_func and execute_main: parsing, printing, the entry point, its result. */
#include "capture.h"

/* What execute_func prints for one argument; NULL when it fails. */
static const char* printed_by(const Host* host, const char* name, const char* argument) {
  char* argv[] = {(char*)argument};
  capture_begin();
  bool good = wasm_application_execute_func(host->instance, name, argument != NULL ? 1 : 0, argv);
  const char* printed = capture_end();
  CHECK(good == (wasm_runtime_get_exception(host->instance) == NULL));
  if (!good) CHECK_TEXT(printed, "");
  return good ? printed : NULL;
}

TEST(printed_results) {
  static const struct {
    const char *name, *argument, *printed;
  } cases[] = {
      {"none", NULL, "\n"},
      {"several", NULL, "0xffffffff:i32,0xffffffffffffffff:i64,0.1:f64\n"},
      {"id_i32", "42", "0x2a:i32\n"},
      {"id_i32", "0", "0x0:i32\n"},
      {"id_i32", "-1", "0xffffffff:i32\n"},
      {"id_i32", "010", "0x8:i32\n"},
      {"id_i32", "0xAbC", "0xabc:i32\n"},
      {"id_i32", "99999999999", "0x4876e7ff:i32\n"},
      {"id_i32", "12_x", "0xc:i32\n"},
      {"id_i64", "-1", "0xffffffffffffffff:i64\n"},
      {"id_i64", "0x123456789ABCDEF0", "0x123456789abcdef0:i64\n"},
      {"id_f32", "1.5", "1.5:f32\n"},
      {"id_f32", "nan", "nan:f32\n"},
      {"id_f32", "-nan", "-nan:f32\n"},
      {"id_f32", "inf", "inf:f32\n"},
      {"id_f32", "-inf", "-inf:f32\n"},
      {"id_f64", "3.14159265358979", "3.141593:f64\n"},
      {"id_f64", "1e300", "1e+300:f64\n"},
      {"id_f64", "-0", "-0:f64\n"},
      {"bits32", "nan:0x200001", "0x7fa00001:i32\n"},
      {"bits32", "-nan:0x400000", "0xffc00000:i32\n"},
      {"bits64", "nan:0x4000000000001", "0x7ff4000000000001:i64\n"},
      {"bits64", "-nan:0x8000000000000", "0xfff8000000000000:i64\n"},
      {"id_extern", "null", "extern:ref.null\n"},
      {"id_extern", "4660", "0x1234:ref.extern\n"},
      {"id_extern", "0x1234", "0x1234:ref.extern\n"},
      {"id_extern", "0", "extern:ref.null\n"},
      {"id_func", "null", "func:ref.null\n"},
      {"id_func", "NULL", "func:ref.null\n"},
      {"id_func", "3", "3:ref.func\n"},
  };
  Host host = host_open("execute", 0);
  if (!host.env) return host_close(&host);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    CHECK_TEXT(printed_by(&host, cases[i].name, cases[i].argument), cases[i].printed);
    wasm_runtime_clear_exception(host.instance);
  }
  host_close(&host);
}

TEST(arguments_that_are_refused) {
  Host host = host_open("execute", 0);
  if (!host.env) return host_close(&host);
  char* argv[] = {(char*)"1", (char*)"2z", (char*)"3"};
  CHECK(!wasm_application_execute_func(host.instance, "nosuch", 0, argv));
  CHECK_TEXT(wasm_runtime_get_exception(host.instance), "Exception: lookup function nosuch failed");
  CHECK(!wasm_application_execute_func(host.instance, "add", 1, argv));
  CHECK_TEXT(wasm_runtime_get_exception(host.instance), "Exception: invalid input argument count");
  CHECK(!wasm_application_execute_func(host.instance, "add", 3, argv));
  CHECK_TEXT(wasm_runtime_get_exception(host.instance), "Exception: invalid input argument count");
  CHECK(!wasm_application_execute_func(host.instance, "add", 2, argv));
  CHECK_TEXT(wasm_runtime_get_exception(host.instance), "Exception: invalid input argument 1: 2z");
  argv[1] = (char*)"";
  CHECK(!wasm_application_execute_func(host.instance, "add", 2, argv));
  CHECK_TEXT(wasm_runtime_get_exception(host.instance), "Exception: invalid input argument 1");

  /* What a guest would take for an object that is not there. */
  argv[0] = (char*)"0x8000000000000fff";
  CHECK(!wasm_application_execute_func(host.instance, "id_extern", 1, argv));
  CHECK_TEXT(wasm_runtime_get_exception(host.instance),
             "Exception: invalid input argument 0: 0x8000000000000fff");

  char longer[300];
  memset(longer, 'n', sizeof longer);
  longer[sizeof longer - 1] = 0;
  CHECK(!wasm_application_execute_func(host.instance, longer, 0, argv));
  CHECK_EQ(strlen(wasm_runtime_get_exception(host.instance)), 127);
  host_close(&host);
}

TEST(execute_func_clears_before_and_reports_traps) {
  Host host = host_open("execute", 0);
  if (!host.env) return host_close(&host);
  wasm_runtime_set_exception(host.instance, "earlier");
  CHECK_TEXT(printed_by(&host, "id_i32", "7"), "0x7:i32\n");
  CHECK_TEXT(printed_by(&host, "trap", NULL), NULL);
  CHECK_TEXT(wasm_runtime_get_exception(host.instance), "Exception: unreachable");
  char* argv[] = {(char*)"0x10", (char*)"-1"};
  capture_begin();
  CHECK(wasm_application_execute_func(host.instance, "add", 2, argv));
  CHECK_TEXT(capture_end(), "0xf:i32\n");
  host_close(&host);
}

TEST(main_with_arguments) {
  Host host = host_open("main_args", 4096);
  if (!host.env) return host_close(&host);
  char program[] = "program", argument[] = "Zebra";
  char* argv[] = {program, argument};
  int result = 0;
  CHECK(wasm_application_execute_main(host.instance, 2, argv));
  memcpy(&result, argv, sizeof result); /* over the first bytes of argv[0] */
  CHECK_EQ(result, 200 + 'Z');
  CHECK(argv[1] == argument);
  argv[0] = program;
  CHECK(wasm_application_execute_main(host.instance, 0, NULL));
  CHECK(argv[0] == program);
  /* The copies are gone again: a block of most of the heap fits. */
  for (int i = 0; i < 2000; ++i) {
    argv[0] = program;
    if (!wasm_application_execute_main(host.instance, 2, argv)) {
      CHECK_TEXT(wasm_runtime_get_exception(host.instance), NULL);
      break;
    }
  }
  CHECK(wasm_runtime_module_malloc(host.instance, 3000, NULL) != 0);
  host_close(&host);

  host = host_open("main_args", 0); /* no heap for the strings */
  if (!host.env) return host_close(&host);
  argv[0] = program;
  capture_begin();
  CHECK(!wasm_application_execute_main(host.instance, 2, argv));
  capture_end();
  CHECK_TEXT(wasm_runtime_get_exception(host.instance), "Exception: allocate memory failed");
  host_close(&host);
}

TEST(main_without_parameters) {
  Host host = host_open("main_plain", 0);
  if (!host.env) return host_close(&host);
  char program[] = "program";
  char* argv[] = {program};
  int result = 0;
  CHECK(wasm_application_execute_main(host.instance, 1, argv));
  memcpy(&result, argv, sizeof result);
  CHECK_EQ(result, 17);
  CHECK(wasm_application_execute_main(host.instance, 0, NULL));
  host_close(&host);

  host = host_open("main_void", 0);
  if (!host.env) return host_close(&host);
  argv[0] = program;
  CHECK(wasm_application_execute_main(host.instance, 1, argv));
  CHECK(argv[0] == program); /* no result, nothing written */
  host_close(&host);
}

TEST(which_function_is_main) {
  Host host = host_open("main_order", 0);
  if (!host.env) return host_close(&host);
  char program[] = "program";
  char* argv[] = {program};
  int result = 0;
  CHECK(wasm_application_execute_main(host.instance, 1, argv));
  memcpy(&result, argv, sizeof result);
  CHECK_EQ(result, 2); /* __main_argc_argv before _main */
  host_close(&host);

  host = host_open("calls", 0);
  if (!host.env) return host_close(&host);
  CHECK(!wasm_application_execute_main(host.instance, 0, NULL));
  CHECK_PREFIX(wasm_runtime_get_exception(host.instance),
               "Exception: lookup the entry point symbol (like ");
  host_close(&host);
}

TEST(main_that_fails) {
  Host host = host_open("main_bad_type", 0);
  if (!host.env) return host_close(&host);
  capture_begin();
  CHECK(!wasm_application_execute_main(host.instance, 0, NULL));
  CHECK(logged(capture_end(), "WASM execute application failed: invalid main function type.\n"));
  CHECK_TEXT(wasm_runtime_get_exception(host.instance),
             "Exception: invalid function type of main function");
  host_close(&host);

  host = host_open("main_trap", 0);
  if (!host.env) return host_close(&host);
  CHECK(!wasm_application_execute_main(host.instance, 0, NULL));
  CHECK_TEXT(wasm_runtime_get_exception(host.instance), "Exception: unreachable");
  host_close(&host);
}

TEST(main_without_a_memory) {
  char* argv[] = {(char*)"program"};
  Host host = host_open("main_no_memory", 0);
  if (!host.env) return host_close(&host);
  CHECK(!wasm_application_execute_main(host.instance, 1, argv));
  CHECK_TEXT(wasm_runtime_get_exception(host.instance), "Exception: allocate memory failed");
  host_close(&host);
}

int main(void) {
  RUN(printed_results);
  RUN(arguments_that_are_refused);
  RUN(execute_func_clears_before_and_reports_traps);
  RUN(main_with_arguments);
  RUN(main_without_parameters);
  RUN(which_function_is_main);
  RUN(main_that_fails);
  RUN(main_without_a_memory);
  return host_result();
}
