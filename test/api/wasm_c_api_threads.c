/* wasm_c_api.h: a store of its own for each thread, and one module for all. */
#include <pthread.h>

#include "host.h"
#include "wasm_c_api.h"

enum { kThreads = 4, kInstances = 50 };

static wasm_engine_t* engine;
static wasm_shared_module_t* shared;

static wasm_trap_t* twice(void* env, const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  ++*(int*)env;
  results->data[0].of.i32 = args->data[0].of.i32 * 2;
  return NULL;
}

static int32_t call(const wasm_func_t* func, int32_t value) {
  wasm_val_t values[] = {WASM_I32_VAL(value)}, room[] = {WASM_INIT_VAL};
  wasm_val_vec_t args = WASM_ARRAY_VEC(values), results = WASM_ARRAY_VEC(room);
  CHECK(wasm_func_call(func, &args, &results) == NULL);
  return room[0].of.i32;
}

/* `owner` is the store that the module is obtained from; NULL: the thread's own. */
static void* work(void* owner) {
  int calls = 0;
  wasm_store_t* store = wasm_store_new(engine);
  wasm_module_t* module = wasm_module_obtain(owner != NULL ? owner : store, shared);
  wasm_functype_t* type = wasm_functype_new_1_1(wasm_valtype_new_i32(), wasm_valtype_new_i32());
  wasm_func_t* func = wasm_func_new_with_env(store, type, twice, &calls, NULL);
  wasm_extern_t* list[] = {wasm_func_as_extern(func)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(list);
  for (int i = 0; i < kInstances; ++i) {
    wasm_extern_vec_t exports = WASM_EMPTY_VEC;
    wasm_instance_t* instance = wasm_instance_new(store, module, &imports, NULL);
    if (!CHECK(instance != NULL)) break;
    wasm_instance_exports(instance, &exports);
    CHECK_EQ(call(wasm_extern_as_func(exports.data[3]), i), 4 * i);
    wasm_extern_vec_delete(&exports);
    wasm_instance_delete(instance);
  }
  CHECK_EQ(calls, 2 * kInstances);
  wasm_func_delete(func);
  wasm_functype_delete(type);
  wasm_module_delete(module);
  wasm_store_delete(store);
  return NULL;
}

static void run_threads(wasm_store_t* owner) {
  pthread_t threads[kThreads];
  for (int i = 0; i < kThreads; ++i) pthread_create(&threads[i], NULL, work, owner);
  for (int i = 0; i < kThreads; ++i) pthread_join(threads[i], NULL);
}

static wasm_store_t* open_shared(void) {
  engine = wasm_engine_new();
  wasm_store_t* store = wasm_store_new(engine);
  Bytes bytes = host_read("wasm_c_api_host");
  wasm_byte_vec_t binary = {bytes.size, (char*)bytes.data, bytes.size, 1, NULL};
  wasm_module_t* module = wasm_module_new(store, &binary);
  free(bytes.data);
  shared = wasm_module_share(module);
  return store;
}

TEST(threads_share_a_module) {
  wasm_store_delete(open_shared()); /* the module's handle too */
  run_threads(NULL);
  wasm_shared_module_delete(shared);
  wasm_engine_delete(engine);
}

TEST(threads_obtain_a_module_from_one_store) {
  wasm_store_t* store = open_shared();
  run_threads(store);
  wasm_shared_module_delete(shared);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
}

int main(void) {
  RUN(threads_share_a_module);
  RUN(threads_obtain_a_module_from_one_store);
  return host_result();
}
