/* The standard C API: objects of the host that the guest keeps, with what is to be done at their
 * end. */
#include "standard.h"

static void tell(void* name) { printf("%s goes\n", (const char*)name); }

static wasm_foreign_t* new_object(wasm_store_t* store, const char* name) {
  wasm_foreign_t* object = wasm_foreign_new(store);
  wasm_foreign_set_host_info_with_finalizer(object, (void*)name, tell);
  return object;
}

int main(void) {
  wasm_engine_t* engine = wasm_engine_new();
  wasm_store_t* store = wasm_store_new(engine);
  wasm_module_t* module = read_module(store, "hosts_references");
  wasm_instance_t* instance = start_instance(store, module, NULL, 0);
  wasm_extern_vec_t exports;
  wasm_instance_exports(instance, &exports);
  wasm_func_t* keep = wasm_extern_as_func(find(module, &exports, "keep"));
  wasm_func_t* is_null = wasm_extern_as_func(find(module, &exports, "is_null"));

  wasm_foreign_t* first = new_object(store, "the first");
  wasm_foreign_t* second = new_object(store, "the second");
  wasm_ref_t* first_reference = wasm_foreign_as_ref(first);
  wasm_ref_t* second_reference = wasm_foreign_as_ref(second);
  wasm_val_t args[1] = {WASM_REF_VAL(first_reference)}, results[1];
  call(keep, "keep the first", args, results);
  args[0] = (wasm_val_t)WASM_REF_VAL(second_reference);
  call(keep, "keep the second", args, results);
  printf("the handle it was given has %s\n", (const char*)wasm_foreign_get_host_info(first));
  printf("the same object: %d\n", wasm_ref_same(results[0].of.ref, first_reference));
  call(is_null, "is the second null", args, results);
  args[0] = (wasm_val_t)WASM_REF_VAL(NULL);
  call(is_null, "is null null", args, results);

  wasm_ref_delete(first_reference);
  wasm_ref_delete(second_reference);
  wasm_foreign_delete(first);
  wasm_foreign_delete(second);
  wasm_extern_vec_delete(&exports);
  wasm_instance_delete(instance);
  wasm_module_delete(module);
  printf("the store ends\n");
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
