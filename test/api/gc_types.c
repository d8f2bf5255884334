/* gc_export.h: types of a module, of values and of objects. */
#include "gc.h"

static bool same(wasm_ref_type_t type, int value_type, bool nullable, int heap_type) {
  return type.value_type == value_type && type.nullable == nullable && type.heap_type == heap_type;
}

static wasm_ref_type_t field(wasm_defined_type_t type, uint32_t index, bool* is_mutable) {
  return wasm_struct_type_get_field_type((wasm_struct_type_t)type, index, is_mutable);
}

TEST(types_of_a_module) {
  Host host = host_open("gc_export", 0);
  if (!host.env) return host_close(&host);
  const uint32_t count = wasm_get_defined_type_count(host.module);
  CHECK(count > kMixed);
  CHECK(wasm_get_defined_type(host.module, count) == NULL);
  CHECK_EQ(wasm_get_defined_type_count(NULL), 0);
  CHECK(wasm_get_defined_type(NULL, 0) == NULL);
  for (uint32_t i = 0; i <= kMixed; ++i) {
    wasm_defined_type_t type = wasm_get_defined_type(host.module, i);
    CHECK(type != NULL);
    CHECK(wasm_defined_type_is_struct_type(type) == (i <= kAll));
    CHECK(wasm_defined_type_is_array_type(type) == (i >= kBytes && i <= kLongs));
    CHECK(wasm_defined_type_is_func_type(type) == (i >= kUnary));
  }
  CHECK(!wasm_defined_type_is_struct_type(NULL));
  CHECK(!wasm_defined_type_is_array_type(NULL));
  CHECK(!wasm_defined_type_is_func_type(NULL));
  host_close(&host);
}

TEST(fields_elements_parameters) {
  Host host = host_open("gc_export", 0);
  if (!host.env) return host_close(&host);
  wasm_defined_type_t all = wasm_get_defined_type(host.module, kAll);
  bool is_mutable = false;
  CHECK_EQ(wasm_struct_type_get_field_count((wasm_struct_type_t)all), 13);
  CHECK(same(field(all, 0, &is_mutable), VALUE_TYPE_I32, false, 0));
  CHECK(is_mutable);
  CHECK(same(field(all, 1, NULL), VALUE_TYPE_HT_NULLABLE_REF, true, kNode));
  CHECK(same(field(all, 2, NULL), VALUE_TYPE_I8, false, 0));
  CHECK(same(field(all, 3, NULL), VALUE_TYPE_I16, false, 0));
  CHECK(same(field(all, 4, NULL), VALUE_TYPE_I64, false, 0));
  CHECK(same(field(all, 5, NULL), VALUE_TYPE_F32, false, 0));
  CHECK(same(field(all, 6, NULL), VALUE_TYPE_F64, false, 0));
  CHECK(same(field(all, 7, NULL), VALUE_TYPE_V128, false, 0));
  CHECK(same(field(all, 8, NULL), VALUE_TYPE_EXTERNREF, false, 0));
  CHECK(same(field(all, 9, NULL), VALUE_TYPE_ANYREF, false, 0));
  CHECK(same(field(all, 10, NULL), VALUE_TYPE_FUNCREF, false, 0));
  CHECK(same(field(all, 11, &is_mutable), VALUE_TYPE_I32, false, 0));
  CHECK(!is_mutable);
  CHECK(same(field(all, 12, NULL), VALUE_TYPE_HT_NON_NULLABLE_REF, false, HEAP_TYPE_STRUCT));
  CHECK(same(field(all, 13, &is_mutable), 0, false, 0));
  CHECK(same(field(NULL, 0, &is_mutable), 0, false, 0));

  wasm_array_type_t nodes = (wasm_array_type_t)wasm_get_defined_type(host.module, kNodes);
  CHECK(same(wasm_array_type_get_elem_type(nodes, &is_mutable), VALUE_TYPE_HT_NULLABLE_REF, true,
             kNode));
  CHECK(is_mutable);
  wasm_array_type_t longs = (wasm_array_type_t)wasm_get_defined_type(host.module, kLongs);
  CHECK(same(wasm_array_type_get_elem_type(longs, &is_mutable), VALUE_TYPE_I64, false, 0));
  CHECK(!is_mutable);
  /* Of another kind. */
  CHECK(same(wasm_array_type_get_elem_type((wasm_array_type_t)all, NULL), 0, false, 0));
  CHECK_EQ(wasm_struct_type_get_field_count((wasm_struct_type_t)nodes), 0);

  wasm_func_type_t mixed = (wasm_func_type_t)wasm_get_defined_type(host.module, kMixed);
  CHECK_EQ(wasm_func_type_get_param_count(mixed), 4);
  CHECK(
      same(wasm_func_type_get_param_type(mixed, 0), VALUE_TYPE_HT_NON_NULLABLE_REF, false, kNode));
  CHECK(same(wasm_func_type_get_param_type(mixed, 1), VALUE_TYPE_I31REF, false, 0));
  CHECK(same(wasm_func_type_get_param_type(mixed, 2), VALUE_TYPE_EXTERNREF, false, 0));
  CHECK(same(wasm_func_type_get_param_type(mixed, 3), VALUE_TYPE_FUNCREF, false, 0));
  CHECK(same(wasm_func_type_get_param_type(mixed, 4), 0, false, 0));
  CHECK(same(wasm_func_type_get_result_type(mixed, 0), VALUE_TYPE_HT_NON_NULLABLE_REF, false,
             HEAP_TYPE_ARRAY));
  CHECK(same(wasm_func_type_get_result_type(mixed, 1), VALUE_TYPE_EQREF, false, 0));
  CHECK(same(wasm_func_type_get_result_type(mixed, 2), 0, false, 0));
  CHECK(same(wasm_func_type_get_result_type(NULL, 0), 0, false, 0));
  host_close(&host);
}

