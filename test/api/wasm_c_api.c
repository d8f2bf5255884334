/* wasm_c_api.h: types, modules, calls, traps, references, and who owns what. */
#include "c_api_guest.h"

/* ---- Vectors and types */

TEST(vectors_say_what_they_hold) {
  wasm_byte_vec_t bytes, copy;
  wasm_byte_vec_new(&bytes, 3, "abc");
  CHECK(bytes.size == 3 && bytes.num_elems == 3 && bytes.size_of_elem == 1);
  wasm_byte_vec_copy(&copy, &bytes);
  CHECK(copy.data != bytes.data && memcmp(copy.data, "abc", 3) == 0);
  wasm_byte_vec_delete(&bytes);
  wasm_byte_vec_delete(&copy);
  CHECK(bytes.size == 0 && bytes.data == NULL && bytes.num_elems == 0);

  wasm_valtype_vec_t types, others;
  wasm_valtype_vec_new_uninitialized(&types, 2);
  CHECK(types.size == 2 && types.num_elems == 0);
  types.data[0] = wasm_valtype_new_i32();
  types.data[1] = wasm_valtype_new_funcref();
  types.num_elems = 2;
  wasm_valtype_vec_copy(&others, &types);
  CHECK(others.num_elems == 2 && wasm_valtype_kind(others.data[1]) == WASM_FUNCREF);
  wasm_valtype_vec_delete(&types);
  wasm_valtype_vec_delete(&others);

  wasm_name_t name;
  wasm_name_new_from_string(&name, "name");
  CHECK_EQ(name.size, 4);
  wasm_name_delete(&name);
  wasm_name_new_from_string_nt(&name, "name");
  CHECK_EQ(name.size, 5);
  wasm_name_delete(&name);
  CHECK(wasm_valtype_new(5) == NULL && wasm_valtype_new(127) == NULL);
}

TEST(what_is_taken_from_can_be_read) {
  wasm_valtype_t* kinds[] = {wasm_valtype_new_i64(), wasm_valtype_new_f32()};
  wasm_valtype_vec_t params, results;
  wasm_valtype_vec_new(&params, 1, &kinds[0]);
  wasm_valtype_vec_new(&results, 1, &kinds[1]);
  wasm_functype_t* type = wasm_functype_new(&params, &results);
  CHECK(params.num_elems == 1 && params.data == wasm_functype_params(type)->data);
  CHECK(results.num_elems == 1 && wasm_valtype_kind(results.data[0]) == WASM_F32);
  wasm_name_t name;
  wasm_name_new_from_string(&name, "n");
  wasm_exporttype_t* made = wasm_exporttype_new(&name, wasm_functype_as_externtype(type));
  CHECK(name.size == 1 && name.data == wasm_exporttype_name(made)->data);
  wasm_exporttype_delete(made);
}

TEST(types_are_taken_and_copied) {
  wasm_functype_t* type =
      wasm_functype_new_3_2(wasm_valtype_new_i32(), wasm_valtype_new_i64(), wasm_valtype_new_f32(),
                            wasm_valtype_new_f64(), wasm_valtype_new_anyref());
  wasm_functype_t* copy = wasm_functype_copy(type);
  wasm_functype_delete(type);
  CHECK_EQ(wasm_functype_params(copy)->num_elems, 3);
  CHECK_EQ(wasm_valtype_kind(wasm_functype_results(copy)->data[1]), WASM_EXTERNREF);
  wasm_externtype_t* seen = wasm_functype_as_externtype(copy);
  CHECK_EQ(wasm_externtype_kind(seen), WASM_EXTERN_FUNC);
  CHECK(wasm_externtype_as_functype(seen) == copy && wasm_externtype_as_tabletype(seen) == NULL);
  wasm_externtype_delete(seen);

  wasm_limits_t limits = {1, 7};
  wasm_tabletype_t* table = wasm_tabletype_new(wasm_valtype_new_funcref(), &limits);
  wasm_memorytype_t* memory = wasm_memorytype_new(&limits);
  wasm_globaltype_t* global = wasm_globaltype_new(wasm_valtype_new_f64(), WASM_VAR);
  wasm_name_t module, name;
  wasm_name_new_from_string_nt(&module, "m");
  wasm_name_new_from_string_nt(&name, "n");
  wasm_importtype_t* import =
      wasm_importtype_new(&module, &name, wasm_tabletype_as_externtype(table));
  CHECK_TEXT(module.data, "m");
  CHECK(name.data == wasm_importtype_name(import)->data && !wasm_importtype_is_linked(import));
  wasm_importtype_t* import_copy = wasm_importtype_copy(import);
  wasm_importtype_delete(import);
  CHECK_TEXT(wasm_importtype_name(import_copy)->data, "n");
  const wasm_tabletype_t* of_copy =
      wasm_externtype_as_tabletype_const(wasm_importtype_type(import_copy));
  CHECK_EQ(wasm_tabletype_limits(of_copy)->max, 7);
  wasm_importtype_delete(import_copy);
  wasm_memorytype_vec_t list;
  wasm_memorytype_vec_new(&list, 1, &memory);
  wasm_memorytype_vec_delete(&list);
  wasm_globaltype_delete(global);
}

