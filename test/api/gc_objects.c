/* gc_export.h: what the host makes, reads and writes, and what each object is. */
#include "gc.h"

TEST(fields_of_every_kind) {
  Host host = host_open("gc_export", 0);
  if (!host.env) return host_close(&host);
  wasm_struct_obj_t all = wasm_struct_obj_new_with_typeidx(host.env, kAll);
  wasm_local_obj_ref_t kept, node;
  wasm_runtime_push_local_obj_ref(host.env, &kept);
  wasm_runtime_push_local_obj_ref(host.env, &node);
  kept.val = (wasm_obj_t)all;
  node.val = (wasm_obj_t)gc_node(&host, 5);
  CHECK_EQ(wasm_struct_obj_get_field_count(all), 13);
  wasm_value_t value;
  for (uint32_t i = 0; i < 13; ++i) {
    memset(&value, 0xff, sizeof value);
    wasm_struct_obj_get_field(all, i, false, &value);
    CHECK(i == 1 || (i > 7 && i != 11) ? value.gc_obj == NULL : value.u32 == 0);
  }
  wasm_externref_obj_t external = wasm_externref_obj_new(host.env, &host);
  wasm_anyref_obj_t any = wasm_anyref_obj_new(host.env, &value);
  wasm_func_obj_t function = wasm_func_obj_new_with_typeidx(host.env, kUnary, 3);
  const wasm_value_t values[13] = {
      {.i32 = -3},
      {.gc_obj = node.val},
      {.i32 = 0x1fe},
      {.i32 = -2},
      {.i64 = INT64_MIN + 1},
      {.f32 = 1.5f},
      {.f64 = -2.25},
      {.v128 = {.i64x2 = {INT64_MAX, -5}}},
      {.gc_obj = (wasm_obj_t)external},
      {.gc_obj = (wasm_obj_t)any},
      {.gc_obj = (wasm_obj_t)function},
      {.i32 = 11}, /* immutable: the host makes the object */
      {.gc_obj = node.val},
  };
  for (uint32_t i = 0; i < 13; ++i) wasm_struct_obj_set_field(all, i, &values[i]);
  gc_collect(&host);
  for (uint32_t i = 0; i < 13; ++i) {
    memset(&value, 0, sizeof value);
    wasm_struct_obj_get_field(all, i, true, &value);
    if (i == 2) {
      CHECK_EQ((uint32_t)value.i32, (uint32_t)-2);
    } else if (i == 7) {
      CHECK(memcmp(&value, &values[i], 16) == 0);
    } else {
      CHECK_EQ(value.u64, i == 5             ? values[i].u32
                          : i == 0 || i == 3 ? values[i].u32
                                             : values[i].u64);
    }
  }
  wasm_struct_obj_get_field(all, 2, false, &value);
  CHECK_EQ(value.u32, 0xfe);
  wasm_struct_obj_get_field(all, 3, false, &value);
  CHECK_EQ(value.u32, 0xfffe);
  /* References of another hierarchy, and null where there is none, are not written. */
  static const uint32_t others[][2] = {{8, 9},  {8, 10}, {9, 8},  {9, 10},
                                       {10, 8}, {10, 9}, {12, 13}};
  for (size_t i = 0; i < sizeof others / sizeof *others; ++i) {
    const wasm_value_t null = {.gc_obj = NULL};
    const uint32_t field = others[i][0], from = others[i][1];
    wasm_struct_obj_set_field(all, field, from < 13 ? &values[from] : &null);
    wasm_struct_obj_get_field(all, field, false, &value);
    CHECK(value.gc_obj == values[field].gc_obj);
  }
  /* There is no such field; nothing happens. */
  value.u64 = 99;
  wasm_struct_obj_get_field(all, 13, false, &value);
  CHECK_EQ(value.u64, 99);
  wasm_struct_obj_set_field(all, 13, &value);
  wasm_struct_obj_set_field(NULL, 0, &value);
  wasm_struct_obj_get_field(NULL, 0, false, &value);
  wasm_struct_obj_set_field(all, 0, NULL);
  CHECK_EQ(wasm_struct_obj_get_field_count(NULL), 0);
  CHECK_EQ(value.u64, 99);
  wasm_runtime_pop_local_obj_refs(host.env, 2);
  host_close(&host);
}

