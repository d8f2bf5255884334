/* The standard C API: functions of the host with data of their own, which is given back at the end,
   and one that ends the guest with a trap. */
#include "standard.h"

typedef struct Sum {
  int64_t total;
  int visits;
  int most;
} Sum;

static wasm_store_t* store;

static wasm_trap_t* visit(void* env, const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  (void)results;
  Sum* sum = env;
  if (sum->visits == sum->most) {
    wasm_message_t message;
    wasm_name_new_from_string_nt(&message, "that is enough");
    wasm_trap_t* trap = wasm_trap_new(store, &message);
    wasm_name_delete(&message);
    return trap;
  }
  sum->visits++;
  sum->total += args->data[0].of.i32 + args->data[1].of.i64;
  return NULL;
}

static wasm_trap_t* split(const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  int32_t whole = (int32_t)args->data[0].of.f64;
  results->data[0] = (wasm_val_t)WASM_I32_VAL(whole);
  results->data[1] = (wasm_val_t)WASM_F64_VAL(args->data[0].of.f64 - whole);
  return NULL;
}

static void tell(void* env) {
  Sum* sum = env;
  printf("the data goes: %d visits\n", sum->visits);
}

int main(void) {
  wasm_engine_t* engine = wasm_engine_new();
  store = wasm_store_new(engine);
  wasm_module_t* module = read_module(store, "hosts_callbacks");
  Sum sum = {0, 0, 5};

  wasm_functype_t* visits = wasm_functype_new_2_0(wasm_valtype_new_i32(), wasm_valtype_new_i64());
  wasm_functype_t* splits =
      wasm_functype_new_1_2(wasm_valtype_new_f64(), wasm_valtype_new_i32(), wasm_valtype_new_f64());
  wasm_func_t* functions[] = {wasm_func_new_with_env(store, visits, visit, &sum, tell),
                              wasm_func_new(store, splits, split)};
  wasm_functype_delete(visits);
  wasm_functype_delete(splits);
  wasm_extern_t* list[] = {wasm_func_as_extern(functions[0]), wasm_func_as_extern(functions[1])};
  wasm_instance_t* instance = start_instance(store, module, list, 2);

  wasm_extern_vec_t exports;
  wasm_instance_exports(instance, &exports);
  wasm_func_t* walk = wasm_extern_as_func(find(module, &exports, "walk"));
  wasm_val_t args[1] = {WASM_I32_VAL(4)}, results[2];
  call(walk, "walk", args, results);
  printf("sum %" PRId64 " of %d visits\n", sum.total, sum.visits);
  call(walk, "walk", args, results);
  printf("sum %" PRId64 " of %d visits\n", sum.total, sum.visits);
  args[0] = (wasm_val_t)WASM_F64_VAL(-7.25);
  call(wasm_extern_as_func(find(module, &exports, "split")), "split", args, results);

  wasm_extern_vec_delete(&exports);
  wasm_instance_delete(instance);
  wasm_func_delete(functions[1]);
  wasm_func_delete(functions[0]);
  wasm_module_delete(module);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
