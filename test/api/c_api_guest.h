/* What the programs of wasm_c_api.h share: a store, and the guest of modules/wasm_c_api.wat. */
#ifndef WEMBED_TEST_API_C_API_GUEST_H
#define WEMBED_TEST_API_C_API_GUEST_H

#include "host.h"
#include "wasm_c_api.h"

/* ---- A store and the module's imports */

typedef struct Store {
  wasm_engine_t* engine;
  wasm_store_t* store;
} Store;

UNUSED static Store store_open(void) {
  Store made;
  made.engine = wasm_engine_new();
  made.store = wasm_store_new(made.engine);
  CHECK(made.engine != NULL && made.store != NULL);
  return made;
}

UNUSED static void store_close(Store* store) {
  wasm_store_delete(store->store);
  wasm_engine_delete(store->engine);
}

UNUSED static wasm_module_t* module_of(Store* store, const char* name) {
  Bytes bytes = host_read(name);
  wasm_byte_vec_t binary;
  wasm_byte_vec_new(&binary, bytes.size, (const char*)bytes.data);
  free(bytes.data);
  wasm_module_t* module = wasm_module_new(store->store, &binary);
  wasm_byte_vec_delete(&binary);
  CHECK(module != NULL);
  return module;
}

UNUSED static unsigned callback_calls;

UNUSED static wasm_trap_t* add(const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  callback_calls++;
  CHECK(args->size == 2 && args->num_elems == 2 && results->size == 1 && results->num_elems == 0);
  CHECK_EQ(args->data[0].kind, WASM_I32);
  results->data[0].of.i32 = args->data[0].of.i32 + args->data[1].of.i32; /* its kind is known */
  return NULL;
}

UNUSED static wasm_trap_t* swap(void* env, const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  ++*(int*)env;
  results->data[0] = args->data[1];
  results->data[1] = args->data[0];
  return NULL;
}

UNUSED static wasm_trap_t* pass(const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  wasm_val_copy(&results->data[0], &args->data[1]);
  wasm_val_copy(&results->data[1], &args->data[0]);
  return NULL;
}

UNUSED static int swaps;
UNUSED static int finalized;
UNUSED static void count_finalized(void* env) { ++*(int*)env; }

UNUSED static wasm_functype_t* type_of_pass(void) {
  return wasm_functype_new_2_2(wasm_valtype_new_anyref(), wasm_valtype_new_funcref(),
                               wasm_valtype_new_funcref(), wasm_valtype_new_anyref());
}

typedef struct Guest {
  Store store;
  wasm_module_t* module;
  wasm_instance_t* instance;
  wasm_extern_vec_t exports;
  wasm_global_t* count;
} Guest;

UNUSED static wasm_global_t* global_of(Store* store, wasm_valtype_t* content,
                                       wasm_mutability_t mutability, wasm_val_t value) {
  wasm_globaltype_t* type = wasm_globaltype_new(content, mutability);
  wasm_global_t* global = wasm_global_new(store->store, type, &value);
  wasm_globaltype_delete(type);
  CHECK(global != NULL);
  return global;
}

/* The imports in an order of their own: what counts is the order within each kind. */
UNUSED static Guest guest_open(void) {
  Guest guest = {store_open(), NULL, NULL, WASM_EMPTY_VEC, NULL};
  guest.module = module_of(&guest.store, "wasm_c_api");
  wasm_functype_t* of_add =
      wasm_functype_new_2_1(wasm_valtype_new_i32(), wasm_valtype_new_i32(), wasm_valtype_new_i32());
  wasm_functype_t* of_swap = wasm_functype_new_2_2(wasm_valtype_new_i64(), wasm_valtype_new_f32(),
                                                   wasm_valtype_new_f32(), wasm_valtype_new_i64());
  wasm_functype_t* of_pass = type_of_pass();
  wasm_func_t* f = wasm_func_new(guest.store.store, of_add, add);
  wasm_func_t* g =
      wasm_func_new_with_env(guest.store.store, of_swap, swap, &swaps, count_finalized);
  wasm_func_t* h = wasm_func_new(guest.store.store, of_pass, pass);
  wasm_val_t five = WASM_I32_VAL(5), forty = WASM_I64_VAL(40);
  wasm_global_t* limit = global_of(&guest.store, wasm_valtype_new_i32(), WASM_CONST, five);
  guest.count = global_of(&guest.store, wasm_valtype_new_i64(), WASM_VAR, forty);
  wasm_extern_t* list[] = {wasm_global_as_extern(limit), wasm_func_as_extern(f),
                           wasm_func_as_extern(g), wasm_global_as_extern(guest.count),
                           wasm_func_as_extern(h)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(list);
  wasm_trap_t* trap = NULL;
  guest.instance = wasm_instance_new(guest.store.store, guest.module, &imports, &trap);
  CHECK(guest.instance != NULL && trap == NULL);
  wasm_functype_delete(of_add);
  wasm_functype_delete(of_swap);
  wasm_functype_delete(of_pass);
  /* The instance keeps what it imports. */
  wasm_func_delete(f);
  wasm_func_delete(g);
  wasm_func_delete(h);
  wasm_global_delete(limit);
  wasm_instance_exports(guest.instance, &guest.exports);
  CHECK_EQ(guest.exports.num_elems, 17);
  return guest;
}

UNUSED static void guest_close(Guest* guest) {
  wasm_global_delete(guest->count);
  wasm_extern_vec_delete(&guest->exports);
  wasm_instance_delete(guest->instance);
  wasm_module_delete(guest->module);
  store_close(&guest->store);
}

UNUSED static wasm_extern_t* exported(Guest* guest, const char* name) {
  wasm_exporttype_vec_t types;
  wasm_module_exports(guest->module, &types);
  wasm_extern_t* found = NULL;
  for (size_t i = 0; i < types.num_elems; ++i) {
    if (strcmp(wasm_exporttype_name(types.data[i])->data, name) == 0)
      found = guest->exports.data[i];
  }
  wasm_exporttype_vec_delete(&types);
  if (!CHECK(found != NULL)) fprintf(stderr, "no export %s\n", name);
  return found;
}

UNUSED static wasm_func_t* function(Guest* guest, const char* name) {
  return wasm_extern_as_func(exported(guest, name));
}

/* (i32...) -> (i32), up to two arguments. */
UNUSED static int32_t call_i32(const wasm_func_t* called, int32_t a, int32_t b) {
  wasm_val_t values[] = {WASM_I32_VAL(a), WASM_I32_VAL(b)};
  wasm_val_t result[] = {WASM_INIT_VAL};
  wasm_val_vec_t args = WASM_ARRAY_VEC(values), results = WASM_ARRAY_VEC(result);
  wasm_trap_t* trap = wasm_func_call(called, &args, &results);
  if (!CHECK(trap == NULL)) wasm_trap_delete(trap);
  CHECK_EQ(result[0].kind, WASM_I32);
  return result[0].of.i32;
}

UNUSED static void check_trap(wasm_trap_t* trap, const char* wanted) {
  if (!CHECK(trap != NULL)) return;
  wasm_message_t message;
  wasm_trap_message(trap, &message);
  CHECK_TEXT(message.data, wanted);
  CHECK_EQ(message.size, strlen(wanted) + 1);
  wasm_name_delete(&message);
  wasm_trap_delete(trap);
}

#endif /* WEMBED_TEST_API_C_API_GUEST_H */
