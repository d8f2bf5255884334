/* Objects of guests in the hands of the host: wembed_gc.h. */
#include "wembed_gc.h"
#include "gc_export.h"
#include "host.h"
#include "wembed.h"

static const char kMismatch[] = "Exception: reference type mismatch";

/* The result of an export called with one slot, or 0 and what it ended in. */
static uint64_t call(const Host* host, const char* name, uint64_t slot, const char* wanted) {
  uint64_t slots[2] = {slot, 0};
  bool good = wembed_call(host->env, host_function(host, name), slots, NULL);
  const char* exception = wasm_runtime_get_exception(host->instance);
  CHECK_TEXT(exception != NULL ? exception : "", wanted);
  CHECK(good == (exception == NULL));
  wasm_runtime_clear_exception(host->instance);
  return good ? slots[0] : 0;
}

/* So much that what nothing holds is gone, and something else lies in its place. */
static void collect(const Host* host) {
  call(host, "waste", 20000, "");
  CHECK(wembed_collect(host->instance, NULL, NULL));
  call(host, "waste", 20000, "");
}

TEST(what_is_held_stays) {
  Host host = host_open("held_objects", 0);
  if (!host.env) return host_close(&host);
  uint64_t object = call(&host, "make", 42, "");
  CHECK(wembed_object_hold(host.instance, object));
  CHECK(wembed_object_hold(host.instance, object));
  for (int i = 0; i < 2; ++i) {
    collect(&host);
    CHECK_EQ(call(&host, "first", object, ""), 42);
    CHECK(wembed_object_release(host.instance, object));
  }
  CHECK(!wembed_object_release(host.instance, object));
  /* Many, given back in another order than they came. */
  enum { kMany = 1000 };
  uint64_t objects[kMany];
  for (uint32_t i = 0; i < kMany; ++i) {
    objects[i] = call(&host, "make", i, "");
    CHECK(wembed_object_hold(host.instance, objects[i]));
  }
  for (uint32_t i = 0; i < kMany; i += 3) CHECK(wembed_object_release(host.instance, objects[i]));
  collect(&host);
  for (uint32_t i = 0; i < kMany; ++i) {
    if (i % 3 != 0) CHECK_EQ(call(&host, "first", objects[i], ""), i);
    if (i % 3 != 0) CHECK(wembed_object_release(host.instance, objects[i]));
  }
  host_close(&host);
}

TEST(fields_and_elements) {
  Host host = host_open("held_objects", 0);
  if (!host.env) return host_close(&host);
  uint64_t object = call(&host, "make_derived", 7, ""), value = 0;
  CHECK(wembed_object_get(host.instance, object, 0, &value));
  CHECK_EQ(value, 7);
  CHECK(wembed_object_get(host.instance, object, 1, &value));
  CHECK_EQ(value, 255);
  CHECK(wembed_object_get(host.instance, object, 2, &value));
  CHECK(wembed_is_i31(value));
  CHECK_EQ(wembed_i31_value(value), 9);
  CHECK(wembed_object_get(host.instance, object, 4, &value));
  CHECK_EQ(value, 5);
  CHECK(!wembed_object_get(host.instance, object, 5, &value));
  /* Immutable; of another type; good. */
  CHECK(!wembed_object_set(host.instance, object, 4, &value));
  value = 0x1234;
  CHECK(!wembed_object_set(host.instance, object, 2, &value));
  CHECK(wembed_object_set(host.instance, object, 2, &object));
  value = 0x1ff;
  CHECK(wembed_object_set(host.instance, object, 1, &value));
  CHECK(wembed_object_get(host.instance, object, 1, &value));
  CHECK_EQ(value, 255);

  uint64_t array = call(&host, "numbers", 3, "");
  CHECK_EQ(wembed_array_length(host.instance, array), 3);
  CHECK(wembed_object_get(host.instance, array, 2, &value));
  CHECK_EQ(value, 0xfffe);
  CHECK(!wembed_object_get(host.instance, array, 3, &value));
  host_close(&host);
}

