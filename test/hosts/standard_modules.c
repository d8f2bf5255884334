/* The standard C API: a module that imports from another one, which the process's module reader
 * brings, and a constant that is made of a variable of the host's. */
#include "standard.h"
#include "wasm_export.h"

static bool reads(package_type_t type, const char* name, uint8_t** bytes, uint32_t* size) {
  (void)type;
  printf("reads %s\n", name);
  wasm_byte_vec_t file = read_file(name);
  *bytes = (uint8_t*)file.data;
  *size = (uint32_t)file.size;
  return true;
}

static void takes_back(uint8_t* bytes, uint32_t size) {
  wasm_byte_vec_t file = {size, (byte_t*)bytes, size, 1, NULL};
  wasm_byte_vec_delete(&file);
  printf("takes it back\n");
}

static float read_with(const wasm_func_t* function) {
  wasm_val_t got[] = {WASM_INIT_VAL};
  wasm_val_vec_t none = WASM_EMPTY_VEC, results = WASM_ARRAY_VEC(got);
  if (wasm_func_call(function, &none, &results) != NULL) quit("a trap");
  return got[0].of.f32;
}

static void show(const wasm_extern_vec_t* exports) {
  wasm_val_t value;
  wasm_global_get(wasm_extern_as_global(exports->data[0]), &value);
  printf("cell %g, read there %g, here %g\n", (double)value.of.f32,
         (double)read_with(wasm_extern_as_func(exports->data[1])),
         (double)read_with(wasm_extern_as_func(exports->data[3])));
}

static wasm_val_t f32(float number) {
  wasm_val_t value = WASM_INIT_VAL;
  value.kind = WASM_F32;
  value.of.f32 = number;
  return value;
}

int main(void) {
  wasm_runtime_set_module_reader(reads, takes_back);
  wasm_engine_t* engine = wasm_engine_new();
  wasm_store_t* store = wasm_store_new(engine);
  wasm_module_t* module = read_module(store, "hosts_cell_user");

  wasm_globaltype_t* type = wasm_globaltype_new(wasm_valtype_new(WASM_F32), WASM_VAR);
  wasm_val_t value = f32(1000);
  wasm_global_t* offset = wasm_global_new(store, type, &value);
  wasm_globaltype_delete(type);
  /* The first global is linked already: it is given what it would take anyway. */
  wasm_module_t* cell_module = read_module(store, "hosts_cell");
  wasm_instance_t* cells = start_instance(store, cell_module, NULL, 0);
  wasm_extern_vec_t of_cells;
  wasm_instance_exports(cells, &of_cells);
  wasm_extern_t* given[] = {of_cells.data[0], wasm_global_as_extern(offset)};
  wasm_instance_t* apart = start_instance(store, module, given, 2);
  wasm_extern_vec_t exports;
  wasm_instance_exports(apart, &exports);
  value = f32(8);
  wasm_global_set(wasm_extern_as_global(of_cells.data[0]), &value);
  show(&exports); /* the functions are those of the module that was read */
  wasm_extern_vec_delete(&exports);
  wasm_extern_vec_delete(&of_cells);
  wasm_instance_delete(apart);
  wasm_instance_delete(cells);
  wasm_module_delete(cell_module);
  wasm_global_delete(offset);
  wasm_module_delete(module);

  module = read_module(store, "hosts_cell_twice");
  wasm_instance_t* instance = start_instance(store, module, NULL, 0);
  wasm_module_delete(module);
  wasm_instance_exports(instance, &exports);
  show(&exports);
  value = f32(37);
  wasm_global_set(wasm_extern_as_global(exports.data[0]), &value);
  show(&exports);
  value = f32(77);
  wasm_val_vec_t one = {1, &value, 1, sizeof value, NULL}, none = WASM_EMPTY_VEC;
  if (wasm_func_call(wasm_extern_as_func(exports.data[2]), &one, &none) != NULL) quit("a trap");
  wasm_instance_delete(instance);
  show(&exports); /* exports live on */
  wasm_extern_vec_delete(&exports);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  wasm_runtime_set_module_reader(NULL, NULL);
  return 0;
}
