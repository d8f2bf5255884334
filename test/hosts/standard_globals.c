/* The standard C API: globals of the host that the guest changes, and globals of the guest's. */
#include "objects.h"

static void show(const char* name, const wasm_global_t* global) {
  wasm_val_t value;
  wasm_global_get(global, &value);
  wasm_globaltype_t* type = wasm_global_type(global);
  printf("%s %s: ", wasm_globaltype_mutability(type) == WASM_VAR ? "variable" : "constant", name);
  print_value(&value);
  printf("\n");
  wasm_globaltype_delete(type);
}

int main(void) {
  Objects all = start_objects();
  wasm_val_t results[1];
  show("step", all.step);
  show("total", all.total);
  call(function_of(&all, "advance"), "advance", NULL, results);
  show("total", all.total);
  wasm_val_t value = WASM_I64_VAL(5000000000);
  wasm_global_set(all.total, &value);
  call(function_of(&all, "advance"), "advance", NULL, results);
  wasm_global_t* answer = wasm_extern_as_global(find(all.module, &all.exports, "answer"));
  wasm_global_t* ratio = wasm_extern_as_global(find(all.module, &all.exports, "ratio"));
  show("answer", answer);
  value = (wasm_val_t)WASM_I32_VAL(1);
  wasm_global_set(answer, &value); /* constant: nothing happens */
  show("answer", answer);
  show("ratio", ratio);
  value = (wasm_val_t)WASM_F64_VAL(2.25);
  wasm_global_set(ratio, &value);
  show("ratio", ratio);
  end_objects(&all);
  return 0;
}
