/*
 * The standard C API: a host function, an instance that imports it, and a call. The same program
 * compiles against every engine that has wasm_c_api.h in WAMR's form.
 *
 *   standard_api standard_api.wasm
 */
#include <stdio.h>
#include <stdlib.h>

#include "wasm_c_api.h"

static wasm_trap_t* report(void* env, const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  (void)results;
  printf("%s: %d\n", (const char*)env, args->data[0].of.i32);
  return NULL;
}

static int read_file(const char* path, wasm_byte_vec_t* bytes) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) return 0;
  fseek(file, 0, SEEK_END);
  wasm_byte_vec_new_uninitialized(bytes, (size_t)ftell(file));
  rewind(file);
  bytes->num_elems = fread(bytes->data, 1, bytes->size, file);
  fclose(file);
  return bytes->num_elems == bytes->size;
}

static void print_trap(wasm_trap_t* trap) {
  wasm_message_t message;
  wasm_trap_message(trap, &message);
  printf("%s\n", message.data);
  wasm_name_delete(&message);
  wasm_trap_delete(trap);
}

static int run(wasm_store_t* store, wasm_module_t* module) {
  static char label[] = "the guest says";
  wasm_functype_t* type = wasm_functype_new_1_0(wasm_valtype_new_i32());
  wasm_func_t* function = wasm_func_new_with_env(store, type, report, label, NULL);
  wasm_functype_delete(type);
  wasm_extern_t* list[] = {wasm_func_as_extern(function)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(list), exports = WASM_EMPTY_VEC;
  wasm_trap_t* trap = NULL;
  wasm_instance_t* instance = wasm_instance_new(store, module, &imports, &trap);
  wasm_func_delete(function); /* the instance keeps what it needs */
  if (instance == NULL) {
    print_trap(trap);
    return 1;
  }
  wasm_instance_exports(instance, &exports);
  wasm_val_t values[] = {WASM_I32_VAL(20), WASM_I32_VAL(22)};
  wasm_val_vec_t args = WASM_ARRAY_VEC(values), results = WASM_EMPTY_VEC;
  trap = wasm_func_call(wasm_extern_as_func(exports.data[0]), &args, &results);
  if (trap != NULL) print_trap(trap);
  wasm_extern_vec_delete(&exports);
  wasm_instance_delete(instance);
  return trap != NULL;
}

int main(int argc, char** argv) {
  wasm_engine_t* engine = wasm_engine_new();
  wasm_store_t* store = wasm_store_new(engine);
  wasm_byte_vec_t bytes = WASM_EMPTY_VEC;
  wasm_module_t* module = NULL;
  int failed = 1;
  if (argc > 1 && read_file(argv[1], &bytes)) module = wasm_module_new(store, &bytes);
  wasm_byte_vec_delete(&bytes);
  if (module != NULL) failed = run(store, module);
  wasm_module_delete(module);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return failed;
}