TEST(equal_types_and_types_below) {
  Host host = host_open("gc_export", 0);
  if (!host.env) return host_close(&host);
  wasm_module_t module = host.module;
  wasm_defined_type_t node = wasm_get_defined_type(module, kNode);
  wasm_defined_type_t all = wasm_get_defined_type(module, kAll);
  CHECK(wasm_defined_type_equal(node, node, module));
  CHECK(!wasm_defined_type_equal(node, all, module));
  CHECK(!wasm_defined_type_equal(NULL, NULL, module));
  CHECK(wasm_defined_type_is_subtype_of(all, node, module));
  CHECK(wasm_defined_type_is_subtype_of(node, node, module));
  CHECK(!wasm_defined_type_is_subtype_of(node, all, module));
  CHECK(!wasm_defined_type_is_subtype_of(NULL, node, module));

  wasm_ref_type_t first, second;
  wasm_ref_type_set_type_idx(&first, true, kAll);
  CHECK(same(first, VALUE_TYPE_HT_NULLABLE_REF, true, kAll));
  wasm_ref_type_set_type_idx(&second, false, kAll);
  CHECK(same(second, VALUE_TYPE_HT_NON_NULLABLE_REF, false, kAll));
  CHECK(!wasm_ref_type_equal(&first, &second, module));
  CHECK(wasm_ref_type_is_subtype_of(&second, &first, module));
  CHECK(!wasm_ref_type_is_subtype_of(&first, &second, module));
  wasm_ref_type_set_type_idx(&second, true, kNode);
  CHECK(wasm_ref_type_is_subtype_of(&first, &second, module));
  const int32_t above[] = {HEAP_TYPE_STRUCT, HEAP_TYPE_EQ, HEAP_TYPE_ANY};
  for (size_t i = 0; i < sizeof above / sizeof above[0]; ++i) {
    wasm_ref_type_set_heap_type(&second, true, above[i]);
    CHECK(wasm_ref_type_is_subtype_of(&first, &second, module));
    CHECK(!wasm_ref_type_is_subtype_of(&second, &first, module));
  }
  const int32_t beside[] = {HEAP_TYPE_ARRAY, HEAP_TYPE_I31, HEAP_TYPE_FUNC, HEAP_TYPE_EXTERN};
  for (size_t i = 0; i < sizeof beside / sizeof beside[0]; ++i) {
    wasm_ref_type_set_heap_type(&second, true, beside[i]);
    CHECK(!wasm_ref_type_is_subtype_of(&first, &second, module));
  }
  wasm_ref_type_set_heap_type(&second, true, HEAP_TYPE_NONE);
  CHECK(wasm_ref_type_is_subtype_of(&second, &first, module));

  /* The short and the long way to write it. */
  const wasm_ref_type_t anyref = {VALUE_TYPE_ANYREF, false, 0};
  wasm_ref_type_set_heap_type(&second, true, HEAP_TYPE_ANY);
  CHECK(same(second, VALUE_TYPE_ANYREF, false, 0));
  const wasm_ref_type_t long_any = {VALUE_TYPE_HT_NULLABLE_REF, true, HEAP_TYPE_ANY};
  CHECK(wasm_ref_type_equal(&anyref, &long_any, module));
  CHECK(wasm_ref_type_equal(&anyref, &second, NULL));

  wasm_ref_type_set_heap_type(&second, false, HEAP_TYPE_ANY);
  CHECK(same(second, VALUE_TYPE_HT_NON_NULLABLE_REF, false, HEAP_TYPE_ANY));
  CHECK(wasm_ref_type_is_subtype_of(&second, &anyref, module));

  /* Numbers, and what is no type. */
  const wasm_ref_type_t i32 = {VALUE_TYPE_I32, false, 0}, nothing = {0x40, false, 0};
  CHECK(wasm_ref_type_equal(&i32, &i32, module));
  CHECK(!wasm_ref_type_is_subtype_of(&i32, &anyref, module));
  CHECK(!wasm_ref_type_equal(&nothing, &nothing, module));
  wasm_ref_type_set_type_idx(&second, true, 1000);
  CHECK(!wasm_ref_type_equal(&second, &second, module));
  wasm_ref_type_set_type_idx(&second, true, -1000);
  CHECK(!wasm_ref_type_equal(&second, &second, module));
  wasm_ref_type_set_type_idx(&second, true, kNode);
  CHECK(!wasm_ref_type_equal(&second, &second, NULL));
  CHECK(!wasm_ref_type_equal(NULL, &second, module));
  host_close(&host);
}

