/* References in calls and natives of libwembed-gc: words, whatever they refer to. */
#include "capture.h"
#include "failing.h"
#include "gc.h"

/* ---- Natives of the guest's imports */

static wasm_obj_t relayed[3];

static void* relay(wasm_exec_env_t env, void* node, void* external, void* function) {
  (void)env;
  relayed[0] = node;
  relayed[1] = external;
  relayed[2] = function;
  return node;
}

/* A list of so many, each made while the ones before are in a local reference. */
static void* count(wasm_exec_env_t env, int32_t length) {
  wasm_local_obj_ref_t list;
  wasm_runtime_push_local_obj_ref(env, &list);
  for (int32_t i = 0; i < length; ++i) {
    wasm_value_t value = {.i32 = i};
    wasm_value_t next = {.gc_obj = list.val};
    wasm_struct_obj_t node = wasm_struct_obj_new_with_typeidx(env, kNode);
    if (node == NULL) {
      wasm_runtime_pop_local_obj_ref(env);
      return NULL;
    }
    wasm_struct_obj_set_field(node, 0, &value);
    wasm_struct_obj_set_field(node, 1, &next);
    list.val = (wasm_obj_t)node;
  }
  return wasm_runtime_pop_local_obj_ref(env)->val;
}

/* Calls it, and another, before it is given back. */
static void* pick(wasm_exec_env_t env, void* function) {
  uint32_t cells[1] = {100};
  if (!wasm_runtime_call_func_ref(env, function, 1, cells)) return NULL;
  CHECK_EQ(cells[0], 200);
  return wasm_func_obj_new_with_typeidx(env, kUnary, 3);
}

static void raw_relay(wasm_exec_env_t env, uint64_t* args) {
  native_raw_return_type(void*, args);
  native_raw_get_arg(void*, node, args);
  native_raw_get_arg(void*, external, args);
  native_raw_get_arg(void*, function, args);
  native_raw_set_return(relay(env, node, external, function));
}

static NativeSymbol natives[] = {{"relay", (void*)relay, "(rrr)r", NULL},
                                 {"count", (void*)count, "(i)r", NULL},
                                 {"pick", (void*)pick, "(r)r", NULL}};
static NativeSymbol raw_natives[] = {{"relay", (void*)raw_relay, "(rrr)r", NULL}};

static Host open_with_natives(void) {
  wasm_runtime_register_natives("env", natives, 3);
  return host_open("gc_export", 0);
}

static void check_relay(Host* host) {
  wasm_local_obj_ref_t kept;
  wasm_runtime_push_local_obj_ref(host->env, &kept);
  kept.val = (wasm_obj_t)gc_node(host, 4);
  wasm_obj_t given[3] = {kept.val, (wasm_obj_t)wasm_externref_obj_new(host->env, host),
                         (wasm_obj_t)wasm_func_obj_new_with_typeidx(host->env, kUnary, 3)};
  memset(relayed, 0xff, sizeof relayed);
  uint32_t cells[6];
  memcpy(cells, given, sizeof cells);
  CHECK(host_call(host, "relay", 6, cells));
  CHECK(gc_read(cells) == kept.val);
  CHECK(memcmp(relayed, given, sizeof given) == 0);
  /* Null is NULL everywhere. */
  memset(cells, 0, sizeof cells);
  CHECK(host_call(host, "relay", 6, cells));
  CHECK(gc_read(cells) == NULL && !relayed[0] && !relayed[1] && !relayed[2]);
  wasm_runtime_pop_local_obj_ref(host->env);
}

TEST(natives_have_words) {
  Host host = open_with_natives();
  if (!host.env) return host_close(&host);
  check_relay(&host);
  CHECK_EQ(host_i32(&host, "count", 500, 0), 499);
  CHECK_TEXT(host_trap(&host, "count", 0), "Exception: null structure reference");
  wasm_obj_t function = (wasm_obj_t)wasm_func_obj_new_with_typeidx(host.env, kUnary, 3);
  uint32_t cells[3] = {0, 0, 7};
  gc_write(cells, function);
  CHECK(host_call(&host, "pick", 3, cells));
  CHECK_EQ(cells[0], 14);
  host_close(&host);
  wasm_runtime_unregister_natives("env", natives);
}

TEST(raw_natives_have_words) {
  wasm_runtime_register_natives("env", natives, 3);
  wasm_runtime_register_natives_raw("env", raw_natives, 1);
  Host host = host_open("gc_export", 0);
  if (host.env) check_relay(&host);
  host_close(&host);
  wasm_runtime_unregister_natives("env", raw_natives);
  wasm_runtime_unregister_natives("env", natives);
}