TEST(elements) {
  Host host = host_open("gc_export", 0);
  if (!host.env) return host_close(&host);
  wasm_local_obj_ref_t bytes_ref, nodes_ref;
  wasm_runtime_push_local_obj_ref(host.env, &bytes_ref);
  wasm_runtime_push_local_obj_ref(host.env, &nodes_ref);
  wasm_value_t value = {.i32 = -2};
  wasm_array_obj_t bytes = wasm_array_obj_new_with_typeidx(host.env, kBytes, 10, &value);
  bytes_ref.val = (wasm_obj_t)bytes;
  CHECK_EQ(wasm_array_obj_length(bytes), 10);
  wasm_array_obj_get_elem(bytes, 9, true, &value);
  CHECK_EQ(value.i32, -2);
  wasm_array_obj_get_elem(bytes, 9, false, &value);
  CHECK_EQ(value.i32, 254);
  value.i32 = 7;
  wasm_array_obj_set_elem(bytes, 3, &value);
  uint8_t* first = wasm_array_obj_first_elem_addr(bytes);
  CHECK(first != NULL && first[3] == 7 && first[4] == 254);
  CHECK(wasm_array_obj_elem_addr(bytes, 4) == first + 4);
  CHECK(wasm_array_obj_elem_addr(bytes, 10) == NULL);
  /* Out of range, and overlapping. */
  value.i32 = 99;
  wasm_array_obj_set_elem(bytes, 10, &value);
  wasm_array_obj_get_elem(bytes, 10, false, &value);
  CHECK_EQ(value.i32, 99);
  wasm_array_obj_copy(bytes, 4, bytes, 3, 6);
  CHECK(first[3] == 7 && first[4] == 7 && first[5] == 254);
  wasm_array_obj_copy(bytes, 5, bytes, 0, 6);
  wasm_array_obj_copy(bytes, 0, bytes, 5, 6);
  wasm_array_obj_copy(bytes, UINT32_MAX, bytes, 0, 2);
  wasm_array_obj_copy(NULL, 0, bytes, 0, 1);
  CHECK(first[0] == 254 && first[3] == 7 && first[9] == 254);

  /* References; the value of all is kept while the array is made. */
  value.gc_obj = (wasm_obj_t)gc_node(&host, 42);
  wasm_array_obj_t nodes = wasm_array_obj_new_with_type(
      host.env, (wasm_array_type_t)wasm_get_defined_type(host.module, kNodes), 1000, &value);
  nodes_ref.val = (wasm_obj_t)nodes;
  gc_collect(&host);
  wasm_array_obj_get_elem(nodes, 999, false, &value);
  CHECK_EQ(gc_value((wasm_struct_obj_t)value.gc_obj), 42);
  wasm_array_obj_t empty = wasm_array_obj_new_with_typeidx(host.env, kNodes, 0, NULL);
  CHECK(empty != NULL);
  CHECK_EQ(wasm_array_obj_length(empty), 0);
  CHECK(wasm_array_obj_first_elem_addr(empty) == NULL);
  wasm_array_obj_copy(nodes, 0, empty, 0, 0);
  /* Of arrays with elements of another size nothing is copied. */
  wasm_array_obj_copy(nodes, 0, bytes, 0, 4);
  wasm_array_obj_get_elem(nodes, 0, false, &value);
  CHECK_EQ(gc_value((wasm_struct_obj_t)value.gc_obj), 42);
  CHECK_EQ(wasm_array_obj_length(NULL), 0);
  wasm_runtime_pop_local_obj_refs(host.env, 2);

  wasm_array_obj_t longs = (wasm_array_obj_t)NULL;
  uint32_t cells[2];
  CHECK(host_call(&host, "longs", 0, cells));
  longs = (wasm_array_obj_t)gc_read(cells);
  wasm_array_obj_get_elem(longs, 2, false, &value);
  CHECK_EQ(value.i64, -7);
  host_close(&host);
}

