/* A host over wembed.h: a guest from a file, a native, a call with a deadline, an error. */
#include <stdio.h>
#include <string.h>

#include "wembed.h"

/* `*~`: the guest's bytes and how many, checked before this is called. */
static void print(wasm_exec_env_t exec_env, const char* text, uint32_t length) {
  (void)exec_env;
  printf("%.*s\n", (int)length, text);
}

static int fail(const wembed_error_t* error) {
  fprintf(stderr, "%s: %s\n", error->code, error->message);
  return 1;
}

static bool call(wasm_module_inst_t instance, const char* name, uint64_t* slots,
                 wembed_error_t* error) {
  wembed_call_options_t options = {.size = sizeof options, .deadline_ms = 1000, .fuel = -1};
  wasm_function_inst_t function = wasm_runtime_lookup_function(instance, name);
  wasm_exec_env_t exec_env = wasm_runtime_get_exec_env_singleton(instance);
  if (wembed_call(exec_env, function, slots, &options)) return true;
  wembed_get_error(instance, error);
  wasm_runtime_clear_exception(instance);
  return false;
}

static int use(wasm_module_inst_t instance) {
  wembed_error_t error;
  const float samples[5] = {1, 2, 3, 4, 5};
  uint64_t at = wasm_runtime_module_dup_data(instance, (const char*)samples, sizeof samples);
  uint64_t slots[2] = {at, 5};
  float total;
  if (!call(instance, "greet", NULL, &error)) return fail(&error);
  if (at == 0 || !call(instance, "sum", slots, &error)) return fail(&error);
  memcpy(&total, slots, sizeof total);
  printf("the sum is %g\n", total);

  slots[0] = at;
  slots[1] = 1000000000;
  if (!call(instance, "sum", slots, &error)) printf("too many: %s\n", error.code);
  wasm_runtime_module_free(instance, at);
  return 0;
}

int main(int argc, char** argv) {
  static NativeSymbol natives[] = {{"print", (void*)print, "(*~)", NULL}};
  wembed_error_t error;
  wembed_runtime_t runtime = wembed_runtime_new(NULL, &error);
  if (runtime == NULL) return fail(&error);
  wembed_register_natives(runtime, "host", natives, 1, false);

  int result = 1;
  const char* path = argc > 1 ? argv[1] : "app.wasm";
  wasm_module_t module = wembed_load_file(runtime, path, NULL, &error);
  wembed_instantiate_options_t options = {
      .size = sizeof options, .heap_size = 65536, .strict = true};
  wasm_module_inst_t instance =
      module == NULL ? NULL : wembed_instantiate(module, &options, &error);
  if (instance == NULL)
    fail(&error);
  else
    result = use(instance);

  if (instance != NULL) wasm_runtime_deinstantiate(instance);
  if (module != NULL) wasm_runtime_unload(module);
  wembed_runtime_delete(runtime);
  return result;
}
