/* Objects of the host with numbers, which the guest keeps and gives back, and their clean-up. */
#include "program.h"

static void clean(void* object) { printf("%s is cleaned up\n", (const char*)object); }

static uint32_t number_of(Program* program, void* object) {
  uint32_t number = 0;
  if (!wasm_externref_obj2ref(program->instance, object, &number)) quit("no number");
  return number;
}

static void put(Program* program, uint32_t index, void* object) {
  wasm_val_t args[2] = {{.kind = WASM_I32, .of.i32 = (int32_t)index},
                        {.kind = WASM_EXTERNREF, .of.foreign = (uintptr_t)object}};
  wasm_function_inst_t function = wasm_runtime_lookup_function(program->instance, "put");
  if (!wasm_runtime_call_wasm_a(program->env, function, 0, NULL, 2, args)) {
    printf("put: %s\n", wasm_runtime_get_exception(program->instance));
    wasm_runtime_clear_exception(program->instance);
  }
}

static const char* get(Program* program, uint32_t index) {
  wasm_val_t args[1] = {{.kind = WASM_I32, .of.i32 = (int32_t)index}}, results[1];
  wasm_function_inst_t function = wasm_runtime_lookup_function(program->instance, "get");
  if (!wasm_runtime_call_wasm_a(program->env, function, 1, results, 1, args)) {
    wasm_runtime_clear_exception(program->instance);
    return "nothing, it traps";
  }
  uintptr_t object = results[0].of.foreign;
  return object == 0 || object == UINTPTR_MAX ? "null" : (const char*)object;
}

int main(void) {
  static char apple[] = "apple", pear[] = "pear";
  start_runtime(NULL, 0);
  Program program = start_program("hosts_references", 0);
  printf("the same number twice: %d\n", number_of(&program, apple) == number_of(&program, apple));
  printf("another for another: %d\n", number_of(&program, apple) != number_of(&program, pear));
  void* object = NULL;
  bool is_there = wasm_externref_ref2obj(number_of(&program, pear), &object);
  printf("the number of the pear: %d, %s\n", is_there, (const char*)object);
  printf("clean-up set: %d\n", wasm_externref_set_cleanup(program.instance, apple, clean));

  put(&program, 0, apple);
  put(&program, 1, pear);
  put(&program, 2, pear);
  printf("0: %s, 1: %s, 2: %s\n", get(&program, 0), get(&program, 1), get(&program, 2));
  printf("the pear is deleted: %d\n", wasm_externref_objdel(program.instance, pear));
  printf("the apple is deleted: %d\n", wasm_externref_objdel(program.instance, apple));
  printf("and again: %d\n", wasm_externref_objdel(program.instance, apple));
  end_program(&program);
  wasm_runtime_destroy();
  return 0;
}
