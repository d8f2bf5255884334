/*
 * A host like firmware: one static block holds the runtime, the program, its memory and its stack,
 * and nothing is taken from the system once the runtime is there. How large the block has to be is
 * measured, here at the start, elsewhere when the firmware is built.
 *
 *   static_block static_block.wasm
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "wembed.h"

enum { kBlockBytes = 96 * 1024, kStackBytes = 2048 };

static _Alignas(16) uint8_t block[kBlockBytes];
static uint8_t program[8 * 1024];
static int32_t output;

static void set_output(wasm_exec_env_t exec_env, int32_t value) {
  (void)exec_env;
  output = value;
}

static NativeSymbol natives[] = {{"set_output", (void*)set_output, "(i)", NULL}};

static bool register_board(void* context, wembed_runtime_t runtime) {
  (void)context;
  return wembed_register_natives(runtime, "board", natives, 1, false);
}

/* Everything is decided at the start: no timer, all code translated when the instance is made. */
static wembed_config_t configuration(void) {
  wembed_config_t config = {.size = sizeof config,
                            .no_system_memory = true,
                            .deadlines_off = true,
                            .translate_early = WEMBED_TRANSLATE_METERED,
                            .mem_alloc_type = Alloc_With_Pool};
  config.mem_alloc_option.pool.heap_buf = block;
  config.mem_alloc_option.pool.heap_size = sizeof block;
  return config;
}

static wembed_instantiate_options_t instance_options(void) {
  wembed_instantiate_options_t options = {.size = sizeof options, .stack_size = kStackBytes};
  return options;
}

static void fail(const wembed_error_t* error) { printf("%s: %s\n", error->code, error->message); }

static bool check_block(size_t length) {
  wembed_config_t config = configuration();
  wembed_instantiate_options_t instance = instance_options();
  wembed_requirements_options_t options = {.size = sizeof options,
                                           .config = &config,
                                           .instantiate = &instance,
                                           .ownership = WEMBED_BYTES_BORROW,
                                           .metered = true,
                                           .prepare = register_board};
  wembed_requirements_t needs = {.size = sizeof needs};
  wembed_error_t error;
  if (!wembed_module_requirements(program, length, &options, &needs, &error)) {
    fail(&error);
    return false;
  }
  printf("runtime %" PRIu64 ", module %" PRIu64 ", code %" PRIu64 ", instance %" PRIu64
         " (its memory %" PRIu64 "), stack %" PRIu64 "\n",
         needs.runtime_bytes, needs.module_bytes, needs.code_bytes, needs.instance_bytes,
         needs.memory_bytes, needs.exec_env_bytes);
  printf("%" PRIu64 " bytes are needed, the block has %d\n", needs.block_bytes, kBlockBytes);
  return needs.block_bytes <= sizeof block;
}

/* The loop of the firmware: each step may run 1000 instructions. */
static bool control(wasm_module_inst_t instance, wasm_exec_env_t exec_env) {
  wembed_call_options_t limits = {.size = sizeof limits, .fuel = 1000};
  uint64_t slots[2] = {20};
  wasm_function_inst_t step = wasm_runtime_lookup_function(instance, "step");
  if (!wembed_call(exec_env, wasm_runtime_lookup_function(instance, "start"), slots, &limits)) {
    return false;
  }
  for (uint32_t reading = 20; reading < 36; ++reading) {
    slots[0] = reading;
    slots[1] = 30;
    if (!wembed_call(exec_env, step, slots, &limits)) return false;
  }
  return true;
}

static bool run(wembed_runtime_t runtime, size_t length) {
  wembed_error_t error;
  wembed_source_t source = {.size = sizeof source, .ownership = WEMBED_BYTES_BORROW};
  source.bytes = program;
  source.length = length;
  wembed_instantiate_options_t options = instance_options();
  wasm_module_t module = wembed_load(runtime, &source, &error);
  wasm_module_inst_t instance =
      module == NULL ? NULL : wembed_instantiate(module, &options, &error);
  wasm_exec_env_t exec_env =
      instance == NULL ? NULL : wasm_runtime_create_exec_env(instance, kStackBytes);
  bool ok = exec_env != NULL && control(instance, exec_env);
  mem_alloc_info_t use;
  if (ok && wembed_pool_info(runtime, &use)) {
    printf("output %" PRId32 ", %" PRIu32 " bytes left\n", output, use.total_free_size);
  } else if (instance == NULL || wembed_get_error(instance, &error)) {
    fail(&error);
  }
  wasm_runtime_destroy_exec_env(exec_env);
  if (instance != NULL) wasm_runtime_deinstantiate(instance);
  wasm_runtime_unload(module);
  return ok && output == -1;
}

int main(int argc, char** argv) {
  FILE* file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  if (file == NULL) {
    fprintf(stderr, "usage: %s FILE.wasm\n", argv[0]);
    return 2;
  }
  size_t length = fread(program, 1, sizeof program, file);
  fclose(file);
  if (!check_block(length)) return 1;
  wembed_config_t config = configuration();
  wembed_error_t error;
  wembed_runtime_t runtime = wembed_runtime_new(&config, &error);
  if (runtime == NULL || !register_board(NULL, runtime)) {
    fail(&error);
    return 1;
  }
  bool ok = run(runtime, length);
  wembed_runtime_delete(runtime);
  return ok ? 0 : 1;
}