TEST(modules_tell_what_they_want_and_have) {
  Store store = store_open();
  wasm_module_t* module = module_of(&store, "wasm_c_api");
  wasm_importtype_vec_t imports;
  wasm_module_imports(module, &imports);
  static const char* const names[] = {"add", "swap", "pass", "limit", "count"};
  CHECK_EQ(imports.num_elems, 5);
  for (size_t i = 0; i < imports.num_elems; ++i) {
    CHECK_TEXT(wasm_importtype_name(imports.data[i])->data, names[i]);
    CHECK_EQ(wasm_importtype_name(imports.data[i])->size, strlen(names[i]) + 1);
    CHECK_TEXT(wasm_importtype_module(imports.data[i])->data, "host");
  }
  wasm_importtype_vec_delete(&imports);

  wasm_exporttype_vec_t exports;
  wasm_module_exports(module, &exports);
  CHECK_EQ(exports.num_elems, 17);
  const wasm_externtype_t* memory = wasm_exporttype_type(exports.data[0]);
  CHECK_EQ(wasm_externtype_kind(memory), WASM_EXTERN_MEMORY);
  CHECK_EQ(wasm_memorytype_limits(wasm_externtype_as_memorytype_const(memory))->max, 3);
  wasm_exporttype_vec_delete(&exports);

  wasm_byte_vec_t bytes, bad;
  wasm_module_serialize(module, &bytes);
  CHECK(bytes.size > 8 && wasm_module_validate(store.store, &bytes));
  wasm_module_t* again = wasm_module_deserialize(store.store, &bytes);
  CHECK(again != NULL && wasm_module_set_name(again, "again"));
  CHECK_TEXT(wasm_module_get_name(again), "again");
  wasm_byte_vec_new(&bad, 4, "\0asm");
  CHECK(!wasm_module_validate(store.store, &bad) && wasm_module_new(store.store, &bad) == NULL);
  wasm_byte_vec_delete(&bad);
  wasm_byte_vec_delete(&bytes);
  wasm_module_delete(module); /* `again` goes with its store */
  store_close(&store);
}

/* ---- Calls */