TEST(types) {
  Host host = host_open("held_objects", 0);
  if (!host.env) return host_close(&host);
  wembed_object_type_t base = wembed_object_type(host.instance, call(&host, "make", 1, ""));
  wembed_object_type_t derived =
      wembed_object_type(host.instance, call(&host, "make_derived", 1, ""));
  wembed_object_type_t halves = wembed_object_type(host.instance, call(&host, "numbers", 1, ""));
  CHECK(wembed_object_type_matches(derived, base));
  CHECK(!wembed_object_type_matches(base, derived));
  CHECK(!wembed_object_type_matches(halves, base));
  CHECK(wembed_object_type_is_array(halves) && !wembed_object_type_is_array(base));
  CHECK_EQ(wembed_object_type_field_count(derived), 5);
  CHECK_EQ(wembed_object_type_field_count(halves), 1);
  static const wembed_field_t kFields[] = {{WASM_I32, 0, true},
                                           {WASM_I32, 8, true},
                                           {WEMBED_ANYREF, 0, true},
                                           {WASM_FUNCREF, 0, true},
                                           {WASM_I64, 0, false}};
  wembed_field_t field;
  for (uint32_t i = 0; i < 5; ++i) {
    CHECK(wembed_object_type_field(derived, i, &field));
    CHECK_EQ(field.kind, kFields[i].kind);
    CHECK_EQ(field.packed_bits, kFields[i].packed_bits);
    CHECK_EQ(field.is_mutable, kFields[i].is_mutable);
  }
  CHECK(!wembed_object_type_field(derived, 5, &field));
  CHECK(wembed_object_type(host.instance, 0) == NULL);
  CHECK(wembed_object_type(host.instance, wembed_i31(3)) == NULL);
  uint32_t found = 0;
  for (uint32_t i = 0; i < 40; ++i) {
    found += wembed_module_object_type(host.module, i) == derived;
  }
  CHECK_EQ(found, 1);
  host_close(&host);
}

TEST(objects_of_the_host) {
  Host host = host_open("held_objects", 0);
  if (!host.env) return host_close(&host);
  wembed_object_type_t derived =
      wembed_object_type(host.instance, call(&host, "make_derived", 1, ""));
  wembed_object_type_t halves = wembed_object_type(host.instance, call(&host, "numbers", 1, ""));
  wembed_object_type_t strict =
      wembed_object_type(host.instance, call(&host, "make_strict", 0, ""));
  uint64_t slots[5] = {21, 300, wembed_i31(-4), 0, 1u << 20}, value;
  uint64_t object = wembed_struct_new(host.instance, derived, slots);
  collect(&host);
  CHECK_EQ(call(&host, "first", object, ""), 21);
  CHECK(wembed_object_get(host.instance, object, 1, &value));
  CHECK_EQ(value, 300 & 255);
  CHECK(wembed_object_get(host.instance, object, 2, &value));
  CHECK_EQ(wembed_i31_value(value), -4);
  CHECK(wembed_object_release(host.instance, object));
  slots[2] = 12345678; /* no object */
  CHECK(wembed_struct_new(host.instance, derived, slots) == 0);
  CHECK(wembed_struct_new(host.instance, strict, NULL) == 0);
  CHECK(wembed_struct_new(host.instance, halves, NULL) == 0);
  object = wembed_struct_new(host.instance, derived, NULL);
  CHECK_EQ(call(&host, "first", object, ""), 0);
  CHECK(wembed_object_release(host.instance, object));
  value = 0x12345;
  uint64_t array = wembed_array_new(host.instance, halves, 1000, &value);
  CHECK_EQ(wembed_array_length(host.instance, array), 1000);
  CHECK(wembed_object_get(host.instance, array, 999, &value));
  CHECK_EQ(value, 0x2345);
  CHECK(wembed_array_new(host.instance, halves, UINT32_MAX, NULL) == 0);
  /* Held to the end: that of the instance is the array's too. */
  host_close(&host);
}

