/* What a library of the host's keeps for a program is the same in all of its threads, and goes
 * once. */
#include "program.h"

static void* key;
static int kept, ends;

static void end(wasm_module_inst_t instance, void* context) {
  (void)instance;
  ends++;
  printf("end of %d\n", *(int*)context);
}

static void set(wasm_exec_env_t env, int32_t value) {
  kept = value;
  wasm_runtime_set_context_spread(wasm_runtime_get_module_inst(env), key, &kept);
}

static int32_t get(wasm_exec_env_t env) {
  int* context = wasm_runtime_get_context(wasm_runtime_get_module_inst(env), key);
  return context == NULL ? -1 : *context;
}

static void say(wasm_exec_env_t env, const char* who, int32_t value) {
  (void)env;
  printf("%s sees %d\n", who, value);
}

static NativeSymbol symbols[] = {EXPORT_WASM_API_WITH_SIG(set, "(i)"),
                                 EXPORT_WASM_API_WITH_SIG(get, "()i"),
                                 EXPORT_WASM_API_WITH_SIG(say, "($i)")};

int main(void) {
  char* words[] = {"program"};
  start_runtime(symbols, 3);
  key = wasm_runtime_create_context_key(end);
  Program program = start_program("hosts_thread_contexts", 0);
  if (!wasm_application_execute_main(program.instance, 1, words)) {
    printf("%s\n", wasm_runtime_get_exception(program.instance));
  }
  printf("ends before: %d\n", ends);
  end_program(&program);
  printf("ends after: %d\n", ends);
  wasm_runtime_destroy_context_key(key);
  wasm_runtime_destroy();
  return 0;
}
