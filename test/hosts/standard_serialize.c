/* The standard C API: a module's bytes are put away, its module ends, and another is made of them.
 * The guest is called when its module and the handle on its instance are gone. */
#include "standard.h"

static wasm_trap_t* report(const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  (void)results;
  printf("the guest reports %d\n", args->data[0].of.i32);
  return NULL;
}

int main(void) {
  wasm_engine_t* engine = wasm_engine_new();
  wasm_store_t* store = wasm_store_new(engine);
  wasm_byte_vec_t bytes;
  wasm_runtime_set_log_level(WASM_LOG_LEVEL_FATAL);
  wasm_module_t* module = read_module(store, "hosts_clone");
  wasm_module_serialize(module, &bytes);
  wasm_module_delete(module);
  printf("serialised: %s\n", bytes.size > 8 && memcmp(bytes.data, "\0asm", 4) == 0 ? "yes" : "no");

  wasm_byte_vec_t cut = bytes;
  cut.size = cut.num_elems = bytes.size - 3;
  printf("half of it: %s\n", wasm_module_deserialize(store, &cut) == NULL ? "refused" : "taken");
  module = wasm_module_deserialize(store, &bytes);
  wasm_byte_vec_delete(&bytes);
  if (module == NULL) quit("not deserialised");

  wasm_functype_t* type = wasm_functype_new_1_0(wasm_valtype_new_i32());
  wasm_func_t* callback = wasm_func_new(store, type, report);
  wasm_functype_delete(type);
  wasm_extern_t* list[] = {wasm_func_as_extern(callback)};
  wasm_instance_t* instance = start_instance(store, module, list, 1);
  wasm_func_delete(callback);
  wasm_extern_vec_t exports;
  wasm_instance_exports(instance, &exports);
  wasm_func_t* get = wasm_extern_as_func(find(module, &exports, "get"));
  wasm_module_delete(module);
  wasm_instance_delete(instance);
  wasm_val_t values[] = {WASM_I32_VAL(7)}, results[1];
  call(get, "get", values, results);
  wasm_extern_vec_delete(&exports);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
