/* What a module imports and exports, the types of it, and the exports of an instance. */
#include "capture.h"

static void check_import(wasm_module_t module, int32_t index, const char* module_name,
                         const char* name, wasm_import_export_kind_t kind) {
  wasm_import_t import;
  memset(&import, 0xEE, sizeof import);
  wasm_runtime_get_import_type(module, index, &import);
  CHECK_TEXT(import.module_name, module_name);
  CHECK_TEXT(import.name, name);
  CHECK_EQ(import.kind, kind);
  CHECK(!import.linked);
}

TEST(imports_are_grouped_by_kind) {
  capture_begin();
  Host host = host_try("reflect", 8192, 0);
  capture_end();
  if (!CHECK(host.module != NULL)) return host_close(&host);
  CHECK_EQ(wasm_runtime_get_import_count(host.module), 5);
  check_import(host.module, 0, "env", "f", WASM_IMPORT_EXPORT_KIND_FUNC);
  check_import(host.module, 1, "other", "h", WASM_IMPORT_EXPORT_KIND_FUNC);
  check_import(host.module, 2, "env", "table", WASM_IMPORT_EXPORT_KIND_TABLE);
  check_import(host.module, 3, "env", "memory", WASM_IMPORT_EXPORT_KIND_MEMORY);
  check_import(host.module, 4, "env", "g", WASM_IMPORT_EXPORT_KIND_GLOBAL);

  wasm_import_t import, zero;
  memset(&zero, 0, sizeof zero);
  memset(&import, 0xEE, sizeof import);
  wasm_runtime_get_import_type(host.module, 5, &import);
  CHECK(import.module_name == NULL && import.name == NULL && import.u.func_type == NULL);
  memset(&import, 0xEE, sizeof import);
  wasm_runtime_get_import_type(host.module, -1, &import);
  CHECK(import.name == NULL);
  CHECK_EQ(wasm_runtime_get_import_count(NULL), -1);
  CHECK_EQ(wasm_runtime_get_export_count(NULL), -1);
  host_close(&host);
}

TEST(types_of_imports) {
  capture_begin();
  Host host = host_try("reflect", 8192, 0);
  capture_end();
  if (!CHECK(host.module != NULL)) return host_close(&host);
  static const wasm_valkind_t kinds[] = {WASM_I32, WASM_I64,       WASM_F32,
                                         WASM_F64, WASM_EXTERNREF, WASM_FUNCREF};
  wasm_import_t import;
  wasm_runtime_get_import_type(host.module, 0, &import);
  wasm_func_type_t type = import.u.func_type;
  CHECK_EQ(wasm_func_type_get_param_count(type), 6);
  for (uint32_t i = 0; i < 6; ++i) CHECK_EQ(wasm_func_type_get_param_valkind(type, i), kinds[i]);
  CHECK_EQ(wasm_func_type_get_param_valkind(type, 6), 255);
  CHECK_EQ(wasm_func_type_get_result_count(type), 1);
  CHECK_EQ(wasm_func_type_get_result_valkind(type, 0), WASM_I32);
  CHECK_EQ(wasm_func_type_get_result_valkind(type, 1), 255);
  wasm_runtime_get_import_type(host.module, 1, &import);
  CHECK_EQ(wasm_func_type_get_param_count(import.u.func_type), 0);
  CHECK_EQ(wasm_func_type_get_result_valkind(import.u.func_type, 0), WASM_EXTERNREF);

  wasm_runtime_get_import_type(host.module, 2, &import);
  CHECK_EQ(wasm_table_type_get_elem_kind(import.u.table_type), WASM_FUNCREF);
  CHECK(!wasm_table_type_get_shared(import.u.table_type));
  CHECK_EQ(wasm_table_type_get_init_size(import.u.table_type), 2);
  CHECK_EQ(wasm_table_type_get_max_size(import.u.table_type), 5);
  wasm_runtime_get_import_type(host.module, 3, &import);
  CHECK(!wasm_memory_type_get_shared(import.u.memory_type));
  CHECK_EQ(wasm_memory_type_get_init_page_count(import.u.memory_type), 1);
  CHECK_EQ(wasm_memory_type_get_max_page_count(import.u.memory_type), 7);
  wasm_runtime_get_import_type(host.module, 4, &import);
  CHECK_EQ(wasm_global_type_get_valkind(import.u.global_type), WASM_I64);
  CHECK(wasm_global_type_get_mutable(import.u.global_type));
  host_close(&host);
}