TEST(nothing_of_the_host_is_trusted) {
  Host host = host_open("held_objects", 0);
  if (!host.env) return host_close(&host);
  const uint64_t object = call(&host, "make", 1, ""), derived = call(&host, "make_derived", 2, "");
  const uint64_t array = call(&host, "numbers", 5000, ""); /* one that has a block of its own */
  CHECK(wembed_object_hold(host.instance, object));
  CHECK(wembed_object_hold(host.instance, derived));
  CHECK(wembed_object_hold(host.instance, array));
  CHECK_EQ(call(&host, "first", derived, ""), 2);
  CHECK_EQ(call(&host, "echo", array, ""), array);
  const uint64_t bad[] = {8,
                          16,
                          object + 8,
                          object + 4,
                          object + 2,
                          array + 16,
                          UINT64_MAX,
                          (uint64_t)1 << 62,
                          1u,
                          array,
                          wembed_i31(-1),
                          (uint64_t)1 << 63 | 5,
                          (uint64_t)1 << 40 | 1};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) call(&host, "first", bad[i], kMismatch);
  call(&host, "first_of", 0, kMismatch);
  call(&host, "first", 0, "Exception: null structure reference");
  call(&host, "echo_i31", object, kMismatch);
  call(&host, "echo_eq", wembed_convert_reference(77), kMismatch);
  CHECK_EQ(call(&host, "echo_eq", object, ""), object);
  CHECK_EQ(call(&host, "echo_i31", wembed_i31(-1), ""), wembed_i31(-1));
  CHECK_EQ(call(&host, "i31", wembed_i31(-5), ""), (uint32_t)-5);
  CHECK(!wembed_object_hold(host.instance, object + 8));
  CHECK(!wembed_object_hold(host.instance, wembed_i31(1)));
  CHECK_EQ(wembed_array_length(host.instance, object), 0);
  /* Out as externrefs and in again. */
  const uint64_t out = call(&host, "out", object, "");
  CHECK_EQ(out, wembed_convert_reference(object));
  CHECK_EQ(call(&host, "in", out, ""), object);
  call(&host, "in", wembed_convert_reference(object + 8), kMismatch);
  int value;
  const uint64_t external = wembed_externref(&value);
  CHECK(wembed_is_converted_externref(call(&host, "in", external, "")));
  CHECK_EQ(call(&host, "out", call(&host, "in", external, ""), ""), external);
  /* Numbers in place of pointers: the upper bits are the host's, too. */
  const uint64_t numbers[] = {UINT64_MAX, UINT64_MAX - 1, (uint64_t)1 << 62 | 1, (uint64_t)3 << 62};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; ++i) {
    const uint64_t inside = call(&host, "in", numbers[i], "");
    CHECK(wembed_is_converted_externref(inside) && !wembed_is_i31(inside));
    CHECK_EQ(call(&host, "out", inside, ""), numbers[i]);
  }
  host_close(&host);
}

/* Instances that were not linked, with objects of their own: one heap from here on. */
TEST(shared_with_another) {
  Host host = host_open("held_objects", 0);
  if (!host.env) return host_close(&host);
  Host other = host;
  other.instance = wasm_runtime_instantiate(host.module, 8192, 0, host_error, sizeof host_error);
  other.env = wasm_runtime_create_exec_env(other.instance, 8192);
  uint64_t object = call(&host, "make", 1, ""), theirs = call(&other, "make", 2, "");
  CHECK(wembed_object_hold(host.instance, object));
  CHECK(wembed_object_hold(other.instance, theirs));
  call(&other, "first", object, kMismatch);
  CHECK(!wembed_object_share(NULL, other.instance));
  CHECK(!wembed_object_share(host.instance, NULL));
  CHECK(wembed_object_share(host.instance, other.instance));
  CHECK(wembed_object_share(other.instance, host.instance));
  collect(&other);
  collect(&host);
  CHECK_EQ(call(&other, "first", object, ""), 1);
  CHECK_EQ(call(&host, "first", theirs, ""), 2);
  wasm_runtime_destroy_exec_env(other.env);
  wasm_runtime_deinstantiate(other.instance);
  collect(&host);
  CHECK_EQ(call(&host, "first", theirs, ""), 2);
  CHECK(wembed_object_release(host.instance, theirs));
  CHECK(wembed_object_release(host.instance, object));
  host_close(&host);
}

TEST(cells_and_globals) {
  Host host = host_open("held_objects", 0);
  if (!host.env) return host_close(&host);
  const uint64_t object = call(&host, "make", 1234, "");
  uint32_t cells[2];
  memcpy(cells, &object, sizeof object);
  CHECK(host_call(&host, "echo", 2, cells));
  CHECK(memcmp(cells, &object, sizeof object) == 0);
  cells[0] += 8;
  CHECK(!host_call(&host, "echo", 2, cells));
  wasm_runtime_clear_exception(host.instance);
  wembed_global_t global;
  uint32_t kept = 0;
  wembed_extern_type_t type;
  while (wembed_module_export(host.module, kept, &type) &&
         (type.name_length != 4 || memcmp(type.name, "kept", 4) != 0)) {
    ++kept;
  }
  CHECK(wembed_instance_global(host.instance, kept, &global));
  CHECK_EQ(global.kind, WEMBED_ANYREF);
  const uint64_t none = object + 8;
  CHECK(!wembed_global_set(host.instance, kept, &none));
  CHECK(wembed_global_set(host.instance, kept, &object));
  collect(&host); /* the global is a root */
  CHECK_EQ(call(&host, "first", object, ""), 1234);
  host_close(&host);
}

