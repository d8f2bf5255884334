/* What a library of the host's keeps for each instance. */
#include "program.h"

static void ends(wasm_module_inst_t instance, void* context) {
  printf("end of %s, %s\n", context == NULL ? "nothing" : (char*)context,
         wasm_runtime_get_custom_data(instance) != NULL ? "with data" : "without data");
}

int main(void) {
  start_runtime(NULL, 0);
  void* key = wasm_runtime_create_context_key(ends);
  Program first = start_program("memory", 0), second = start_program("memory", 0);
  wasm_runtime_set_context(first.instance, key, "the first");
  wasm_runtime_set_custom_data(first.instance, &first);
  wasm_runtime_set_user_data(first.env, &key);
  printf("%s\n", (char*)wasm_runtime_get_context(first.instance, key));
  printf("user data: %s\n", wasm_runtime_get_user_data(first.env) == &key ? "kept" : "lost");
  struct InstantiationArgs2* args = NULL;
  wasm_runtime_instantiation_args_create(&args);
  wasm_runtime_instantiation_args_set_custom_data(args, &second);
  wasm_module_inst_t third =
      wasm_runtime_instantiate_ex2(second.module, args, error_text, sizeof error_text);
  wasm_runtime_instantiation_args_destroy(args);
  wasm_runtime_set_context(third, key, "the third");
  wasm_runtime_deinstantiate(third);
  end_program(&first);
  end_program(&second);
  wasm_runtime_destroy_context_key(key);
  wasm_runtime_destroy();
  return 0;
}