/* A new array of "gc_arrays"; nothing is collected meanwhile. */
static wasm_array_obj_t made(const Host* host, const char* name) {
  uint32_t cells[2] = {0};
  CHECK(host_call(host, name, 0, cells));
  return (wasm_array_obj_t)gc_read(cells);
}

/* Whether an element of the one may become one of the other. */
static bool copies(const Host* host, const char* to, const char* from) {
  wasm_array_obj_t target = made(host, to), source = made(host, from);
  uint8_t* bytes = wasm_array_obj_elem_addr(target, 1);
  const size_t size = (size_t)(bytes - (uint8_t*)wasm_array_obj_first_elem_addr(target));
  memset(bytes, 0, size);
  uint64_t before = 0, after = 0, wanted = 0;
  memcpy(&before, bytes, size);
  wasm_array_obj_copy(target, 1, source, 0, 1);
  memcpy(&after, bytes, size);
  memcpy(&wanted, wasm_array_obj_elem_addr(source, 0), size);
  CHECK(after == before || after == wanted);
  return after != before;
}

/* Elements are copied as array.copy does, whose types have to match. */
TEST(copies_between_arrays) {
  Host host = host_open("gc_arrays", 0);
  if (!host.env) return host_close(&host);
  CHECK(copies(&host, "ints", "ints"));
  CHECK(copies(&host, "shorts", "shorts"));
  CHECK(!copies(&host, "shorts", "ints"));
  CHECK(!copies(&host, "floats", "ints"));
  /* Leaves are nodes; what may be null is not for those that may not. */
  CHECK(copies(&host, "nodes", "some_leaves"));
  CHECK(copies(&host, "leaves", "some_leaves"));
  CHECK(!copies(&host, "externs", "some_leaves"));
  wasm_array_obj_t some = made(&host, "some_leaves"), leaves = made(&host, "leaves");
  wasm_value_t value = {0};
  wasm_array_obj_copy(some, 0, leaves, 0, 1);
  wasm_array_obj_get_elem(some, 0, false, &value);
  CHECK(value.gc_obj != NULL);
  wasm_array_obj_t nodes = made(&host, "nodes");
  wasm_array_obj_copy(nodes, 0, some, 0, 2);
  wasm_array_obj_copy(leaves, 0, nodes, 0, 2);
  wasm_array_obj_get_elem(leaves, 0, false, &value);
  CHECK(value.gc_obj == NULL);
  host_close(&host);
}

TEST(what_cannot_be_made) {
  Host host = host_open("gc_export", 0);
  if (!host.env) return host_close(&host);
  CHECK(wasm_struct_obj_new_with_typeidx(host.env, kBytes) == NULL);
  CHECK(wasm_struct_obj_new_with_typeidx(host.env, 1000) == NULL);
  CHECK(wasm_struct_obj_new_with_typeidx(NULL, kNode) == NULL);
  CHECK(wasm_struct_obj_new_with_type(host.env, NULL) == NULL);
  CHECK(wasm_array_obj_new_with_typeidx(host.env, kNode, 1, NULL) == NULL);
  CHECK(wasm_array_obj_new_with_type(host.env, NULL, 1, NULL) == NULL);
  CHECK(wasm_func_obj_new_with_typeidx(host.env, kNode, 3) == NULL);
  CHECK(wasm_func_obj_new_with_typeidx(host.env, kUnary, 1000) == NULL);
  /* Number 4 is a function of two parameters. */
  CHECK(wasm_func_obj_new_with_typeidx(host.env, kUnary, 4) == NULL);
  CHECK(wasm_func_obj_new_with_type(host.env, NULL, 3) == NULL);
  CHECK(wasm_func_obj_new_with_type(NULL, NULL, 3) == NULL);
  /* More than the heap may take; there is no exception, and smaller ones have room. */
  CHECK(wasm_array_obj_new_with_typeidx(host.env, kLongs, UINT32_MAX, NULL) == NULL);
  CHECK(wasm_array_obj_new_with_typeidx(host.env, kBytes, 256 << 20, NULL) == NULL);
  CHECK(wasm_runtime_get_exception(host.instance) == NULL);
  CHECK(gc_node(&host, 1) != NULL);
  /* A type of another module's. */
  Host other = host_open("held_objects", 0);
  if (other.env) {
    wasm_struct_type_t type = (wasm_struct_type_t)wasm_get_defined_type(other.module, 1);
    CHECK(wasm_struct_obj_new_with_type(other.env, type) != NULL);
    CHECK(wasm_struct_obj_new_with_type(host.env, type) == NULL);
  }
  host_close(&other);
  host_close(&host);
}

