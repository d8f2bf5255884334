/* The standard C API: a virtual machine that is cloned for other threads. Each clone makes the
 * engine again, which is the same, and obtains the module from the first one's store. */
#include <pthread.h>

#include "standard.h"

enum { kClones = 6 };

typedef struct Machine {
  wasm_engine_t* engine;
  wasm_store_t* store;
  wasm_module_t* module;
  wasm_shared_module_t* shared; /* of the first one */
  wasm_instance_t* instance;
  wasm_extern_vec_t exports;
} Machine;

static pthread_key_t checkpoints;

static wasm_trap_t* report(const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  (void)results;
  int* count = pthread_getspecific(checkpoints);
  *count += args->data[0].of.i32;
  return NULL;
}

static void make_instance(Machine* machine) {
  wasm_functype_t* type = wasm_functype_new_1_0(wasm_valtype_new_i32());
  wasm_func_t* callback = wasm_func_new(machine->store, type, report);
  wasm_functype_delete(type);
  wasm_extern_t* list[] = {wasm_func_as_extern(callback)};
  machine->instance = start_instance(machine->store, machine->module, list, 1);
  wasm_func_delete(callback);
  wasm_instance_exports(machine->instance, &machine->exports);
  assert(machine->exports.size == 3);
}

static void end(Machine* machine) {
  wasm_extern_vec_delete(&machine->exports);
  wasm_instance_delete(machine->instance);
  wasm_shared_module_delete(machine->shared);
  wasm_module_delete(machine->module);
  wasm_store_delete(machine->store);
  wasm_engine_delete(machine->engine);
}

/* Bytes that are set by the guest are seen by the host, and the other way round. */
static bool works(Machine* machine) {
  byte_t* data = wasm_memory_data(wasm_extern_as_memory(machine->exports.data[0]));
  const wasm_func_t* set = wasm_extern_as_func(machine->exports.data[1]);
  const wasm_func_t* get = wasm_extern_as_func(machine->exports.data[2]);
  wasm_val_t place[] = {WASM_I32_VAL(16), WASM_I32_VAL(0x5b)}, got[] = {WASM_INIT_VAL};
  wasm_val_vec_t both = WASM_ARRAY_VEC(place), one = {1, place, 1, sizeof *place, NULL};
  wasm_val_vec_t none = WASM_EMPTY_VEC, results = WASM_ARRAY_VEC(got);
  bool is_new = data[16] == 0;
  if (wasm_func_call(set, &both, &none) != NULL || data[16] != 0x5b) return false;
  data[16] = 0x11;
  return is_new && wasm_func_call(get, &one, &results) == NULL && got[0].of.i32 == 0x11;
}

static void* clone(void* given) {
  const Machine* first = given;
  Machine machine = {wasm_engine_new(), NULL, NULL, NULL, NULL, WASM_EMPTY_VEC};
  int count = 0;
  pthread_setspecific(checkpoints, &count);
  machine.store = wasm_store_new(machine.engine);
  machine.module = wasm_module_obtain(first->store, first->shared);
  make_instance(&machine);
  bool good = machine.engine == first->engine && works(&machine) && count == 3;
  end(&machine);
  return good ? given : NULL;
}

int main(void) {
  pthread_t threads[kClones];
  int good = 0, count = 0;
  pthread_key_create(&checkpoints, NULL);
  pthread_setspecific(checkpoints, &count);
  Machine first = {wasm_engine_new(), NULL, NULL, NULL, NULL, WASM_EMPTY_VEC};
  first.store = wasm_store_new(first.engine);
  first.module = read_module(first.store, "hosts_clone");
  first.shared = wasm_module_share(first.module);
  make_instance(&first);
  printf("the first %s\n", works(&first) ? "works" : "fails");
  for (int i = 0; i < kClones; i++) {
    if (pthread_create(&threads[i], NULL, clone, &first) != 0) quit("no thread");
  }
  for (int i = 0; i < kClones; i++) {
    void* result = NULL;
    pthread_join(threads[i], &result);
    if (result != NULL) good++;
  }
  printf("clones that work: %d\n", good);
  end(&first);
  pthread_key_delete(checkpoints);
  return 0;
}
