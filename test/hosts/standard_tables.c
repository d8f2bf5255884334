/* The standard C API: a table of functions that host and guest both fill and call. */
#include "objects.h"

static void apply(Objects* all, int32_t which) {
  wasm_val_t args[3] = {WASM_I32_VAL(which), WASM_I32_VAL(30), WASM_I32_VAL(12)}, results[1];
  char name[32];
  snprintf(name, sizeof name, "element %d of 30 and 12", which);
  call(function_of(all, "apply"), name, args, results);
}

int main(void) {
  Objects all = start_objects();
  wasm_table_t* table = wasm_extern_as_table(find(all.module, &all.exports, "table"));
  printf("%u elements\n", (unsigned)wasm_table_size(table));
  for (int32_t i = 0; i < 4; i++) apply(&all, i);
  wasm_ref_t* first = wasm_table_get(table, 0);
  wasm_ref_t* third = wasm_table_get(table, 2);
  printf("element 0 is %s, element 2 %s\n", first != NULL ? "there" : "null",
         third != NULL ? "there" : "null");
  printf("set: %d\n", wasm_table_set(table, 2, first)); /* which takes the reference */
  apply(&all, 2);
  wasm_ref_t* operation = wasm_func_as_ref(function_of(&all, "call_operation"));
  wasm_ref_t* copy = wasm_ref_copy(operation);
  printf("set: %d\n", wasm_table_set(table, 1, operation));
  apply(&all, 1);
  printf("set beyond the end: %d\n", wasm_table_set(table, 3, copy));
  wasm_ref_delete(copy); /* it was not taken */
  printf("cleared: %d\n", wasm_table_set(table, 0, NULL));
  apply(&all, 0);
  end_objects(&all);
  return 0;
}