TEST(functions) {
  Host host = host_open("gc_export", 0);
  if (!host.env) return host_close(&host);
  wasm_func_type_t unary = (wasm_func_type_t)wasm_get_defined_type(host.module, kUnary);
  wasm_func_obj_t twice = wasm_func_obj_new_with_type(host.env, unary, 3);
  CHECK(twice != NULL && twice == wasm_func_obj_new_with_typeidx(host.env, kUnary, 3));
  CHECK_EQ(wasm_func_obj_get_func_idx_bound(twice), 3);
  CHECK(wasm_func_obj_get_func_type(twice) == unary);
  CHECK_EQ(wasm_func_obj_get_func_idx_bound(NULL), UINT32_MAX);
  CHECK(wasm_func_obj_get_func_type(NULL) == NULL);
  uint32_t cells[2] = {21};
  CHECK(wasm_runtime_call_func_ref(host.env, twice, 1, cells));
  CHECK_EQ(cells[0], 42);
  wasm_val_t argument = {.kind = WASM_I32, .of.i32 = 8}, result;
  CHECK(wasm_runtime_call_func_ref_a(host.env, twice, 1, &result, 1, &argument));
  CHECK(result.kind == WASM_I32 && result.of.i32 == 16);
  CHECK(wasm_runtime_call_func_ref_v(host.env, twice, 1, &result, 1, 9));
  CHECK_EQ(result.of.i32, 18);
  CHECK(!wasm_runtime_call_func_ref(host.env, NULL, 1, cells));
  CHECK(!wasm_runtime_call_func_ref_a(host.env, twice, 0, NULL, 1, &argument));
  CHECK(!wasm_runtime_call_func_ref_v(host.env, twice, 1, &result, 0));
  CHECK(!wasm_runtime_call_func_ref_v(host.env, NULL, 1, &result, 1, 9));
  CHECK(wasm_runtime_get_exception(host.instance) == NULL);
  CHECK(!wasm_runtime_call_func_ref(host.env, twice, 0, cells));
  CHECK_TEXT(wasm_runtime_get_exception(host.instance),
             "Exception: invalid argument count 0, must be no smaller than 1");
  wasm_runtime_clear_exception(host.instance);
  host_close(&host);
}

