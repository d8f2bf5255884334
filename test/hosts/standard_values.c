/* The standard C API: functions with several results of all kinds, and their types. */
#include "objects.h"

static const char* kind_name(const wasm_valtype_t* type) {
  switch (wasm_valtype_kind(type)) {
    case WASM_I32: return "i32";
    case WASM_I64: return "i64";
    case WASM_F32: return "f32";
    case WASM_F64: return "f64";
    default: return "reference";
  }
}

static void print_types(const wasm_valtype_vec_t* types) {
  printf("(");
  for (size_t i = 0; i < types->num_elems; i++) {
    printf("%s%s", i > 0 ? " " : "", kind_name(types->data[i]));
  }
  printf(")");
}

static void print_type(const char* name, const wasm_func_t* function) {
  wasm_functype_t* type = wasm_func_type(function);
  printf("%s: ", name);
  print_types(wasm_functype_params(type));
  printf(" -> ");
  print_types(wasm_functype_results(type));
  printf("\n");
  wasm_functype_delete(type);
}

int main(void) {
  Objects all = start_objects();
  wasm_func_t* order = function_of(&all, "order");
  print_type("order", order);
  print_type("advance", function_of(&all, "advance"));
  wasm_val_t args[4] = {WASM_I32_VAL(-1), WASM_I64_VAL(-9000000000), WASM_F32_VAL(1.5f),
                        WASM_F64_VAL(-0.125)};
  wasm_val_t results[4];
  call(order, "order", args, results);
  wasm_val_t again[4] = {results[3], results[2], results[1], results[0]};
  call(order, "order", again, results);

  wasm_memory_t* memory = wasm_extern_as_memory(find(all.module, &all.exports, "memory"));
  printf("%.5s in %u pages of %u bytes\n", wasm_memory_data(memory) + 8,
         (unsigned)wasm_memory_size(memory), (unsigned)MEMORY_PAGE_SIZE);
  wasm_memory_data(memory)[65532] = 77;
  wasm_val_t at[1] = {WASM_I32_VAL(65532)};
  call(function_of(&all, "load"), "load", at, results);
  at[0] = (wasm_val_t)WASM_I32_VAL(65533);
  call(function_of(&all, "load"), "load", at, results);
  end_objects(&all);
  return 0;
}