/* What a call has given is there until the next call on its exec_env, whatever others make. */
TEST(results_stay_until_the_next_call) {
  Host host = host_open("held_objects", 0);
  if (!host.env) return host_close(&host);
  wasm_exec_env_t mine = host.env, other = wasm_runtime_create_exec_env(host.instance, 65536);
  CHECK(other != NULL);
  for (int i = 0; i < 20; ++i) {
    uint64_t object = call(&host, "make", 42, ""), value = 0;
    host.env = other;
    call(&host, "waste", 20000, "");
    call(&host, "waste", 20000, "");
    host.env = mine;
    CHECK(wembed_object_get(host.instance, object, 0, &value));
    CHECK_EQ(value, 42);
    CHECK(wembed_object_hold(host.instance, object));
    CHECK(wembed_object_release(host.instance, object));
  }
  /* The thread that made the call is done with it when it collects. */
  uint64_t object = call(&host, "make", 42, "");
  CHECK(wembed_collect(host.instance, NULL, NULL));
  CHECK(!wembed_object_hold(host.instance, object));
  wasm_runtime_destroy_exec_env(other);
  host_close(&host);
}

/* Functions of gc_export.h where references are passed as numbers and pointers. */
TEST(objects_of_the_other_interface) {
  Host host = host_open("gc_export", 0);
  if (!host.env) return host_close(&host);
  wasm_struct_obj_t all = wasm_struct_obj_new_with_typeidx(host.env, 1);
  wasm_local_obj_ref_t kept;
  wasm_runtime_push_local_obj_ref(host.env, &kept);
  kept.val = (wasm_obj_t)all;
  wasm_value_t value = {.i32 = 9};
  wasm_struct_obj_set_field(all, 0, &value);
  value.gc_obj = (wasm_obj_t)wasm_externref_obj_new(host.env, &host);
  wasm_struct_obj_set_field(all, 8, &value);
  call(&host, "waste", 60000, "");
  /* The address is the slot, the field has what the host would have passed. */
  CHECK_EQ(call(&host, "value", (uintptr_t)all, ""), 9);
  uint64_t slot = 0;
  CHECK(wembed_object_get(host.instance, (uintptr_t)all, 8, &slot));
  uint32_t cells[2];
  void* pointer = &host;
  memcpy(cells, &pointer, sizeof cells);
  CHECK(host_call(&host, "echo_extern", 2, cells));
  CHECK(memcmp(cells, &pointer, sizeof cells) == 0);
  CHECK_EQ(slot, (uintptr_t)pointer + 1);
  wasm_struct_obj_get_field(all, 8, false, &value);
  CHECK(wasm_externref_obj_get_value((wasm_externref_obj_t)value.gc_obj) == pointer);
  /* Functions are their numbers. */
  cells[0] = 3;
  CHECK(host_call(&host, "echo_func", 1, cells));
  CHECK_EQ(cells[0], 3);
  wasm_func_obj_t function = wasm_func_obj_new_with_typeidx(host.env, 5, 3);
  CHECK_EQ(wasm_func_obj_get_func_idx_bound(function), 3);
  cells[0] = 8;
  CHECK(wasm_runtime_call_func_ref(host.env, function, 1, cells));
  CHECK_EQ(cells[0], 16);
  wasm_runtime_pop_local_obj_ref(host.env);
  host_close(&host);
}

int main(void) {
  RUN(what_is_held_stays);
  RUN(results_stay_until_the_next_call);
  RUN(fields_and_elements);
  RUN(types);
  RUN(objects_of_the_host);
  RUN(nothing_of_the_host_is_trusted);
  RUN(shared_with_another);
  RUN(cells_and_globals);
  RUN(objects_of_the_other_interface);
  return host_result();
}