TEST(values_of_the_host) {
  Host host = host_open("gc_export", 0);
  if (!host.env) return host_close(&host);
  const void* pointers[] = {NULL, &host, (void*)1, (void*)((UINT64_C(1) << 56) - 1)};
  for (size_t i = 0; i < sizeof pointers / sizeof pointers[0]; ++i) {
    wasm_externref_obj_t external = wasm_externref_obj_new(host.env, pointers[i]);
    wasm_anyref_obj_t any = wasm_anyref_obj_new(host.env, pointers[i]);
    CHECK(external != NULL && any != NULL);
    CHECK(external == wasm_externref_obj_new(host.env, pointers[i]));
    CHECK(wasm_externref_obj_get_value(external) == pointers[i]);
    CHECK(wasm_anyref_obj_get_value(any) == pointers[i]);
    CHECK(wasm_externref_obj_to_internal_obj(external) == (wasm_obj_t)any);
    CHECK(wasm_internal_obj_to_externref_obj(host.env, (wasm_obj_t)any) == external);
    CHECK(gc_echo(&host, "echo_extern", external) == (wasm_obj_t)external);
    CHECK(gc_echo(&host, "echo_any", any) == (wasm_obj_t)any);
    CHECK(gc_echo(&host, "to_any", external) == (wasm_obj_t)any);
    CHECK(gc_echo(&host, "to_extern", any) == (wasm_obj_t)external);
    /* Each is refused where the other is wanted. */
    CHECK(gc_echo(&host, "echo_any", external) == NULL);
  }
  const void* strange[] = {(void*)(UINT64_C(1) << 56), (void*)-1};
  for (size_t i = 0; i < sizeof strange / sizeof strange[0]; ++i) {
    CHECK(wasm_externref_obj_new(host.env, strange[i]) == NULL);
    CHECK(wasm_anyref_obj_new(host.env, strange[i]) == NULL);
  }
  CHECK(wasm_externref_obj_new(NULL, &host) == NULL);
  CHECK(wasm_externref_obj_get_value(NULL) == NULL);
  CHECK(wasm_anyref_obj_get_value(NULL) == NULL);
  CHECK(wasm_externref_obj_to_internal_obj(NULL) == NULL);
  CHECK(wasm_internal_obj_to_externref_obj(host.env, NULL) == NULL);

  /* A guest's object as an externref. */
  wasm_obj_t node = (wasm_obj_t)gc_node(&host, 3);
  wasm_externref_obj_t outside = wasm_internal_obj_to_externref_obj(host.env, node);
  CHECK((wasm_obj_t)outside != node);
  CHECK(wasm_externref_obj_get_value(outside) == node);
  CHECK(wasm_externref_obj_to_internal_obj(outside) == node);
  CHECK(gc_echo(&host, "to_any", outside) == node);
  CHECK(gc_echo(&host, "to_extern", node) == (wasm_obj_t)outside);
  host_close(&host);
}

TEST(numbers_in_references) {
  Host host = host_open("gc_export", 0);
  if (!host.env) return host_close(&host);
  const uint32_t numbers[] = {0, 1, 0x3fffffff, 0x40000000, 0x7fffffff};
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; ++i) {
    wasm_i31_obj_t number = wasm_i31_obj_new(numbers[i]);
    const uint32_t sign = numbers[i] & 0x40000000 ? 0x80000000 : 0;
    CHECK_EQ(wasm_i31_obj_get_value(number, false), numbers[i]);
    CHECK_EQ(wasm_i31_obj_get_value(number, true), numbers[i] | sign);
    CHECK(gc_echo(&host, "echo_any", (void*)number) == (wasm_obj_t)number);
  }
  CHECK_EQ(wasm_i31_obj_get_value(wasm_i31_obj_new(0xffffffff), false), 0x7fffffff);
  host_close(&host);
}

/* Which of the predicates hold, a letter each. */
static const char* kinds_of(wasm_obj_t object) {
  static char text[16];
  snprintf(text, sizeof text, "%s%s%s%s%s%s%s%s", wasm_obj_is_struct_obj(object) ? "s" : "",
           wasm_obj_is_array_obj(object) ? "a" : "", wasm_obj_is_func_obj(object) ? "f" : "",
           wasm_obj_is_i31_obj(object) ? "3" : "", wasm_obj_is_externref_obj(object) ? "x" : "",
           wasm_obj_is_anyref_obj(object) ? "h" : "", wasm_obj_is_internal_obj(object) ? "i" : "",
           wasm_obj_is_eq_obj(object) ? "e" : "");
  return text;
}

/* Of which abstract types it is one. */
static const char* types_of(wasm_obj_t object) {
  static const int32_t types[] = {HEAP_TYPE_ANY,    HEAP_TYPE_EQ,    HEAP_TYPE_I31,
                                  HEAP_TYPE_STRUCT, HEAP_TYPE_ARRAY, HEAP_TYPE_FUNC,
                                  HEAP_TYPE_EXTERN, HEAP_TYPE_NONE};
  static char text[16];
  size_t length = 0;
  for (size_t i = 0; i < sizeof types / sizeof types[0]; ++i) {
    wasm_ref_type_t type;
    wasm_ref_type_set_heap_type(&type, i % 2 == 0, types[i]);
    if (wasm_obj_is_instance_of_ref_type(object, &type)) text[length++] = "ae3sAfxn"[i];
  }
  text[length] = 0;
  return text;
}