/* ---- Cells and values */

TEST(cells_are_words) {
  Host host = open_with_natives();
  if (!host.env) return host_close(&host);
  wasm_obj_t function = (wasm_obj_t)wasm_func_obj_new_with_typeidx(host.env, kUnary, 3);
  CHECK(gc_echo(&host, "echo_func", function) == function);
  CHECK(gc_echo(&host, "echo_func", NULL) == NULL);
  CHECK(gc_echo(&host, "echo_extern", NULL) == NULL);
  CHECK(gc_echo(&host, "echo_any", NULL) == NULL);
  uint32_t cells[4];
  gc_write(cells, function);
  cells[2] = 21;
  CHECK(host_call(&host, "apply", 3, cells));
  CHECK_EQ(cells[0], 42);
  /* Too few, and one of another type. */
  CHECK(!host_call(&host, "apply", 2, cells));
  CHECK_TEXT(wasm_runtime_get_exception(host.instance),
             "Exception: invalid argument count 2, must be no smaller than 3");
  wasm_runtime_clear_exception(host.instance);
  gc_write(cells, function);
  CHECK(!host_call(&host, "value", 2, cells));
  CHECK_TEXT(wasm_runtime_get_exception(host.instance),
             "Exception: the arguments conversion is failed");
  wasm_runtime_clear_exception(host.instance);
  gc_write(cells, gc_node(&host, 1));
  CHECK(!host_call(&host, "echo_func", 2, cells));
  wasm_runtime_clear_exception(host.instance);
  gc_write(cells, NULL);
  CHECK(!host_call(&host, "value_of", 2, cells));
  wasm_runtime_clear_exception(host.instance);
  /* Functions in tables. */
  uint32_t number[1] = {6};
  CHECK(wasm_runtime_call_indirect(host.env, 0, 1, number));
  CHECK_EQ(number[0], 12);
  CHECK(!wasm_runtime_call_indirect(host.env, 1, 1, number));
  CHECK_TEXT(wasm_runtime_get_exception(host.instance), "Exception: uninitialized element");
  wasm_runtime_clear_exception(host.instance);
  wasm_table_inst_t table;
  CHECK(wasm_runtime_get_export_table_inst(host.instance, "table", &table));
  CHECK(wasm_table_get_func_inst(host.instance, &table, 0) == (void*)function);
  CHECK(wasm_table_get_func_inst(host.instance, &table, 1) == NULL);
  host_close(&host);
  wasm_runtime_unregister_natives("env", natives);
}

TEST(values_have_words) {
  Host host = open_with_natives();
  if (!host.env) return host_close(&host);
  void* objects[] = {wasm_func_obj_new_with_typeidx(host.env, kUnary, 3),
                     wasm_externref_obj_new(host.env, &host), wasm_anyref_obj_new(host.env, &host)};
  const char* names[] = {"echo_func", "echo_extern", "echo_any"};
  const int kinds[] = {WASM_FUNCREF, WASM_EXTERNREF, 0x6e};
  for (int i = 0; i < 3; ++i) {
    wasm_val_t argument = {.kind = (wasm_valkind_t)kinds[i], .of.foreign = (uintptr_t)objects[i]};
    wasm_val_t result = {.kind = WASM_I32};
    wasm_function_inst_t function = host_function(&host, names[i]);
    CHECK(wasm_runtime_call_wasm_a(host.env, function, 1, &result, 1, &argument));
    CHECK(result.kind == WASM_EXTERNREF && (void*)result.of.ref == objects[i]);
    /* What came out goes in as it is. */
    CHECK(wasm_runtime_call_wasm_a(host.env, function, 1, &result, 1, &result));
    CHECK((void*)result.of.ref == objects[i]);
    memset(&result, 0, sizeof result);
    CHECK(wasm_runtime_call_wasm_v(host.env, function, 1, &result, 1, objects[i]));
    CHECK((void*)result.of.ref == objects[i]);
  }
  host_close(&host);
  wasm_runtime_unregister_natives("env", natives);
}

