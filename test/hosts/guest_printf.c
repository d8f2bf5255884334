/* A guest without a C library of its own. */
#include "program.h"

static uint32_t put(Program* program, uint32_t at, const char* text) {
  strcpy(wasm_runtime_addr_app_to_native(program->instance, at), text);
  return at;
}

int main(void) {
  start_runtime(NULL, 0);
  Program program = start_program("libc", 65536);
  uint32_t* area = wasm_runtime_addr_app_to_native(program.instance, 4096);
  double number = 2.5;
  area[0] = (uint32_t)-7, area[1] = put(&program, 1024, "words");
  memcpy(&area[2], &number, sizeof number);
  uint32_t cells[3] = {put(&program, 2048, "%5d|%-8s|%.3f\n"), 4096, 0};
  if (call(&program, "guest_printf", 2, cells)) printf("= %u\n", cells[0]);
  cells[0] = put(&program, 2048, "a line");
  if (call(&program, "puts", 1, cells)) printf("= %u\n", cells[0]);
  cells[0] = put(&program, 2048, "0x2a rest"), cells[1] = 0, cells[2] = 0;
  if (call(&program, "strtol", 3, cells)) printf("strtol: %u\n", cells[0]);
  cells[0] = 64;
  if (call(&program, "malloc", 1, cells)) printf("malloc: %s\n", cells[0] != 0 ? "yes" : "no");
  call(&program, "free", 1, cells);
  cells[0] = 0xffffffff;
  call(&program, "strlen", 1, cells);
  cells[0] = 3;
  call(&program, "guest_exit", 1, cells);
  end_program(&program);
  wasm_runtime_destroy();
  return 0;
}