TEST(exports_are_in_the_order_of_the_file) {
  static const struct {
    const char* name;
    wasm_import_export_kind_t kind;
  } wanted[] = {
      {"externs", WASM_IMPORT_EXPORT_KIND_TABLE}, {"pi", WASM_IMPORT_EXPORT_KIND_GLOBAL},
      {"count", WASM_IMPORT_EXPORT_KIND_GLOBAL},  {"first", WASM_IMPORT_EXPORT_KIND_FUNC},
      {"memory", WASM_IMPORT_EXPORT_KIND_MEMORY}, {"imported", WASM_IMPORT_EXPORT_KIND_FUNC},
      {"last", WASM_IMPORT_EXPORT_KIND_FUNC},
  };
  capture_begin();
  Host host = host_try("reflect", 8192, 0);
  capture_end();
  if (!CHECK(host.module != NULL)) return host_close(&host);
  wasm_export_t export;
  CHECK_EQ(wasm_runtime_get_export_count(host.module), 7);
  for (int32_t i = 0; i < 7; ++i) {
    wasm_runtime_get_export_type(host.module, i, &export);
    CHECK_TEXT(export.name, wanted[i].name);
    CHECK_EQ(export.kind, wanted[i].kind);
  }
  wasm_runtime_get_export_type(host.module, 0, &export);
  CHECK_EQ(wasm_table_type_get_elem_kind(export.u.table_type), WASM_EXTERNREF);
  CHECK_EQ(wasm_table_type_get_init_size(export.u.table_type), 3);
  CHECK(wasm_table_type_get_max_size(export.u.table_type) >= 1024); /* none declared */
  wasm_runtime_get_export_type(host.module, 1, &export);
  CHECK_EQ(wasm_global_type_get_valkind(export.u.global_type), WASM_F64);
  CHECK(!wasm_global_type_get_mutable(export.u.global_type));
  wasm_runtime_get_export_type(host.module, 3, &export);
  CHECK_EQ(wasm_func_type_get_result_count(export.u.func_type), 2);
  CHECK_EQ(wasm_func_type_get_result_valkind(export.u.func_type, 1), WASM_F64);
  wasm_runtime_get_export_type(host.module, 4, &export);
  CHECK_EQ(wasm_memory_type_get_max_page_count(export.u.memory_type), 7);
  wasm_runtime_get_export_type(host.module, 5, &export);
  CHECK_EQ(wasm_func_type_get_param_count(export.u.func_type), 6);
  memset(&export, 0xEE, sizeof export);
  wasm_runtime_get_export_type(host.module, 7, &export);
  CHECK(export.name == NULL && export.u.func_type == NULL);
  host_close(&host);
}

TEST(declared_limits_are_reported) {
  Host host = host_open("memory_one", 4096); /* the heap is the instance's, not the module's */
  if (!host.env) return host_close(&host);
  wasm_export_t export;
  wasm_runtime_get_export_type(host.module, 0, &export);
  CHECK_EQ(wasm_memory_type_get_init_page_count(export.u.memory_type), 1);
  CHECK_EQ(wasm_memory_type_get_max_page_count(export.u.memory_type), 65536);
  host_close(&host);
}

TEST(functions_of_an_instance) {
  Host host = host_open("calls", 0);
  if (!host.env) return host_close(&host);
  wasm_function_inst_t many = wasm_runtime_lookup_function(host.instance, "many");
  CHECK(many != NULL);
  CHECK(wasm_runtime_lookup_function(host.instance, "many") == many);
  CHECK(wasm_runtime_lookup_function(host.instance, "man") == NULL);
  CHECK(wasm_runtime_lookup_function(host.instance, "") == NULL);
  CHECK(wasm_runtime_lookup_function(host.instance, "flag") == NULL); /* a global */
  CHECK(wasm_runtime_lookup_function(host.instance, "$x$many") == NULL);
  CHECK_EQ(wasm_func_get_param_count(many, host.instance), 3);
  CHECK_EQ(wasm_func_get_result_count(many, host.instance), 5);
  wasm_valkind_t params[4] = {9, 9, 9, 9}, results[6] = {9, 9, 9, 9, 9, 9};
  wasm_func_get_param_types(many, host.instance, params);
  wasm_func_get_result_types(many, host.instance, results);
  CHECK(params[0] == WASM_I32 && params[1] == WASM_I32 && params[2] == WASM_I32 && params[3] == 9);
  CHECK(results[0] == WASM_I32 && results[1] == WASM_I64 && results[2] == WASM_F32);
  CHECK(results[3] == WASM_F64 && results[4] == WASM_I32 && results[5] == 9);
  wasm_function_inst_t refs = wasm_runtime_lookup_function(host.instance, "id_extern");
  wasm_func_get_param_types(refs, host.instance, params);
  wasm_func_get_result_types(refs, host.instance, results);
  CHECK(params[0] == WASM_EXTERNREF && results[0] == WASM_EXTERNREF);
  refs = wasm_runtime_lookup_function(host.instance, "id_func");
  wasm_func_get_param_types(refs, host.instance, params);
  CHECK(params[0] == WASM_FUNCREF);
  host_close(&host);
}

