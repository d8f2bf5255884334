/* Entry points and functions called with texts, as a command does. */
#include "program.h"

int main(void) {
  start_runtime(NULL, 0);
  Program program = start_program("main_args", 8192);
  char* arguments[] = {"program", "one", "two"};
  printf("main: %s\n",
         wasm_application_execute_main(program.instance, 3, arguments) ? "done" : "failed");
  end_program(&program);
  program = start_program("spawned", 0);
  char* numbers[] = {"40", "2"};
  wasm_application_execute_func(program.instance, "add", 2, numbers);
  numbers[1] = "two";
  if (!wasm_application_execute_func(program.instance, "add", 2, numbers)) {
    printf("%s\n", wasm_runtime_get_exception(program.instance));
  }
  if (!wasm_application_execute_func(program.instance, "nothing", 0, NULL)) {
    printf("%s\n", wasm_runtime_get_exception(program.instance));
  }
  wasm_runtime_clear_exception(program.instance);
  if (!wasm_application_execute_main(program.instance, 0, NULL)) {
    printf("%s\n", wasm_runtime_get_exception(program.instance));
  }
  end_program(&program);
  wasm_runtime_destroy();
  return 0;
}
