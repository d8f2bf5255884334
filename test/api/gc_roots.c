/* gc_export.h: what the host keeps, what goes, and who is told. */
#include "gc.h"

/* Objects that finalizers were called for, the last one, and what it was called with. */
static int finalized;
static int32_t last_value;
static wasm_obj_t last_object;

static void note(const wasm_obj_t object, void* data) {
  ++finalized;
  last_object = object;
  if (wasm_obj_is_struct_obj(object)) last_value = gc_value((wasm_struct_obj_t)object);
  if (data != NULL) ++*(int*)data;
}

static void start_noting(void) {
  finalized = 0;
  last_value = -1;
  last_object = NULL;
}

TEST(pushed_references_are_kept) {
  Host host = host_open("gc_export", 0);
  if (!host.env) return host_close(&host);
  enum { kMany = 100 };
  wasm_local_obj_ref_t kept[kMany];
  CHECK(wasm_runtime_get_cur_local_obj_ref(host.env) == NULL);
  CHECK(wasm_runtime_pop_local_obj_ref(host.env) == NULL);
  for (int i = 0; i < kMany; ++i) {
    kept[i].val = (wasm_obj_t)&kept;
    wasm_runtime_push_local_obj_ref(host.env, &kept[i]);
    CHECK(kept[i].val == NULL);
    CHECK(kept[i].prev == (i == 0 ? NULL : &kept[i - 1]));
    CHECK(wasm_runtime_get_cur_local_obj_ref(host.env) == &kept[i]);
    kept[i].val = (wasm_obj_t)gc_node(&host, i);
  }
  gc_collect(&host);
  for (int i = 0; i < kMany; ++i) CHECK_EQ(gc_value((wasm_struct_obj_t)kept[i].val), i);
  CHECK(wasm_runtime_pop_local_obj_ref(host.env) == &kept[kMany - 1]);
  wasm_runtime_pop_local_obj_refs(host.env, 9);
  CHECK(wasm_runtime_get_cur_local_obj_ref(host.env) == &kept[kMany - 11]);
  wasm_runtime_pop_local_obj_refs(host.env, 0);
  CHECK(wasm_runtime_get_cur_local_obj_ref(host.env) == &kept[kMany - 11]);
  wasm_runtime_pop_local_obj_refs(host.env, 2 * kMany);
  CHECK(wasm_runtime_get_cur_local_obj_ref(host.env) == NULL);
  wasm_runtime_push_local_obj_ref(NULL, &kept[0]);
  wasm_runtime_push_local_obj_ref(host.env, NULL);
  CHECK(wasm_runtime_pop_local_obj_ref(NULL) == NULL);
  CHECK(wasm_runtime_get_cur_local_obj_ref(NULL) == NULL);
  host_close(&host);
}

/* A list longer than the heap has room for between two collections, of which the host has the first
   and the last. */
TEST(what_is_reached_from_them_is_kept) {
  Host host = host_open("gc_export", 0);
  if (!host.env) return host_close(&host);
  wasm_local_obj_ref_t first, last;
  wasm_runtime_push_local_obj_ref(host.env, &first);
  wasm_runtime_push_local_obj_ref(host.env, &last);
  first.val = last.val = (wasm_obj_t)gc_node(&host, 0);
  const int32_t count = 300;
  for (int32_t i = 1; i < count; ++i) {
    /* Garbage in between. */
    for (int k = 0; k < 100; ++k) CHECK(gc_node(&host, -1) != NULL);
    wasm_value_t node = {.gc_obj = (wasm_obj_t)gc_node(&host, i)};
    wasm_struct_obj_set_field((wasm_struct_obj_t)last.val, 1, &node);
    last.val = node.gc_obj;
  }
  CHECK_EQ(gc_number(&host, "length", first.val), count);
  CHECK_EQ(gc_value((wasm_struct_obj_t)last.val), count - 1);
  wasm_runtime_pop_local_obj_refs(host.env, 2);
  host_close(&host);
}

TEST(the_last_one_and_results_are_kept) {
  Host host = host_open("gc_export", 0);
  if (!host.env) return host_close(&host);
  uint32_t cells[2] = {77};
  CHECK(host_call(&host, "make", 1, cells));
  wasm_struct_obj_t result = (wasm_struct_obj_t)gc_read(cells);
  for (int32_t i = 0; i < 20000; ++i) {
    wasm_struct_obj_t last = gc_node(&host, i);
    CHECK(last != NULL && gc_value(last) == i);
  }
  CHECK_EQ(gc_value(result), 77);
  host_close(&host);
}

