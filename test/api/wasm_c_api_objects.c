/* wasm_c_api.h: globals, tables and memories of guests and of the host's, instances, stores. */
#include "c_api_guest.h"

/* ---- Globals, tables, memories */

TEST(globals) {
  Guest guest = guest_open();
  wasm_val_t value, six = WASM_I64_VAL(6), wrong = WASM_I32_VAL(6);
  CHECK(wasm_func_call(function(&guest, "counted"), NULL, NULL) == NULL);
  wasm_global_get(guest.count, &value);
  CHECK(value.kind == WASM_I64 && value.of.i64 == 41);
  wasm_global_set(guest.count, &six);
  wasm_global_set(guest.count, &wrong);
  wasm_val_t room[2];
  wasm_val_vec_t none = WASM_EMPTY_VEC, results = WASM_ARRAY_VEC(room);
  CHECK(wasm_func_call(function(&guest, "limits"), &none, &results) == NULL);
  CHECK(room[0].of.i32 == 5 && room[1].of.i64 == 6);

  wasm_global_t* pi = wasm_extern_as_global(exported(&guest, "pi"));
  wasm_globaltype_t* type = wasm_global_type(pi);
  CHECK(wasm_valtype_kind(wasm_globaltype_content(type)) == WASM_F64);
  CHECK_EQ(wasm_globaltype_mutability(type), WASM_CONST);
  wasm_globaltype_delete(type);
  wasm_val_t other = WASM_F64_VAL(1);
  wasm_global_set(pi, &other);
  wasm_global_get(pi, &value);
  CHECK(value.of.f64 == 3.5);
  wasm_global_t* reference = wasm_extern_as_global(exported(&guest, "reference"));
  value.kind = WASM_FUNCREF;
  value.of.ref = wasm_func_as_ref(function(&guest, "twice"));
  wasm_global_set(reference, &value);
  wasm_val_delete(&value);
  wasm_global_get(reference, &value);
  wasm_func_t* stored = wasm_ref_as_func(value.of.ref);
  CHECK(wasm_func_same(stored, function(&guest, "twice")));
  wasm_func_delete(stored);
  wasm_val_delete(&value);
  CHECK(!wasm_global_same(reference, pi) && wasm_global_same(pi, pi));
  guest_close(&guest);
}

TEST(tables) {
  Guest guest = guest_open();
  wasm_table_t* table = wasm_extern_as_table(exported(&guest, "table"));
  wasm_func_t* through = function(&guest, "through_table");
  CHECK_EQ(wasm_table_size(table), 4);
  CHECK(wasm_table_get(table, 1) == NULL && wasm_table_get(table, 4) == NULL);
  CHECK(wasm_table_set(table, 1, wasm_func_as_ref(function(&guest, "twice"))));
  CHECK_EQ(call_i32(through, 1, 8), 16);
  wasm_ref_t* refused = wasm_func_as_ref(function(&guest, "twice"));
  CHECK(!wasm_table_set(table, 4, refused) && !wasm_table_grow(table, 3, refused));
  CHECK(wasm_table_grow(table, 2, refused)); /* taken now */
  CHECK_EQ(wasm_table_size(table), 6);
  CHECK_EQ(call_i32(through, 5, 9), 18);
  CHECK(wasm_table_set(table, 1, NULL));

  int object;
  wasm_table_t* objects = wasm_extern_as_table(exported(&guest, "objects"));
  CHECK(wasm_table_set(objects, 0, (wasm_ref_t*)&object));
  CHECK(wasm_table_get(objects, 0) == (wasm_ref_t*)&object && wasm_table_get(objects, 1) == NULL);

  wasm_limits_t limits = {3, 5};
  wasm_tabletype_t* type = wasm_tabletype_new(wasm_valtype_new_funcref(), &limits);
  wasm_table_t* own =
      wasm_table_new(guest.store.store, type, wasm_func_as_ref(function(&guest, "twice")));
  wasm_tabletype_delete(type);
  type = wasm_table_type(own);
  CHECK_EQ(wasm_tabletype_limits(type)->max, 5);
  wasm_tabletype_delete(type);
  wasm_ref_t* element = wasm_table_get(own, 2);
  CHECK(wasm_ref_same(element, wasm_func_as_ref_const(function(&guest, "twice"))));
  wasm_ref_delete(element);
  wasm_table_delete(own);
  guest_close(&guest);
}