TEST(results_as_text) {
  Host host = open_with_natives();
  if (!host.env) return host_close(&host);
  char null[] = "null", number[] = "7", object[] = "5";
  char* arguments[] = {null};
  char* numbers[] = {number};
  char* objects[] = {object};
  capture_begin();
  CHECK(wasm_application_execute_func(host.instance, "echo_func", 1, arguments));
  CHECK(wasm_application_execute_func(host.instance, "echo_func", 1, objects));
  CHECK(wasm_application_execute_func(host.instance, "echo_extern", 1, arguments));
  CHECK(wasm_application_execute_func(host.instance, "echo_extern", 1, numbers));
  CHECK(wasm_application_execute_func(host.instance, "to_any", 1, numbers));
  CHECK(wasm_application_execute_func(host.instance, "echo_any", 1, arguments));
  CHECK(wasm_application_execute_func(host.instance, "echo_any", 1, numbers));
  CHECK(wasm_application_execute_func(host.instance, "to_extern", 1, numbers));
  CHECK(wasm_application_execute_func(host.instance, "make", 1, numbers));
  CHECK(wasm_application_execute_func(host.instance, "longs", 0, NULL));
  CHECK_TEXT(capture_end(),
             "func:ref.null\nref.func\nextern:ref.null\nref.extern\n0x7:ref.host\n"
             "any:ref.null\n0x7:ref.host\nref.extern\nref.struct\nref.array\n");
  host_close(&host);
  wasm_runtime_unregister_natives("env", natives);
}

/* ---- Every allocation fails once */

static void note(const wasm_obj_t object, void* data) {
  (void)object;
  ++*(int*)data;
}

/* Objects of every kind, kept and let go of. Whatever is refused is so without a trace. */
static bool use_objects(const Host* host, int* set, int* called) {
  wasm_local_obj_ref_t kept;
  wasm_runtime_push_local_obj_ref(host->env, &kept);
  wasm_struct_obj_t node = gc_node(host, 1);
  kept.val = (wasm_obj_t)node;
  wasm_array_obj_t array = wasm_array_obj_new_with_typeidx(host->env, kNodes, 600, NULL);
  wasm_func_obj_t function = wasm_func_obj_new_with_typeidx(host->env, kUnary, 3);
  wasm_obj_t external = (wasm_obj_t)wasm_externref_obj_new(host->env, host);
  const bool sets[] = {wasm_obj_set_gc_finalizer(host->env, kept.val, note, called),
                       wasm_obj_set_gc_finalizer(host->env, external, note, called)};
  *set = sets[0] + sets[1];
  const bool pins[] = {wasm_runtime_pin_object(host->env, kept.val),
                       wasm_runtime_pin_object(host->env, external)};
  if (pins[0]) CHECK(wasm_runtime_unpin_object(host->env, kept.val));
  if (pins[1]) CHECK(wasm_runtime_unpin_object(host->env, external));
  uint32_t cells[2];
  gc_write(cells, node);
  wasm_function_inst_t value = wasm_runtime_lookup_function(host->instance, "value");
  const bool good =
      node != NULL && value != NULL && wasm_runtime_call_wasm(host->env, value, 2, cells);
  if (good) CHECK_EQ(cells[0], 1);
  wasm_runtime_clear_exception(host->instance);
  wasm_runtime_pop_local_obj_ref(host->env);
  return good && array && function && sets[0] && sets[1] && pins[0] && pins[1];
}

static void each_allocation_may_fail(void) {
  host_test = "each_allocation_may_fail";
  bool done = false;
  for (long limit = 0; limit < 2000 && !done; ++limit) {
    RuntimeInitArgs args = host_init_args();
    args.mem_alloc_option.allocator.malloc_func = (void*)failing_malloc;
    args.mem_alloc_option.allocator.realloc_func = (void*)failing_realloc;
    host_blocks = 0;
    int set = 0, called = 0;
    allocations_left = limit;
    if (wasm_runtime_full_init(&args)) {
      wasm_runtime_set_log_level(WASM_LOG_LEVEL_FATAL);
      wasm_runtime_register_natives("env", natives, 3);
      Host host = host_try("gc_export", 65536, 0);
      if (host.env) done = use_objects(&host, &set, &called);
      host_close(&host);
      wasm_runtime_unregister_natives("env", natives);
      wasm_runtime_destroy();
    }
    allocations_left = -1;
    CHECK_EQ(called, set);
    CHECK_EQ(host_blocks, 0);
  }
  CHECK(done);
}

int main(void) {
  RUN(natives_have_words);
  RUN(raw_natives_have_words);
  RUN(cells_are_words);
  RUN(values_have_words);
  RUN(results_as_text);
  each_allocation_may_fail();
  return host_result();
}