TEST(pinned_objects_are_kept) {
  Host host = host_open("gc_export", 0);
  if (!host.env) return host_close(&host);
  start_noting();
  wasm_obj_t node = (wasm_obj_t)gc_node(&host, 8);
  CHECK(wasm_obj_set_gc_finalizer(host.env, node, note, NULL));
  CHECK(wasm_runtime_pin_object(host.env, node));
  CHECK(wasm_runtime_pin_object(host.env, node));
  for (int i = 0; i < 2; ++i) {
    CHECK(gc_node(&host, 0) != NULL);
    gc_collect(&host);
    CHECK_EQ(finalized, 0);
    CHECK_EQ(gc_value((wasm_struct_obj_t)node), 8);
    CHECK(wasm_runtime_unpin_object(host.env, node));
  }
  CHECK(!wasm_runtime_unpin_object(host.env, node));
  gc_collect(&host);
  CHECK_EQ(finalized, 1);
  CHECK_EQ(last_value, 8);
  /* What never goes, and what is nothing. */
  wasm_obj_t function = (wasm_obj_t)wasm_func_obj_new_with_typeidx(host.env, kUnary, 3);
  CHECK(wasm_runtime_pin_object(host.env, function));
  CHECK(wasm_runtime_unpin_object(host.env, function));
  CHECK(wasm_runtime_pin_object(host.env, (wasm_obj_t)wasm_i31_obj_new(1)));
  CHECK(!wasm_runtime_pin_object(host.env, NULL));
  CHECK(!wasm_runtime_unpin_object(host.env, NULL));
  CHECK(!wasm_runtime_pin_object(NULL, function));
  CHECK(!wasm_runtime_unpin_object(NULL, function));
  host_close(&host);
}

TEST(finalizers_of_objects) {
  Host host = host_open("gc_export", 0);
  if (!host.env) return host_close(&host);
  start_noting();
  int first = 0, second = 0, ended = 0;
  wasm_local_obj_ref_t kept;
  wasm_runtime_push_local_obj_ref(host.env, &kept);
  kept.val = (wasm_obj_t)gc_node(&host, 1);
  CHECK(wasm_obj_set_gc_finalizer(host.env, kept.val, note, &ended));
  /* The last one that is set counts; none where it was taken back. */
  wasm_obj_t node = (wasm_obj_t)gc_node(&host, 2);
  CHECK(wasm_obj_set_gc_finalizer(host.env, node, note, &first));
  CHECK(wasm_obj_set_gc_finalizer(host.env, node, note, &second));
  wasm_obj_t other = (wasm_obj_t)gc_node(&host, 3);
  CHECK(wasm_obj_set_gc_finalizer(host.env, other, note, &first));
  wasm_obj_unset_gc_finalizer(host.env, other);
  wasm_obj_unset_gc_finalizer(host.env, other);
  CHECK(gc_node(&host, 0) != NULL);
  gc_collect(&host);
  CHECK(finalized == 1 && first == 0 && second == 1 && ended == 0);
  CHECK(last_object == node && last_value == 2);
  /* Large arrays lie elsewhere. */
  wasm_obj_t array = (wasm_obj_t)wasm_array_obj_new_with_typeidx(host.env, kBytes, 20000, NULL);
  CHECK(wasm_obj_set_gc_finalizer(host.env, array, note, NULL));
  CHECK(gc_node(&host, 0) != NULL);
  gc_collect(&host);
  CHECK(finalized == 2 && last_object == array);
  /* What has no end, and what is wrong. */
  CHECK(!wasm_obj_set_gc_finalizer(
      host.env, (wasm_obj_t)wasm_func_obj_new_with_typeidx(host.env, kUnary, 3), note, NULL));
  CHECK(!wasm_obj_set_gc_finalizer(host.env, (wasm_obj_t)wasm_i31_obj_new(3), note, NULL));
  CHECK(!wasm_obj_set_gc_finalizer(host.env, NULL, note, NULL));
  CHECK(!wasm_obj_set_gc_finalizer(host.env, kept.val, NULL, NULL));
  CHECK(!wasm_obj_set_gc_finalizer(NULL, kept.val, note, NULL));
  wasm_obj_unset_gc_finalizer(NULL, kept.val);
  wasm_obj_unset_gc_finalizer(host.env, NULL);
  wasm_runtime_pop_local_obj_ref(host.env);
  host_close(&host);
  CHECK(ended == 1 && finalized == 3);
}

/* As many as there are, each once, whatever order they go in. */
TEST(finalizers_of_many) {
  Host host = host_open("gc_export", 0);
  if (!host.env) return host_close(&host);
  start_noting();
  enum { kMany = 1000 };
  static int called[kMany];
  memset(called, 0, sizeof called);
  wasm_local_obj_ref_t kept;
  wasm_runtime_push_local_obj_ref(host.env, &kept);
  kept.val = (wasm_obj_t)wasm_array_obj_new_with_typeidx(host.env, kNodes, kMany, NULL);
  for (int i = 0; i < kMany; ++i) {
    wasm_value_t node = {.gc_obj = (wasm_obj_t)gc_node(&host, i)};
    CHECK(wasm_obj_set_gc_finalizer(host.env, node.gc_obj, note, &called[i]));
    if (i % 3 == 0) wasm_array_obj_set_elem((wasm_array_obj_t)kept.val, (uint32_t)i, &node);
  }
  gc_collect(&host);
  for (int i = 0; i < kMany - 1; ++i) CHECK(called[i] == (i % 3 != 0));
  wasm_runtime_pop_local_obj_ref(host.env);
  host_close(&host);
  for (int i = 0; i < kMany; ++i) CHECK_EQ(called[i], 1);
}