TEST(what_an_object_is) {
  Host host = host_open("gc_export", 0);
  if (!host.env) return host_close(&host);
  wasm_local_obj_ref_t kept[2];
  for (int i = 0; i < 2; ++i) wasm_runtime_push_local_obj_ref(host.env, &kept[i]);
  wasm_obj_t node = kept[0].val = (wasm_obj_t)gc_node(&host, 1);
  wasm_obj_t all = kept[1].val = (wasm_obj_t)wasm_struct_obj_new_with_typeidx(host.env, kAll);
  wasm_obj_t bytes = (wasm_obj_t)wasm_array_obj_new_with_typeidx(host.env, kBytes, 1, NULL);
  wasm_obj_t function = (wasm_obj_t)wasm_func_obj_new_with_typeidx(host.env, kUnary, 3);
  wasm_obj_t external = (wasm_obj_t)wasm_externref_obj_new(host.env, NULL);
  CHECK_TEXT(kinds_of(NULL), "");
  CHECK_TEXT(kinds_of(node), "sie");
  CHECK_TEXT(kinds_of(bytes), "aie");
  CHECK_TEXT(kinds_of(function), "f");
  CHECK_TEXT(kinds_of((wasm_obj_t)wasm_i31_obj_new(5)), "3ie");
  CHECK_TEXT(kinds_of(external), "x");
  CHECK_TEXT(kinds_of((wasm_obj_t)wasm_anyref_obj_new(host.env, NULL)), "hi");
  CHECK_TEXT(kinds_of((wasm_obj_t)wasm_internal_obj_to_externref_obj(host.env, node)), "x");
  CHECK_TEXT(types_of(NULL), "");
  CHECK_TEXT(types_of(node), "aes");
  CHECK_TEXT(types_of(bytes), "aeA");
  CHECK_TEXT(types_of(function), "f");
  CHECK_TEXT(types_of((wasm_obj_t)wasm_i31_obj_new(5)), "ae3");
  CHECK_TEXT(types_of(external), "x");
  CHECK_TEXT(types_of((wasm_obj_t)wasm_anyref_obj_new(host.env, NULL)), "a");

  wasm_defined_type_t base = wasm_get_defined_type(host.module, kNode);
  CHECK(wasm_obj_is_instance_of_defined_type(all, base, host.module));
  CHECK(wasm_obj_is_instance_of_defined_type(node, base, host.module));
  CHECK(!wasm_obj_is_instance_of_defined_type(bytes, base, host.module));
  CHECK(!wasm_obj_is_instance_of_defined_type(NULL, base, host.module));
  CHECK(!wasm_obj_is_instance_of_defined_type(node, NULL, host.module));
  CHECK(wasm_obj_is_instance_of_type_idx(all, kNode, host.module));
  CHECK(!wasm_obj_is_instance_of_type_idx(node, kAll, host.module));
  CHECK(wasm_obj_is_instance_of_type_idx(function, kUnary, host.module));
  CHECK(!wasm_obj_is_instance_of_type_idx(node, 1000, host.module));
  CHECK(!wasm_obj_is_instance_of_type_idx(external, kNode, host.module));
  /* Of which module's type is not said. */
  wasm_ref_type_t type;
  wasm_ref_type_set_type_idx(&type, true, kNode);
  CHECK(!wasm_obj_is_instance_of_ref_type(node, &type));
  CHECK(!wasm_obj_is_instance_of_ref_type(node, NULL));
  wasm_runtime_pop_local_obj_refs(host.env, 2);
  host_close(&host);
}

int main(void) {
  RUN(fields_of_every_kind);
  RUN(elements);
  RUN(copies_between_arrays);
  RUN(what_cannot_be_made);
  RUN(functions);
  RUN(values_of_the_host);
  RUN(numbers_in_references);
  RUN(what_an_object_is);
  return host_result();
}
