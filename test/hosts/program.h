/* What the programs of this folder share. They use the embedding API alone, as WAMR's hosts do, and
   print what they see: the same on every memory strategy, see the .txt beside each. */
#ifndef WEMBED_TEST_HOSTS_PROGRAM_H
#define WEMBED_TEST_HOSTS_PROGRAM_H

#include "bh_platform.h"
#include "bh_read_file.h"

#undef UNUSED /* of bh_common.h, which has another form */
#define UNUSED __attribute__((unused))

typedef struct Program {
  char* bytes;
  wasm_module_t module;
  wasm_module_inst_t instance;
  wasm_exec_env_t env;
} Program;

static char error_text[128];

UNUSED static void quit(const char* what) {
  printf("%s: %s\n", what, error_text);
  exit(1);
}

/* With the system's allocator unless it was started before. */
UNUSED static void start_runtime(NativeSymbol* symbols, uint32_t count) {
  RuntimeInitArgs args;
  memset(&args, 0, sizeof args);
  args.mem_alloc_type = Alloc_With_System_Allocator;
  args.native_module_name = "env";
  args.native_symbols = symbols;
  args.n_native_symbols = count;
  if (!wasm_runtime_full_init(&args)) quit("no runtime");
  wasm_runtime_set_log_level(WASM_LOG_LEVEL_FATAL);
}

UNUSED static char* read_module(const char* name, uint32_t* size) {
  char path[1024];
  const char* folder = getenv("WEMBED_TEST_MODULES");
  snprintf(path, sizeof path, "%s/%s.wasm", folder != NULL ? folder : ".", name);
  char* bytes = bh_read_file_to_buffer(path, size);
  if (bytes == NULL) quit(path);
  return bytes;
}

UNUSED static Program start_program(const char* name, uint32_t heap) {
  Program program;
  uint32_t size = 0;
  program.bytes = read_module(name, &size);
  program.module = wasm_runtime_load((uint8_t*)program.bytes, size, error_text, sizeof error_text);
  if (program.module == NULL) quit(name);
  program.instance =
      wasm_runtime_instantiate(program.module, 16384, heap, error_text, sizeof error_text);
  if (program.instance == NULL) quit(name);
  program.env = wasm_runtime_create_exec_env(program.instance, 16384);
  if (program.env == NULL) quit("no exec_env");
  return program;
}

UNUSED static void end_program(Program* program) {
  wasm_runtime_destroy_exec_env(program->env);
  wasm_runtime_deinstantiate(program->instance);
  wasm_runtime_unload(program->module);
  BH_FREE(program->bytes);
}

/* Calls with cells; prints the exception of a call that ends in one, and clears it. */
UNUSED static bool call(Program* program, const char* name, uint32_t argc, uint32_t* argv) {
  wasm_function_inst_t function = wasm_runtime_lookup_function(program->instance, name);
  if (function == NULL) quit(name);
  if (wasm_runtime_call_wasm(program->env, function, argc, argv)) return true;
  printf("%s: %s\n", name, wasm_runtime_get_exception(program->instance));
  wasm_runtime_clear_exception(program->instance);
  return false;
}

#endif /* WEMBED_TEST_HOSTS_PROGRAM_H */