TEST(calls_in_both_directions) {
  Guest guest = guest_open();
  callback_calls = swaps = 0;
  CHECK_EQ(call_i32(function(&guest, "twice"), 21, 0), 42);
  CHECK_EQ(callback_calls, 1);

  wasm_val_t values[] = {WASM_I64_VAL(-7), WASM_F32_VAL(0.5f)};
  wasm_val_t room[] = {WASM_INIT_VAL, WASM_INIT_VAL};
  wasm_val_vec_t args = WASM_ARRAY_VEC(values), results = WASM_ARRAY_VEC(room);
  CHECK(wasm_func_call(function(&guest, "swapped"), &args, &results) == NULL);
  CHECK(room[0].kind == WASM_F32 && room[0].of.f32 == 0.5f && room[1].of.i64 == -7);
  CHECK(results.num_elems == 2 && swaps == 1);

  wasm_val_t many[18] = {WASM_I32_VAL(1)};
  for (int i = 1; i < 18; ++i) many[i].kind = WASM_I32, many[i].of.i32 = i;
  wasm_val_vec_t all = WASM_ARRAY_VEC(many), one = {1, room, 0, sizeof *room, NULL};
  CHECK(wasm_func_call(function(&guest, "eighteen"), &all, &one) == NULL && room[0].of.i32 == 18);
  CHECK(wasm_func_call(function(&guest, "counted"), NULL, NULL) == NULL);
  CHECK_EQ(wasm_func_param_arity(function(&guest, "eighteen")), 18);
  wasm_functype_t* type = wasm_func_type(function(&guest, "swapped"));
  CHECK_EQ(wasm_functype_results(type)->num_elems, 2);
  wasm_functype_delete(type);
  guest_close(&guest);
}

TEST(mistakes_are_traps) {
  Guest guest = guest_open();
  wasm_val_t value[] = {WASM_I32_VAL(1)}, room[1];
  wasm_val_vec_t none = WASM_EMPTY_VEC, args = WASM_ARRAY_VEC(value), one = WASM_ARRAY_VEC(room);
  const char* text = "wasm_func_call: arguments do not fit the function's type";
  check_trap(wasm_func_call(function(&guest, "twice"), &none, &one), text);
  check_trap(wasm_func_call(function(&guest, "twice"), NULL, &one), text);
  check_trap(wasm_func_call(function(&guest, "twice"), &args, &none),
             "wasm_func_call: there is less room than results");
  check_trap(wasm_func_call(function(&guest, "vector"), &args, &one),
             "wasm_val_t has no room for v128");
  CHECK(wasm_func_call(NULL, &args, &one) == NULL);
  wasm_extern_t* empty = wasm_extern_new_empty(guest.store.store, WASM_EXTERN_FUNC);
  check_trap(wasm_func_call(wasm_extern_as_func(empty), &args, &one),
             "failed to call unlinked function");
  CHECK(wasm_extern_new_empty(guest.store.store, WASM_EXTERN_TABLE) == NULL);
  wasm_extern_delete(empty);
  guest_close(&guest);
}

TEST(a_function_of_the_hosts_works_unlinked) {
  Store store = store_open();
  wasm_functype_t* type =
      wasm_functype_new_2_1(wasm_valtype_new_i32(), wasm_valtype_new_i32(), wasm_valtype_new_i32());
  wasm_func_t* func = wasm_func_new(store.store, type, add);
  CHECK_EQ(call_i32(func, 3, 4), 7);
  CHECK(wasm_func_new(store.store, NULL, add) == NULL);
  CHECK(wasm_func_new(store.store, type, NULL) == NULL);
  wasm_func_delete(func);
  wasm_functype_delete(type);
  type = wasm_functype_new_1_0(wasm_valtype_new_v128());
  CHECK(wasm_func_new(store.store, type, add) == NULL);
  wasm_functype_delete(type);
  store_close(&store);
}

TEST(finalizers_run_when_nobody_can_call) {
  swaps = 0;
  Guest guest = guest_open();
  CHECK_EQ(swaps, 0); /* its handle is deleted, the instance has it */
  wasm_extern_vec_delete(&guest.exports);
  wasm_instance_delete(guest.instance);
  guest.instance = NULL;
  CHECK_EQ(swaps, 1);
  guest_close(&guest);
  CHECK_EQ(swaps, 1);

  finalized = 0;
  Store store = store_open();
  wasm_functype_t* type = wasm_functype_new_0_0();
  wasm_func_t* func = wasm_func_new_with_env(store.store, type, swap, &finalized, count_finalized);
  wasm_func_t* copy = wasm_func_copy(func);
  CHECK(wasm_func_same(func, copy));
  wasm_func_set_host_info_with_finalizer(copy, &finalized, count_finalized);
  CHECK(wasm_func_get_host_info(func) == NULL && wasm_func_get_host_info(copy) == &finalized);
  wasm_func_delete(copy);
  CHECK_EQ(finalized, 1); /* its host info */
  wasm_func_delete(func);
  CHECK_EQ(finalized, 2);
  func = wasm_func_new_with_env(store.store, type, swap, &finalized, count_finalized);
  wasm_functype_delete(type);
  wasm_store_delete(store.store);
  CHECK_EQ(finalized, 3); /* stores take what is in them along */
  wasm_func_delete(func); /* and handles may still be deleted */
  wasm_engine_delete(store.engine);
}

