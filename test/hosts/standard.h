/* What the programs over the standard C API share; as in program.h they print what they see. */
#ifndef WEMBED_TEST_HOSTS_STANDARD_H
#define WEMBED_TEST_HOSTS_STANDARD_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wasm_c_api.h"

#define UNUSED __attribute__((unused))

UNUSED static void quit(const char* what) {
  printf("%s\n", what);
  exit(1);
}

UNUSED static wasm_byte_vec_t read_file(const char* name) {
  char path[1024];
  const char* folder = getenv("WEMBED_TEST_MODULES");
  snprintf(path, sizeof path, "%s/%s.wasm", folder != NULL ? folder : ".", name);
  FILE* file = fopen(path, "rb");
  if (file == NULL) quit(path);
  fseek(file, 0, SEEK_END);
  wasm_byte_vec_t bytes;
  wasm_byte_vec_new_uninitialized(&bytes, (size_t)ftell(file));
  rewind(file);
  bytes.num_elems = fread(bytes.data, 1, bytes.size, file);
  fclose(file);
  return bytes;
}

UNUSED static wasm_module_t* read_module(wasm_store_t* store, const char* name) {
  wasm_byte_vec_t bytes = read_file(name);
  wasm_module_t* module = wasm_module_new(store, &bytes);
  wasm_byte_vec_delete(&bytes);
  if (module == NULL) quit(name);
  return module;
}

/* Prints a trap's message and ends it. */
UNUSED static void print_trap(wasm_trap_t* trap) {
  wasm_message_t message;
  wasm_trap_message(trap, &message);
  printf("trap: %s\n", message.data);
  wasm_name_delete(&message);
  wasm_trap_delete(trap);
}

UNUSED static wasm_instance_t* start_instance(wasm_store_t* store, wasm_module_t* module,
                                              wasm_extern_t** list, size_t count) {
  wasm_extern_vec_t imports = {count, list, count, sizeof *list, NULL};
  wasm_trap_t* trap = NULL;
  wasm_instance_t* instance = wasm_instance_new(store, module, &imports, &trap);
  if (instance == NULL) {
    if (trap != NULL) print_trap(trap);
    quit("no instance");
  }
  return instance;
}

/* The export of that name, among the instance's exports. */
UNUSED static wasm_extern_t* find(const wasm_module_t* module, const wasm_extern_vec_t* exports,
                                  const char* name) {
  wasm_exporttype_vec_t types;
  wasm_extern_t* found = NULL;
  wasm_module_exports(module, &types);
  for (size_t i = 0; i < types.num_elems; i++) {
    const wasm_name_t* other = wasm_exporttype_name(types.data[i]);
    if (strcmp(other->data, name) == 0) found = exports->data[i];
  }
  wasm_exporttype_vec_delete(&types);
  if (found == NULL) quit(name);
  return found;
}

UNUSED static void print_value(const wasm_val_t* value) {
  switch (value->kind) {
    case WASM_I32: printf("%" PRId32, value->of.i32); break;
    case WASM_I64: printf("%" PRId64, value->of.i64); break;
    case WASM_F32: printf("%g", (double)value->of.f32); break;
    case WASM_F64: printf("%g", value->of.f64); break;
    default: printf(value->of.ref == NULL ? "null" : "reference"); break;
  }
}

/* Calls, and prints results or trap. */
UNUSED static void call(wasm_func_t* function, const char* name, wasm_val_t* values,
                        wasm_val_t* results) {
  wasm_val_vec_t args, out;
  memset(&args, 0, sizeof args);
  memset(&out, 0, sizeof out);
  args.size = args.num_elems = wasm_func_param_arity(function);
  args.data = values;
  out.size = wasm_func_result_arity(function);
  out.data = results;
  wasm_trap_t* trap = wasm_func_call(function, &args, &out);
  printf("%s: ", name);
  if (trap != NULL) {
    print_trap(trap);
    return;
  }
  for (size_t i = 0; i < out.size; i++) {
    if (i > 0) printf(", ");
    print_value(&results[i]);
  }
  printf("\n");
}

#endif /* WEMBED_TEST_HOSTS_STANDARD_H */