TEST(finalizers_of_values_of_the_host) {
  Host host = host_open("gc_export", 0);
  if (!host.env) return host_close(&host);
  start_noting();
  int value = 0, other = 0;
  wasm_externref_obj_t external = wasm_externref_obj_new(host.env, &value);
  CHECK(wasm_obj_set_gc_finalizer(host.env, (wasm_obj_t)external, note, &value));
  wasm_obj_t any = (wasm_obj_t)wasm_anyref_obj_new(host.env, &other);
  CHECK(wasm_obj_set_gc_finalizer(host.env, any, note, &other));
  /* The guest has both, one in a global, one in a field. */
  wasm_struct_obj_t all = wasm_struct_obj_new_with_typeidx(host.env, kAll);
  wasm_value_t field = {.gc_obj = any};
  wasm_struct_obj_set_field(all, 9, &field);
  uint32_t cells[4];
  gc_write(cells, all);
  gc_write(cells + 2, external);
  CHECK(host_call(&host, "keep", 4, cells));
  CHECK(gc_node(&host, 0) != NULL);
  gc_collect(&host);
  CHECK_EQ(finalized, 0);
  /* The host alone, in either hierarchy. */
  wasm_local_obj_ref_t kept;
  wasm_runtime_push_local_obj_ref(host.env, &kept);
  kept.val = wasm_externref_obj_to_internal_obj(external);
  memset(cells, 0, sizeof cells);
  CHECK(host_call(&host, "keep", 4, cells));
  CHECK(wasm_runtime_pin_object(host.env, any));
  gc_collect(&host);
  CHECK_EQ(finalized, 0);
  wasm_runtime_pop_local_obj_ref(host.env);
  gc_collect(&host);
  CHECK(finalized == 1 && value == 1 && last_object == (wasm_obj_t)external);
  CHECK(wasm_runtime_unpin_object(host.env, any));
  gc_collect(&host);
  CHECK(finalized == 2 && other == 1 && last_object == any);
  host_close(&host);
}

/* They take no room in the heap: that there are many is reason enough to collect. */
TEST(many_values_of_the_host) {
  Host host = host_open("gc_export", 0);
  if (!host.env) return host_close(&host);
  start_noting();
  enum { kMany = 20000 };
  for (uintptr_t i = 1; i <= kMany; ++i) {
    wasm_externref_obj_t external = wasm_externref_obj_new(host.env, (void*)(i << 4));
    CHECK(wasm_obj_set_gc_finalizer(host.env, (wasm_obj_t)external, note, NULL));
    CHECK(i - (uintptr_t)finalized < 1000);
  }
  host_close(&host);
  CHECK_EQ(finalized, kMany);
}

/* What a finalizer may not do is refused. */
static Host* finalized_host;
static void misbehave(const wasm_obj_t object, void* data) {
  (void)data;
  ++finalized;
  wasm_exec_env_t env = finalized_host->env;
  CHECK(wasm_struct_obj_new_with_typeidx(env, kNode) == NULL);
  CHECK(!wasm_obj_set_gc_finalizer(env, object, misbehave, NULL));
  wasm_obj_unset_gc_finalizer(env, object);
  CHECK(!wasm_runtime_pin_object(env, object));
  CHECK(!wasm_runtime_unpin_object(env, object));
  CHECK(wasm_obj_is_struct_obj(object));
}

TEST(a_finalizer_makes_nothing) {
  Host host = host_open("gc_export", 0);
  if (!host.env) return host_close(&host);
  start_noting();
  finalized_host = &host;
  CHECK(wasm_obj_set_gc_finalizer(host.env, (wasm_obj_t)gc_node(&host, 1), misbehave, NULL));
  CHECK(gc_node(&host, 2) != NULL);
  gc_collect(&host);
  CHECK_EQ(finalized, 1);
  CHECK(gc_node(&host, 3) != NULL);
  host_close(&host);
}

int main(void) {
  RUN(pushed_references_are_kept);
  RUN(what_is_reached_from_them_is_kept);
  RUN(the_last_one_and_results_are_kept);
  RUN(pinned_objects_are_kept);
  RUN(finalizers_of_objects);
  RUN(finalizers_of_many);
  RUN(finalizers_of_values_of_the_host);
  RUN(many_values_of_the_host);
  RUN(a_finalizer_makes_nothing);
  return host_result();
}