/* ---- Traps */

static wasm_store_t* trap_store;
static const char* trap_text;
static size_t trap_length; /* 0: up to and with the NUL */

static wasm_trap_t* refuse(const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  (void)args, (void)results;
  if (trap_text == NULL) return wasm_trap_new(trap_store, NULL);
  wasm_message_t message;
  wasm_name_new(&message, trap_length == 0 ? strlen(trap_text) + 1 : trap_length, trap_text);
  wasm_trap_t* trap = wasm_trap_new(trap_store, &message);
  wasm_name_delete(&message);
  return trap;
}

TEST(traps_have_texts_and_frames) {
  Guest guest = guest_open();
  wasm_val_vec_t none = WASM_EMPTY_VEC;
  wasm_trap_t* trap = wasm_func_call(function(&guest, "fails_below"), &none, &none);
  wasm_frame_vec_t frames;
  wasm_trap_trace(trap, &frames);
  CHECK_EQ(frames.num_elems, 2);
  CHECK_EQ(wasm_frame_func_index(frames.data[0]), 9);
  CHECK_EQ(wasm_frame_func_index(frames.data[1]), 10);
  CHECK(wasm_frame_instance(frames.data[0]) == guest.instance);
  CHECK(wasm_frame_module_offset(frames.data[0]) > wasm_frame_func_offset(frames.data[0]));
  CHECK_EQ(wasm_frame_func_offset(frames.data[0]), 1); /* behind the count of locals */
  wasm_frame_t* origin = wasm_trap_origin(trap);
  CHECK_EQ(wasm_frame_func_index(origin), 9);
  wasm_frame_t* copy = wasm_frame_copy(origin);
  wasm_frame_delete(origin);
  CHECK(wasm_frame_instance(copy) == guest.instance);
  wasm_frame_delete(copy);
  wasm_frame_vec_delete(&frames);
  wasm_trap_t* other = wasm_trap_copy(trap);
  CHECK(wasm_trap_same(trap, other));
  wasm_trap_delete(trap);
  check_trap(other, "Exception: unreachable");
  guest_close(&guest);
}

TEST(a_host_function_traps) {
  Store store = store_open();
  trap_store = store.store;
  wasm_functype_t* type = wasm_functype_new_0_0();
  wasm_func_t* func = wasm_func_new(store.store, type, refuse);
  wasm_functype_delete(type);
  wasm_val_vec_t none = WASM_EMPTY_VEC;
  trap_text = "no";
  check_trap(wasm_func_call(func, &none, &none), "Exception: no");
  char longest[200] = {0}, wanted[200] = "Exception: ";
  memset(longest, 'x', 150);
  memset(wanted + 11, 'x', 107);
  trap_text = longest;
  check_trap(wasm_func_call(func, &none, &none), wanted);
  trap_text = NULL;
  check_trap(wasm_func_call(func, &none, &none),
             "Exception: native function throw unknown exception");
  trap_length = 2;
  trap_text = "nobody";
  check_trap(wasm_func_call(func, &none, &none), "Exception: no");
  trap_length = 0;
  wasm_func_delete(func);
  store_close(&store);
}

TEST(a_message_stays_as_it_was_given) {
  Store store = store_open();
  wasm_message_t message, seen;
  wasm_name_new_from_string(&message, "no NUL");
  wasm_trap_t* trap = wasm_trap_new(store.store, &message);
  wasm_trap_message(trap, &seen);
  CHECK(seen.size == message.size && seen.num_elems == message.num_elems);
  CHECK_EQ(memcmp(seen.data, message.data, message.size), 0);
  wasm_name_delete(&seen);
  wasm_name_delete(&message);
  wasm_trap_delete(trap);
  store_close(&store);
}