TEST(types_of_objects) {
  Host host = host_open("gc_export", 0);
  if (!host.env) return host_close(&host);
  wasm_obj_t node = (wasm_obj_t)gc_node(&host, 1);
  CHECK(wasm_obj_get_defined_type(node) == wasm_get_defined_type(host.module, kNode));
  CHECK_EQ(wasm_obj_get_defined_type_idx(host.module, node), kNode);
  CHECK_EQ(wasm_obj_get_defined_type_idx(NULL, node), -1);
  CHECK(wasm_obj_get_defined_type(NULL) == NULL);
  CHECK_EQ(wasm_obj_get_defined_type_idx(host.module, NULL), -1);
  wasm_obj_t number = (wasm_obj_t)wasm_i31_obj_new(7);
  CHECK(wasm_obj_get_defined_type(number) == NULL);
  CHECK_EQ(wasm_obj_get_defined_type_idx(host.module, number), -1);
  /* Another module has not got it. */
  Host other = host_open("externrefs", 0);
  if (other.env) CHECK_EQ(wasm_obj_get_defined_type_idx(other.module, node), -1);
  host_close(&other);
  host_close(&host);
}

/* Indices in types of fields are those of the module that has the type, whatever else is loaded. */
TEST(indices_of_several_modules) {
  Host host = host_open("gc_export", 0), other = host_open("held_objects", 0);
  uint32_t found = 0;
  for (uint32_t i = 0; other.env && i < wasm_get_defined_type_count(other.module); ++i) {
    wasm_defined_type_t type = wasm_get_defined_type(other.module, i);
    if (!wasm_defined_type_is_struct_type(type)) continue;
    wasm_ref_type_t first = field(type, 0, NULL), base;
    if (first.value_type != VALUE_TYPE_HT_NON_NULLABLE_REF) continue;
    found++;
    uint32_t cells[2] = {7};
    CHECK(host_call(&other, "make", 1, cells));
    CHECK_EQ(first.heap_type, wasm_obj_get_defined_type_idx(other.module, gc_read(cells)));
    wasm_ref_type_set_type_idx(&base, false, first.heap_type);
    CHECK(wasm_ref_type_equal(&first, &base, other.module));
  }
  CHECK_EQ(found, 1);
  host_close(&other);
  host_close(&host);
}

int main(void) {
  RUN(types_of_a_module);
  RUN(fields_elements_parameters);
  RUN(equal_types_and_types_below);
  RUN(types_of_objects);
  RUN(indices_of_several_modules);
  return host_result();
}
