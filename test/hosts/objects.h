/* An instance of hosts_objects with what it imports, for the programs that look at one kind of its
   objects each. */
#ifndef WEMBED_TEST_HOSTS_OBJECTS_H
#define WEMBED_TEST_HOSTS_OBJECTS_H

#include "standard.h"

typedef struct Objects {
  wasm_engine_t* engine;
  wasm_store_t* store;
  wasm_module_t* module;
  wasm_global_t* step;
  wasm_global_t* total;
  wasm_func_t* operation;
  wasm_instance_t* instance;
  wasm_extern_vec_t exports;
} Objects;

static wasm_trap_t* multiply(const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  results->data[0] = (wasm_val_t)WASM_I32_VAL(args->data[0].of.i32 * args->data[1].of.i32);
  return NULL;
}

static wasm_global_t* new_global(wasm_store_t* store, wasm_valtype_t* content,
                                 wasm_mutability_t mutability, wasm_val_t value) {
  wasm_globaltype_t* type = wasm_globaltype_new(content, mutability);
  wasm_global_t* global = wasm_global_new(store, type, &value);
  wasm_globaltype_delete(type);
  if (global == NULL) quit("no global");
  return global;
}

UNUSED static Objects start_objects(void) {
  Objects all;
  all.engine = wasm_engine_new();
  all.store = wasm_store_new(all.engine);
  all.module = read_module(all.store, "hosts_objects");
  all.step =
      new_global(all.store, wasm_valtype_new_i32(), WASM_CONST, (wasm_val_t)WASM_I32_VAL(-3));
  all.total =
      new_global(all.store, wasm_valtype_new_i64(), WASM_VAR, (wasm_val_t)WASM_I64_VAL(100));
  wasm_functype_t* type =
      wasm_functype_new_2_1(wasm_valtype_new_i32(), wasm_valtype_new_i32(), wasm_valtype_new_i32());
  all.operation = wasm_func_new(all.store, type, multiply);
  wasm_functype_delete(type);
  wasm_extern_t* list[] = {wasm_global_as_extern(all.step), wasm_global_as_extern(all.total),
                           wasm_func_as_extern(all.operation)};
  all.instance = start_instance(all.store, all.module, list, 3);
  wasm_instance_exports(all.instance, &all.exports);
  return all;
}

UNUSED static wasm_func_t* function_of(Objects* all, const char* name) {
  return wasm_extern_as_func(find(all->module, &all->exports, name));
}

UNUSED static void end_objects(Objects* all) {
  wasm_extern_vec_delete(&all->exports);
  wasm_instance_delete(all->instance);
  wasm_func_delete(all->operation);
  wasm_global_delete(all->total);
  wasm_global_delete(all->step);
  wasm_module_delete(all->module);
  wasm_store_delete(all->store);
  wasm_engine_delete(all->engine);
}

#endif /* WEMBED_TEST_HOSTS_OBJECTS_H */