/* ---- References */

TEST(a_zeroed_reference_is_let_be) {
  void* zeroed[8] = {NULL};
  wasm_ref_delete((wasm_ref_t*)zeroed);
  wasm_extern_delete((wasm_extern_t*)zeroed);
}

TEST(references_come_back) {
  Guest guest = guest_open();
  int object;
  wasm_func_t* twice = function(&guest, "twice");
  wasm_val_t values[] = {WASM_REF_VAL((wasm_ref_t*)&object), WASM_INIT_VAL};
  values[1].kind = WASM_FUNCREF;
  values[1].of.ref = wasm_func_as_ref(twice);
  wasm_val_t room[2];
  wasm_val_vec_t args = WASM_ARRAY_VEC(values), results = WASM_ARRAY_VEC(room);
  CHECK(wasm_func_call(function(&guest, "passed"), &args, &results) == NULL);
  CHECK(room[1].of.ref == (wasm_ref_t*)&object && room[0].kind == WASM_FUNCREF);
  wasm_func_t* back = wasm_ref_as_func(room[0].of.ref);
  CHECK(wasm_func_same(back, twice) && call_i32(back, 4, 0) == 8);
  CHECK(wasm_ref_as_table(room[0].of.ref) == NULL);
  wasm_func_delete(back);
  wasm_val_delete(&room[0]);
  wasm_val_delete(&values[1]);

  values[0].of.ref = NULL; /* null both ways */
  CHECK(wasm_func_call(function(&guest, "passed"), &args, &results) == NULL);
  CHECK(room[0].of.ref == NULL && room[1].of.ref == NULL);
  results.size = results.num_elems = 1;
  CHECK(wasm_func_call(function(&guest, "is_null"), &args, &results) == NULL);
  CHECK_EQ(room[0].of.i32, 1);

  wasm_foreign_t* foreign = wasm_foreign_new(guest.store.store);
  wasm_foreign_t* other = wasm_foreign_new(guest.store.store);
  wasm_ref_t* seen = wasm_foreign_as_ref(foreign);
  wasm_foreign_t* again = wasm_ref_as_foreign(seen);
  CHECK(wasm_foreign_same(foreign, again) && !wasm_foreign_same(foreign, other));
  wasm_ref_delete(seen);
  wasm_foreign_delete(again);
  wasm_foreign_delete(foreign);
  wasm_foreign_delete(other);
  guest_close(&guest);
}

TEST(a_function_outlives_its_instance) {
  Guest guest = guest_open();
  wasm_table_t* table = wasm_table_copy(wasm_extern_as_table(exported(&guest, "table")));
  wasm_extern_vec_delete(&guest.exports);
  wasm_instance_delete(guest.instance);
  guest.instance = NULL;
  wasm_ref_t* element = wasm_table_get(table, 0);
  wasm_table_delete(table);
  wasm_func_t* twice = wasm_ref_as_func(element);
  wasm_ref_delete(element);
  CHECK_EQ(call_i32(twice, 5, 0), 10);
  wasm_func_delete(twice);
  guest_close(&guest);
}

int main(void) {
  RUN(vectors_say_what_they_hold);
  RUN(what_is_taken_from_can_be_read);
  RUN(types_are_taken_and_copied);
  RUN(modules_tell_what_they_want_and_have);
  RUN(calls_in_both_directions);
  RUN(mistakes_are_traps);
  RUN(a_function_of_the_hosts_works_unlinked);
  RUN(finalizers_run_when_nobody_can_call);
  RUN(traps_have_texts_and_frames);
  RUN(a_host_function_traps);
  RUN(a_message_stays_as_it_was_given);
  RUN(a_zeroed_reference_is_let_be);
  RUN(references_come_back);
  RUN(a_function_outlives_its_instance);
  return host_result();
}
