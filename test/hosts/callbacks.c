/* Natives that get buffers, strings and numbers, and call the guest back. */
#include "program.h"

static uint32_t buffer(wasm_exec_env_t env, const char* data, uint32_t length) {
  wasm_module_inst_t module_inst = get_module_inst(env);
  printf("buffer of %u at %u\n", length, (uint32_t)addr_native_to_app((void*)data));
  return length;
}
static uint32_t string(wasm_exec_env_t env, const char* text) {
  (void)env;
  printf("string %s\n", text);
  return (uint32_t)strlen(text);
}
static uint32_t plain(wasm_exec_env_t env, uint32_t a, uint32_t b) {
  (void)env;
  return a - b;
}
static uint32_t calls_back(wasm_exec_env_t env, uint32_t argument) {
  uint32_t cells[1] = {argument};
  if (!wasm_runtime_call_indirect(env, 0, 1, cells)) return 0;
  printf("the guest doubles %u to %u\n", argument, cells[0]);
  return cells[0] + 1;
}
static uint32_t fails(wasm_exec_env_t env, uint32_t argument) {
  if (argument > 0) wasm_runtime_set_exception(get_module_inst(env), "the host does not like it");
  return 0;
}

static NativeSymbol symbols[] = {EXPORT_WASM_API_WITH_SIG(buffer, "(*~)i"),
                                 EXPORT_WASM_API_WITH_SIG(string, "($)i"), EXPORT_WASM_API(plain),
                                 EXPORT_WASM_API_WITH_SIG(calls_back, "(i)i"),
                                 EXPORT_WASM_API_WITH_SIG(fails, "(i)i")};

int main(void) {
  start_runtime(symbols, sizeof symbols / sizeof *symbols);
  Program program = start_program("natives", 0);
  uint32_t cells[2] = {100, 28};
  if (call(&program, "buffer", 2, cells)) printf("= %u\n", cells[0]);
  cells[0] = 65530, cells[1] = 7;
  if (call(&program, "buffer", 2, cells)) printf("= %u\n", cells[0]);
  cells[0] = 32;
  if (call(&program, "string", 1, cells)) printf("= %u\n", cells[0]);
  cells[0] = 50, cells[1] = 8;
  if (call(&program, "plain", 2, cells)) printf("= %u\n", cells[0]);
  cells[0] = 21;
  if (call(&program, "calls_back", 1, cells)) printf("= %u\n", cells[0]);
  cells[0] = 1;
  if (call(&program, "fails", 1, cells)) printf("= %u\n", cells[0]);
  end_program(&program);
  wasm_runtime_destroy();
  return 0;
}
