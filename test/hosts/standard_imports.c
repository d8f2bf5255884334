/* The standard C API, where some imports are not the host's to give: what the module says of each,
   and empty externals in their places. */
#include "standard.h"
#include "wasm_export.h"

static int32_t multiply(wasm_exec_env_t env, int32_t a, int32_t b) { return (void)env, a * b; }
static NativeSymbol natives[] = {{"multiply", multiply, "(ii)i", NULL}};

static wasm_trap_t* add(const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  results->data[0] = (wasm_val_t)WASM_I32_VAL(args->data[0].of.i32 + 100);
  return NULL;
}

static wasm_extern_t* give(wasm_store_t* store, const wasm_importtype_t* import) {
  wasm_externkind_t kind = wasm_externtype_kind(wasm_importtype_type(import));
  if (wasm_importtype_is_linked(import)) return wasm_extern_new_empty(store, kind);
  if (kind == WASM_EXTERN_FUNC) {
    wasm_functype_t* type = wasm_functype_new_1_1(wasm_valtype_new_i32(), wasm_valtype_new_i32());
    wasm_func_t* function = wasm_func_new(store, type, add);
    wasm_functype_delete(type);
    return wasm_func_as_extern(function);
  }
  wasm_val_t value = WASM_I32_VAL(1000);
  wasm_globaltype_t* type = wasm_globaltype_new(wasm_valtype_new_i32(), WASM_CONST);
  wasm_global_t* global = wasm_global_new(store, type, &value);
  wasm_globaltype_delete(type);
  return wasm_global_as_extern(global);
}

static int32_t number(const wasm_module_t* module, const wasm_extern_vec_t* exports,
                      const char* name, int32_t argument, size_t count) {
  wasm_val_t arguments[1] = {WASM_I32_VAL(argument)}, results[1] = {WASM_INIT_VAL};
  wasm_val_vec_t given = {count, arguments, count, sizeof *arguments, NULL};
  wasm_val_vec_t got = WASM_ARRAY_VEC(results);
  wasm_trap_t* trap =
      wasm_func_call(wasm_extern_as_func(find(module, exports, name)), &given, &got);
  if (trap != NULL) print_trap(trap);
  return results[0].of.i32;
}

int main(void) {
  wasm_engine_t* engine = wasm_engine_new();
  wasm_store_t* store = wasm_store_new(engine);
  if (!wasm_runtime_register_natives("natives", natives, 1)) quit("no natives");
  wasm_module_t* module = read_module(store, "hosts_imports");
  wasm_importtype_vec_t types = WASM_EMPTY_VEC;
  wasm_module_imports(module, &types);
  wasm_extern_t* list[8];
  for (size_t i = 0; i < types.num_elems; ++i) {
    const wasm_importtype_t* import = types.data[i];
    printf("%s %s: %s\n", wasm_importtype_module(import)->data, wasm_importtype_name(import)->data,
           wasm_importtype_is_linked(import) ? "linked" : "to be given");
    list[i] = give(store, import);
  }
  wasm_instance_t* instance = start_instance(store, module, list, types.num_elems);
  wasm_extern_vec_t exports = WASM_EMPTY_VEC;
  wasm_instance_exports(instance, &exports);
  fflush(stdout);
  printf("written: %d\n", number(module, &exports, "written", 0, 0));
  printf("sum: %d\n", number(module, &exports, "sum", 4, 1));
  for (size_t i = 0; i < types.num_elems; ++i) wasm_extern_delete(list[i]);
  wasm_importtype_vec_delete(&types);
  wasm_extern_vec_delete(&exports);
  wasm_instance_delete(instance);
  wasm_module_delete(module);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
