/* The standard C API: an engine for all threads, a store and instances for each of them, of a
   module that they share. */
#include <pthread.h>

#include "objects.h"

typedef struct Work {
  wasm_engine_t* engine;
  const wasm_shared_module_t* shared;
  int32_t number;
  int64_t total;
} Work;

static void* work(void* context) {
  Work* mine = context;
  wasm_store_t* store = wasm_store_new(mine->engine);
  wasm_module_t* module = wasm_module_obtain(store, (wasm_shared_module_t*)mine->shared);
  wasm_global_t* step =
      new_global(store, wasm_valtype_new_i32(), WASM_CONST, (wasm_val_t)WASM_I32_VAL(mine->number));
  wasm_global_t* total =
      new_global(store, wasm_valtype_new_i64(), WASM_VAR, (wasm_val_t)WASM_I64_VAL(0));
  wasm_functype_t* type =
      wasm_functype_new_2_1(wasm_valtype_new_i32(), wasm_valtype_new_i32(), wasm_valtype_new_i32());
  wasm_func_t* operation = wasm_func_new(store, type, multiply);
  wasm_functype_delete(type);
  wasm_extern_t* list[] = {wasm_global_as_extern(step), wasm_global_as_extern(total),
                           wasm_func_as_extern(operation)};
  wasm_instance_t* instance = start_instance(store, module, list, 3);
  wasm_extern_vec_t exports;
  wasm_instance_exports(instance, &exports);
  wasm_func_t* advance = wasm_extern_as_func(find(module, &exports, "advance"));
  for (int i = 0; i < 1000; i++) {
    wasm_val_t value;
    wasm_val_vec_t args = WASM_EMPTY_VEC, results = {1, &value, 0, sizeof value, NULL};
    wasm_trap_t* trap = wasm_func_call(advance, &args, &results);
    if (trap != NULL) quit("a thread's call traps");
    mine->total = value.of.i64;
  }
  wasm_extern_vec_delete(&exports);
  wasm_instance_delete(instance);
  wasm_func_delete(operation);
  wasm_global_delete(total);
  wasm_global_delete(step);
  wasm_module_delete(module);
  wasm_store_delete(store);
  return NULL;
}

int main(void) {
  wasm_engine_t* engine = wasm_engine_new();
  wasm_store_t* store = wasm_store_new(engine);
  wasm_module_t* module = read_module(store, "hosts_objects");
  wasm_shared_module_t* shared = wasm_module_share(module);
  pthread_t threads[4];
  Work works[4];
  for (int32_t i = 0; i < 4; i++) {
    works[i] = (Work){engine, shared, i + 1, 0};
    if (pthread_create(&threads[i], NULL, work, &works[i]) != 0) quit("no thread");
  }
  for (int i = 0; i < 4; i++) {
    pthread_join(threads[i], NULL);
    printf("thread %d: %" PRId64 "\n", i, works[i].total);
  }
  wasm_shared_module_delete(shared);
  wasm_module_delete(module);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
