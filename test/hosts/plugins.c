/* A program of several modules, which the host reads when they are asked for. */
#include "program.h"

static uint32_t native(wasm_exec_env_t env, uint32_t value) {
  (void)env;
  return value * 10;
}
static NativeSymbol symbols[] = {EXPORT_WASM_API_WITH_SIG(native, "(i)i")};

static bool reads(package_type_t type, const char* name, uint8_t** buffer, uint32_t* size) {
  char file[64];
  printf("reading %s for a module of type %d\n", name, (int)type);
  snprintf(file, sizeof file, "mm_%s", name);
  *buffer = (uint8_t*)read_module(file, size);
  return true;
}
static void takes_back(uint8_t* buffer, uint32_t size) {
  printf("taking a buffer back%s\n", size > 0 ? "" : " that is empty");
  BH_FREE(buffer);
}

int main(void) {
  start_runtime(symbols, 1);
  wasm_runtime_set_module_reader(reads, takes_back);
  Program first = start_program("mm_main", 0);
  Program second = start_program("mm_main", 0);
  uint32_t cells[1];
  for (int i = 0; i < 3; ++i) {
    if (call(&first, "twice", 0, cells)) printf("first: %u\n", cells[0]);
  }
  if (call(&second, "next", 0, cells)) printf("second: %u\n", cells[0]);
  cells[0] = 4;
  if (call(&second, "through", 1, cells)) printf("through: %u\n", cells[0]);
  call(&first, "trap", 0, cells);
  printf("registered: %s\n", wasm_runtime_find_module_registered("counter") != NULL ? "yes" : "no");
  end_program(&first);
  end_program(&second);
  wasm_runtime_destroy();
  return 0;
}