TEST(globals_of_an_instance) {
  static const struct {
    const char* name;
    wasm_valkind_t kind;
  } wanted[] = {{"i", WASM_I32}, {"I", WASM_I64}, {"f", WASM_F32}, {"F", WASM_F64}};
  Host host = host_open("globals", 0);
  if (!host.env) return host_close(&host);
  wasm_global_inst_t global;
  for (int i = 0; i < 4; ++i) {
    CHECK(wasm_runtime_get_export_global_inst(host.instance, wanted[i].name, &global));
    CHECK(global.kind == wanted[i].kind && global.is_mutable && global.global_data != NULL);
  }
  double f64 = 0;
  memcpy(&f64, global.global_data, 8);
  CHECK(f64 == 2.5);
  f64 = -7.5;
  memcpy(global.global_data, &f64, 8); /* a live cell */
  wasm_val_t result;
  CHECK(wasm_runtime_call_wasm_v(host.env, host_function(&host, "get_F"), 1, &result, 0));
  CHECK(result.of.f64 == -7.5);
  CHECK(wasm_runtime_get_export_global_inst(host.instance, "I", &global));
  int64_t i64;
  memcpy(&i64, global.global_data, 8);
  CHECK_EQ(i64, 0x123456789abcdef0);
  CHECK(wasm_runtime_get_export_global_inst(host.instance, "i", &global));
  CHECK_EQ(*(uint32_t*)global.global_data, 11);
  *(uint32_t*)global.global_data = 12;
  CHECK_EQ(host_i32(&host, "get", 0, 0), 12);
  CHECK_TEXT(host_trap(&host, "set", 13), NULL);
  CHECK_EQ(*(uint32_t*)global.global_data, 13);
  CHECK(wasm_runtime_get_export_global_inst(host.instance, "constant", &global));
  CHECK(!global.is_mutable);
  CHECK_EQ(*(uint32_t*)global.global_data, 99);
  memset(&global, 0xEE, sizeof global);
  CHECK(!wasm_runtime_get_export_global_inst(host.instance, "none", &global));
  CHECK(global.kind == 0xEE);
  host_close(&host);
}

TEST(tables_of_an_instance) {
  Host host = host_open("calls", 0);
  if (!host.env) return host_close(&host);
  wasm_table_inst_t table;
  CHECK(wasm_runtime_get_export_table_inst(host.instance, "table", &table));
  CHECK_EQ(table.elem_kind, WASM_FUNCREF);
  CHECK_EQ(table.cur_size, 6);
  CHECK_EQ(table.max_size, 8);
  wasm_function_inst_t add = wasm_runtime_lookup_function(host.instance, "add");
  CHECK(wasm_table_get_func_inst(host.instance, &table, 0) == add);
  CHECK(wasm_table_get_func_inst(host.instance, &table, 2) == NULL);
  CHECK(wasm_table_get_func_inst(host.instance, &table, 6) == NULL);
  CHECK(wasm_table_get_func_inst(host.instance, &table, 0xFFFFFFFF) == NULL);
  wasm_function_inst_t hidden = wasm_table_get_func_inst(host.instance, &table, 3);
  CHECK(hidden != NULL && !wasm_runtime_call_wasm(host.env, hidden, 0, NULL));
  wasm_runtime_clear_exception(host.instance);

  uint32_t cells[2] = {4, 1};
  CHECK(host_call(&host, "set_table", 2, cells));
  CHECK_EQ(host_i32(&host, "grow_table", 2, 0), 6);
  CHECK_EQ(host_i32(&host, "grow_table", 1, 0), 0xFFFFFFFF);
  CHECK(wasm_runtime_get_export_table_inst(host.instance, "table", &table));
  CHECK_EQ(table.cur_size, 8);
  CHECK(wasm_table_get_func_inst(host.instance, &table, 4) == add);
  CHECK(wasm_table_get_func_inst(host.instance, &table, 7) == NULL);
  table.cur_size = 0xEE;
  CHECK(!wasm_runtime_get_export_table_inst(host.instance, "add", &table));
  CHECK_EQ(table.cur_size, 0xEE);
  host_close(&host);
}

int main(void) {
  RUN(imports_are_grouped_by_kind);
  RUN(types_of_imports);
  RUN(exports_are_in_the_order_of_the_file);
  RUN(declared_limits_are_reported);
  RUN(functions_of_an_instance);
  RUN(globals_of_an_instance);
  RUN(tables_of_an_instance);
  return host_result();
}