TEST(memories) {
  Guest guest = guest_open();
  wasm_memory_t* memory = wasm_extern_as_memory(exported(&guest, "memory"));
  CHECK(wasm_memory_data_size(memory) >= MEMORY_PAGE_SIZE);
  uint32_t pages = wasm_memory_size(memory);
  wasm_memory_data(memory)[5] = 'x';
  CHECK(wasm_memory_grow(memory, 1) && wasm_memory_size(memory) == pages + 1);
  CHECK(!wasm_memory_grow(memory, 100) && wasm_memory_data(memory)[5] == 'x');

  wasm_limits_t limits = {1, 2};
  wasm_memorytype_t* type = wasm_memorytype_new(&limits);
  wasm_memory_t* own = wasm_memory_new(guest.store.store, type);
  CHECK(!wasm_memory_same(own, memory) && wasm_memory_size(own) == 1);
  CHECK_EQ(wasm_memory_data_size(own), MEMORY_PAGE_SIZE);
  wasm_memorytype_delete(type);
  wasm_memory_delete(own);
  guest_close(&guest);
}

TEST(objects_of_the_hosts_are_imported) {
  Guest guest = guest_open();
  wasm_limits_t limits = {1, 2};
  wasm_memorytype_t* of_memory = wasm_memorytype_new(&limits);
  wasm_tabletype_t* of_table = wasm_tabletype_new(wasm_valtype_new_funcref(), &limits);
  wasm_memory_t* memory = wasm_memory_new(guest.store.store, of_memory);
  wasm_table_t* table =
      wasm_table_new(guest.store.store, of_table, wasm_func_as_ref(function(&guest, "twice")));
  wasm_val_t zero = WASM_I32_VAL(0), value;
  wasm_global_t* global = global_of(&guest.store, wasm_valtype_new_i32(), WASM_VAR, zero);
  wasm_extern_t* list[] = {wasm_func_as_extern(function(&guest, "twice")),
                           wasm_global_as_extern(global), wasm_memory_as_extern(memory),
                           wasm_table_as_extern(table)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(list), exports;
  wasm_module_t* module = module_of(&guest.store, "wasm_c_api_importer");
  wasm_instance_t* instance = wasm_instance_new(guest.store.store, module, &imports, NULL);
  CHECK(instance != NULL);
  wasm_instance_exports(instance, &exports);
  wasm_memory_data(memory)[8] = 77;
  CHECK_EQ(call_i32(wasm_extern_as_func(exports.data[0]), 8, 0), 77);
  CHECK_EQ(call_i32(wasm_extern_as_func(exports.data[2]), 11, 0), 22);
  CHECK_EQ(call_i32(wasm_extern_as_func(exports.data[3]), 12, 0), 24);
  wasm_val_t nine[] = {WASM_I32_VAL(9)};
  wasm_val_vec_t args = WASM_ARRAY_VEC(nine);
  CHECK(wasm_func_call(wasm_extern_as_func(exports.data[4]), &args, NULL) == NULL);
  wasm_global_get(global, &value);
  CHECK_EQ(value.of.i32, 9);
  wasm_extern_vec_delete(&exports);
  wasm_instance_delete(instance);
  wasm_module_delete(module);
  wasm_memory_delete(memory);
  wasm_table_delete(table);
  wasm_global_delete(global);
  wasm_memorytype_delete(of_memory);
  wasm_tabletype_delete(of_table);
  guest_close(&guest);
}

/* ---- Instances, stores, engines */

TEST(instantiation_says_why_not) {
  Store store = store_open();
  wasm_module_t* module = module_of(&store, "wasm_c_api");
  wasm_trap_t* trap = NULL;
  CHECK(wasm_instance_new(store.store, module, NULL, &trap) == NULL);
  check_trap(trap,
             "wasm_instance_new_with_args_ex failed: WASM module instantiate failed: "
             "failed to link import global (host, limit)");
  wasm_functype_t* type = wasm_functype_new_0_0();
  wasm_func_t* func = wasm_func_new(store.store, type, add);
  wasm_functype_delete(type);
  wasm_extern_t* wrong[] = {wasm_func_as_extern(func)};
  wasm_extern_t* missing[] = {NULL};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(wrong);
  CHECK(wasm_instance_new(store.store, module, &imports, &trap) == NULL);
  check_trap(trap, "wasm_instance_new_with_args_ex failed: Failed to validate imports");
  imports.data = missing;
  CHECK(wasm_instance_new(store.store, module, &imports, &trap) == NULL);
  check_trap(trap, "wasm_instance_new_with_args_ex failed: Failed to validate imports");
  CHECK(wasm_instance_new(store.store, NULL, NULL, NULL) == NULL);
  wasm_module_t* starting = module_of(&store, "start_trap");
  CHECK(wasm_instance_new(store.store, starting, NULL, &trap) == NULL);
  check_trap(trap,
             "wasm_instance_new_with_args_ex failed: WASM module instantiate failed: "
             "Exception: unreachable");
  wasm_func_delete(func);
  wasm_module_delete(starting);
  wasm_module_delete(module);
  store_close(&store);
}

TEST(handles_are_seen_as_what_they_are) {
  Guest guest = guest_open();
  for (size_t i = 0; i < guest.exports.num_elems; ++i) {
    wasm_extern_t* object = guest.exports.data[i];
    wasm_externtype_t* type = wasm_extern_type(object);
    CHECK_EQ(wasm_externtype_kind(type), wasm_extern_kind(object));
    wasm_externtype_delete(type);
    wasm_ref_t* reference = wasm_extern_as_ref(object);
    wasm_extern_t* again = wasm_ref_as_extern(reference);
    CHECK(wasm_extern_same(object, again));
    wasm_extern_delete(again);
    wasm_ref_delete(reference);
    CHECK((wasm_extern_as_memory(object) != NULL) ==
          (wasm_extern_kind(object) == WASM_EXTERN_MEMORY));
  }
  wasm_instance_t* copy = wasm_instance_copy(guest.instance);
  CHECK(wasm_instance_same(copy, guest.instance));
  wasm_instance_delete(copy);
  CHECK(wasm_instance_sum_wasm_exec_time(guest.instance) == -1.0);
  wasm_extern_vec_t others;
  wasm_extern_vec_copy(&others, &guest.exports);
  CHECK(others.num_elems == 17 && wasm_extern_same(others.data[3], guest.exports.data[3]));
  wasm_extern_vec_delete(&others);
  guest_close(&guest);
}

TEST(one_engine_a_process) {
  wasm_engine_t* engine = wasm_engine_new();
  wasm_config_t* config = wasm_config_new();
  CHECK(wasm_config_set_linux_perf_opt(config, false) == config);
  CHECK(wasm_engine_new_with_config(config) == engine);
  wasm_config_delete(config);
  wasm_engine_delete(engine);
  CHECK(wasm_store_new(NULL) == NULL);
  wasm_store_t* store = wasm_store_new(engine);
  CHECK(store != NULL); /* goes with the engine */
  wasm_engine_delete(engine);
}

TEST(modules_are_shared) {
  Store store = store_open();
  wasm_store_t* other = wasm_store_new(store.engine);
  wasm_module_t* module = module_of(&store, "calls");
  wasm_shared_module_t* shared = wasm_module_share(module);
  wasm_module_t* obtained = wasm_module_obtain(other, shared);
  wasm_shared_module_delete(shared);
  wasm_module_delete(module);
  wasm_instance_t* instance = wasm_instance_new(other, obtained, NULL, NULL);
  CHECK(instance != NULL);
  wasm_instance_delete(instance);
  wasm_module_delete(obtained);
  wasm_store_delete(other);
  store_close(&store);
}

int main(void) {
  RUN(globals);
  RUN(tables);
  RUN(memories);
  RUN(objects_of_the_hosts_are_imported);
  RUN(instantiation_says_why_not);
  RUN(handles_are_seen_as_what_they_are);
  RUN(one_engine_a_process);
  RUN(modules_are_shared);
  return host_result();
}
