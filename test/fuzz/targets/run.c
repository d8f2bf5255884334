/*
 * libFuzzer: loads bytes and, where they are a module, makes an instance on one of the backends,
 * calls what it exports with a few instructions each, puts it back and calls it again.
 */
#include "target.h"

enum { MOST_SLOTS = 2048, MOST_CALLS = 24, MOST_IMPORTS = 64, MOST_PAGES = 40 };
static const int64_t kFuel = 20000;

/* Gives zeros: null where a reference is wanted, which not every type allows. */
static bool host(wasm_exec_env_t exec_env, void* results, uint64_t* slots) {
  (void)exec_env;
  memset(slots, 0, *(const uint32_t*)results * 16u);
  return true;
}

static uint32_t slot_counts[MOST_IMPORTS];

/* False: more imports than there is room for. */
static bool resolve(wasm_module_t module, wembed_import_t* imports) {
  uint32_t count = wembed_module_import_count(module);
  if (count > MOST_IMPORTS) return false;
  for (uint32_t i = 0; i < count; i++) {
    wembed_extern_type_t type;
    if (!wembed_module_import(module, i, &type)) return false;
    imports[i] = (wembed_import_t){.source = WEMBED_IMPORT_FRESH};
    if (type.kind != WEMBED_EXTERN_FUNC) continue;
    slot_counts[i] = wasm_func_type_get_result_count(type.u.func_type);
    imports[i].source = i % 3 == 2 ? WEMBED_IMPORT_DEFAULT : WEMBED_IMPORT_CALLBACK;
    imports[i].callback = host;
    imports[i].data = &slot_counts[i];
  }
  return true;
}

static uint64_t seed;

static uint64_t random_number(void) {
  static const uint64_t telling[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 65536, 1u << 20};
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  uint64_t number = seed >> 20;
  return number % 3 != 0 ? telling[number % 7] : number % 3000;
}

static void call(wasm_exec_env_t exec_env, wasm_function_inst_t function) {
  static uint64_t slots[MOST_SLOTS];
  wasm_func_type_t type = wembed_function_type(function);
  uint32_t params = wasm_func_type_get_param_count(type), at = 0;
  if (params * 2 > MOST_SLOTS || wasm_func_type_get_result_count(type) * 2 > MOST_SLOTS) return;
  memset(slots, 0, sizeof slots);
  for (uint32_t i = 0; i < params; i++) {
    wasm_valkind_t kind = wasm_func_type_get_param_valkind(type, i);
    if (kind <= WASM_F64) slots[at] = random_number();
    at += kind == WASM_V128 ? 2 : 1;
  }
  wembed_call_options_t options = {.size = sizeof options, .deadline_ms = 5000, .fuel = kFuel};
  wembed_call(exec_env, function, slots, &options);
  wasm_runtime_clear_exception(wasm_runtime_get_module_inst(exec_env));
}

static void call_all(wasm_module_t module, wasm_module_inst_t instance) {
  wasm_exec_env_t exec_env = wasm_runtime_create_exec_env(instance, 32 * 1024);
  if (exec_env == NULL) return;
  uint32_t calls = 0;
  wembed_extern_type_t type;
  for (uint32_t i = 0; calls < MOST_CALLS && wembed_module_export(module, i, &type); i++) {
    if (type.kind != WEMBED_EXTERN_FUNC) continue;
    wasm_function_inst_t function = wembed_instance_function(instance, i);
    if (function == NULL) continue;
    call(exec_env, function);
    calls++;
  }
  wembed_collect(instance, NULL, NULL);
  wasm_runtime_destroy_exec_env(exec_env);
}

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t length) {
  wembed_error_t error;
  wasm_module_t module = load_bytes(fuzz_runtime(), bytes, length, &error);
  if (module == NULL) return 0;
  seed = length;
  for (size_t i = 0; i < length && i < 4096; i++) seed = seed * 31 + bytes[i];
  static const uint32_t backends[] = {WEMBED_BACKEND_AUTOMATIC, WEMBED_BACKEND_HEAP};
  static wembed_import_t imports[MOST_IMPORTS];
  wembed_instantiate_options_t options = {.size = sizeof options,
                                          .max_memory_pages = MOST_PAGES,
                                          .backend = backends[seed % 2],
                                          .imports = imports,
                                          .import_count = wembed_module_import_count(module),
                                          .deadline_ms = 5000,
                                          .fuel = kFuel};
  wasm_module_inst_t instance =
      resolve(module, imports) ? wembed_instantiate(module, &options, &error) : NULL;
  if (instance != NULL) {
    call_all(module, instance);
    wembed_reset_options_t reset = {.size = sizeof reset, .deadline_ms = 5000, .fuel = kFuel};
    if (wembed_instance_reset(instance, &reset, &error)) call_all(module, instance);
    wasm_runtime_deinstantiate(instance);
  }
  wasm_runtime_unload(module);
  return 0;
}
