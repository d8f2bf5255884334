/* wembed_instantiate: what satisfies imports, and what is said of those that are not. */
#include "host.h"
#include "wembed.h"

/* A module and instance of the wembed functions; `error` says why `instance` is NULL. */
typedef struct Linked {
  Bytes bytes;
  wasm_module_t module;
  wasm_module_inst_t instance;
  wembed_error_t error;
} Linked;

static Linked link_module(const char* name, const wembed_import_t* imports, uint32_t count,
                          bool strict) {
  Linked linked = {host_read(name), NULL, NULL, {0}};
  wembed_source_t source = {.size = sizeof source,
                            .ownership = WEMBED_BYTES_BORROW,
                            .bytes = linked.bytes.data,
                            .length = linked.bytes.size,
                            .name = name};
  wembed_instantiate_options_t options = {
      .size = sizeof options, .strict = strict, .imports = imports, .import_count = count};
  linked.module = wembed_load(NULL, &source, &linked.error);
  if (linked.module != NULL) {
    linked.instance = wembed_instantiate(linked.module, &options, &linked.error);
  }
  return linked;
}

static void unlink_module(Linked* linked) {
  if (linked->instance != NULL) wasm_runtime_deinstantiate(linked->instance);
  if (linked->module != NULL) wasm_runtime_unload(linked->module);
  free(linked->bytes.data);
  memset(linked, 0, sizeof *linked);
}

static uint32_t export_index(wasm_module_t module, const char* name) {
  wembed_extern_type_t type;
  for (uint32_t i = 0; wembed_module_export(module, i, &type); ++i) {
    if (type.name_length == strlen(name) && memcmp(type.name, name, type.name_length) == 0) {
      return i;
    }
  }
  CHECK(!"no such export");
  return 0;
}

/* Calls an export of an instance on its singleton exec_env. */
static bool call(const Linked* linked, const char* name, uint64_t* slots) {
  wasm_exec_env_t env = wasm_runtime_get_exec_env_singleton(linked->instance);
  uint32_t index = export_index(linked->module, name);
  return wembed_call(env, wembed_instance_function(linked->instance, index), slots, NULL);
}

static void imports_from(const Linked* source, wembed_import_t imports[6]) {
  static const char* const names[] = {"add", "memory", "count", "limit", "table", "fail"};
  memset(imports, 0, 6 * sizeof *imports);
  for (int i = 0; i < 6; ++i) {
    imports[i].source = WEMBED_IMPORT_EXPORT;
    imports[i].instance = source->instance;
    imports[i].export_index = export_index(source->module, names[i]);
  }
}

TEST(one_instance_uses_another) {
  wembed_import_t imports[6];
  Linked source = link_module("link_source", NULL, 0, true);
  if (!CHECK(source.instance != NULL)) return unlink_module(&source);
  imports_from(&source, imports);
  Linked user = link_module("link_user", imports, 6, true);
  CHECK_TEXT(user.error.message, "");
  if (user.instance != NULL) {
    uint64_t slots[4] = {1, 2, 3};
    CHECK(call(&user, "add3", slots));
    CHECK_EQ((uint32_t)slots[0], 6);
    CHECK(call(&source, "count_is", slots));
    CHECK_EQ((uint32_t)slots[0], 7); /* its own global counted */
    slots[0] = 40, slots[1] = 2;
    CHECK(call(&user, "through_table", slots));
    CHECK_EQ((uint32_t)slots[0], 42);
    slots[0] = 100;
    CHECK(call(&user, "set_count", slots));
    CHECK(call(&source, "count_is", slots));
    CHECK_EQ((uint32_t)slots[0], 100);
    CHECK(call(&user, "limit_is", slots));
    CHECK_EQ(slots[0], 77);
    slots[0] = 9, slots[1] = 33;
    CHECK(call(&user, "store8", slots));
    slots[0] = 9;
    CHECK(call(&source, "load8", slots));
    CHECK_EQ((uint32_t)slots[0], 33);
    slots[0] = 1, slots[1] = 2;
    CHECK(call(&user, "re_add", slots));
    CHECK_EQ((uint32_t)slots[0], 3);
    CHECK(!call(&user, "fails_inside", slots));
    CHECK_TEXT(wasm_runtime_get_exception(user.instance), "Exception: unreachable");
    uint32_t total = 0;
    CHECK_EQ(wembed_trap_frame_count(user.instance, &total), 3);
    wasm_runtime_clear_exception(user.instance);
    CHECK(call(&source, "count_is", slots));
    CHECK_EQ((uint32_t)slots[0], 101);
  }
  unlink_module(&user);
  unlink_module(&source);
}

TEST(the_exporter_may_go_first) {
  wembed_import_t imports[6];
  Linked source = link_module("link_source", NULL, 0, true);
  if (!CHECK(source.instance != NULL)) return unlink_module(&source);
  imports_from(&source, imports);
  Linked user = link_module("link_user", imports, 6, true);
  if (CHECK(user.instance != NULL)) {
    wasm_runtime_deinstantiate(source.instance);
    source.instance = NULL;
    uint64_t slots[4] = {1, 2, 3};
    CHECK(call(&user, "add3", slots));
    CHECK_EQ((uint32_t)slots[0], 6);
    slots[0] = 9, slots[1] = 33;
    CHECK(call(&user, "store8", slots));
  }
  unlink_module(&user);
  unlink_module(&source);
}

/* Of what one instance exports; of what several do says test/node/identity.test.ts. */
TEST(identities) {
  Linked source = link_module("link_source", NULL, 0, true);
  Linked second = link_module("link_source", NULL, 0, true);
  if (CHECK(source.instance != NULL && second.instance != NULL)) {
    wembed_extern_type_t type;
    uint32_t count = 0;
    for (; wembed_module_export(source.module, count, &type); ++count) {
      uint64_t identity = wembed_instance_identity(source.instance, count);
      CHECK_EQ(identity, wembed_instance_identity(source.instance, count));
      CHECK_EQ(identity == 0, type.kind == WEMBED_EXTERN_FUNC);
      if (identity == 0) continue;
      CHECK(identity != wembed_instance_identity(second.instance, count));
      for (uint32_t i = 0; i < count; ++i) {
        CHECK(identity != wembed_instance_identity(source.instance, i));
      }
    }
    CHECK_EQ(wembed_instance_identity(source.instance, count), 0);
    CHECK_EQ(wembed_instance_identity(NULL, 0), 0);
  }
  unlink_module(&second);
  unlink_module(&source);
}

TEST(missing_imports_are_named_together) {
  Linked user = link_module("link_user", NULL, 0, true);
  CHECK(user.instance == NULL);
  CHECK_EQ(user.error.kind, WEMBED_ERROR_LINK);
  static const char* const names[] = {"add", "memory", "count", "limit", "table", "fail"};
  for (int i = 0; i < 6; ++i) CHECK(strstr(user.error.message, names[i]) != NULL);
  unlink_module(&user);
}

TEST(mismatched_imports_are_refused) {
  static const struct {
    int import;
    const char* replaced_by;
  } cases[] = {{0, "count_is"}, {0, "memory"}, {1, "table"}, {2, "limit"},
               {3, "count"},    {4, "memory"}, {5, "add"}};
  Linked source = link_module("link_source", NULL, 0, true);
  if (!CHECK(source.instance != NULL)) return unlink_module(&source);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    wembed_import_t imports[6];
    imports_from(&source, imports);
    imports[cases[i].import].export_index = export_index(source.module, cases[i].replaced_by);
    Linked user = link_module("link_user", imports, 6, true);
    CHECK(user.instance == NULL);
    CHECK_EQ(user.error.kind, WEMBED_ERROR_LINK);
    unlink_module(&user);
  }
  unlink_module(&source);
}

static bool adds(wasm_exec_env_t env, void* data, uint64_t* slots) {
  CHECK(wasm_runtime_get_module_inst(env) != NULL);
  *(uint32_t*)data += 1;
  if ((uint32_t)slots[0] == 666) {
    wasm_runtime_set_exception(wasm_runtime_get_module_inst(env), "the beast");
    return false;
  }
  if ((uint32_t)slots[0] == 667) return false;
  slots[0] = (uint32_t)slots[0] + (uint32_t)slots[1] + 1000;
  return true;
}
static bool does_nothing(wasm_exec_env_t env, void* data, uint64_t* slots) {
  (void)env, (void)data, (void)slots;
  return true;
}

TEST(callbacks_values_and_fresh_objects) {
  uint32_t calls = 0;
  wembed_import_t imports[6] = {
      {.source = WEMBED_IMPORT_CALLBACK, .callback = adds, .data = &calls},
      {.source = WEMBED_IMPORT_FRESH},
      {.source = WEMBED_IMPORT_FRESH},
      {.source = WEMBED_IMPORT_VALUE, .value = {123}},
      {.source = WEMBED_IMPORT_FRESH},
      {.source = WEMBED_IMPORT_CALLBACK, .callback = does_nothing},
  };
  Linked user = link_module("link_user", imports, 6, true);
  CHECK_TEXT(user.error.message, "");
  if (user.instance != NULL) {
    uint64_t slots[4] = {1, 2, 3};
    CHECK(call(&user, "add3", slots));
    CHECK_EQ((uint32_t)slots[0], 2006);
    CHECK_EQ(calls, 2);
    CHECK(call(&user, "limit_is", slots));
    CHECK_EQ(slots[0], 123);
    slots[0] = 65535, slots[1] = 1;
    CHECK(call(&user, "store8", slots));
    CHECK(call(&user, "fails_inside", slots)); /* this one does not fail */
    slots[0] = 1, slots[1] = 1;
    CHECK(!call(&user, "through_table", slots));
    CHECK_TEXT(wasm_runtime_get_exception(user.instance), "Exception: uninitialized element");
    wasm_runtime_clear_exception(user.instance);
    slots[0] = 666, slots[1] = 1, slots[2] = 1;
    CHECK(!call(&user, "add3", slots));
    CHECK_TEXT(wasm_runtime_get_exception(user.instance), "Exception: the beast");
    wasm_runtime_clear_exception(user.instance);
    slots[0] = 667, slots[1] = 1, slots[2] = 1;
    CHECK(!call(&user, "add3", slots));
    CHECK_TEXT(wasm_runtime_get_exception(user.instance), "Exception: host function failed");
    wasm_runtime_clear_exception(user.instance);
  }
  unlink_module(&user);
}

/* Any function by its handle, also one that others import, and with whatever it needs. */
TEST(functions_by_their_handles) {
  wembed_import_t imports[6];
  Linked source = link_module("link_source", NULL, 0, true);
  if (!CHECK(source.instance != NULL)) return unlink_module(&source);
  imports_from(&source, imports);
  for (int i = 0; i < 6; i += 5) {
    imports[i].source = WEMBED_IMPORT_FUNCTION;
    imports[i].instance = NULL;
    imports[i].function = wembed_instance_function(source.instance, imports[i].export_index);
  }
  Linked user = link_module("link_user", imports, 6, true);
  CHECK_TEXT(user.error.message, "");
  uint64_t slots[4] = {1, 2, 3};
  if (CHECK(user.instance != NULL)) {
    wasm_runtime_deinstantiate(source.instance); /* its storage stays */
    source.instance = NULL;
    CHECK(call(&user, "add3", slots));
    CHECK_EQ((uint32_t)slots[0], 6);
  }
  unlink_module(&user);
  unlink_module(&source);
  wembed_import_t import = {.source = WEMBED_IMPORT_FUNCTION};
  user = link_module("unlinked_function", &import, 1, true);
  CHECK(user.instance == NULL && user.error.kind == WEMBED_ERROR_LINK);
  unlink_module(&user);
  source = link_module("link_source", NULL, 0, true);
  import.function = wembed_instance_function(source.instance, export_index(source.module, "add"));
  user = link_module("unlinked_function", &import, 1, true); /* of another type */
  CHECK(user.instance == NULL && user.error.kind == WEMBED_ERROR_LINK);
  unlink_module(&user);
  unlink_module(&source);
}

TEST(values_of_the_wrong_kind) {
  wembed_import_t import = {.source = WEMBED_IMPORT_VALUE}; /* for a function */
  Linked user = link_module("unlinked_function", &import, 1, true);
  CHECK(user.instance == NULL && user.error.kind == WEMBED_ERROR_LINK);
  unlink_module(&user);
  user = link_module("unlinked_function", NULL, 0, true);
  CHECK(user.instance == NULL && user.error.kind == WEMBED_ERROR_LINK);
  unlink_module(&user);
  wasm_runtime_set_log_level(WASM_LOG_LEVEL_FATAL);
  user = link_module("unlinked_function", NULL, 0, false); /* as WAMR: traps when called */
  CHECK(user.instance != NULL);
  wasm_runtime_set_log_level(WASM_LOG_LEVEL_WARNING);
  unlink_module(&user);
}

TEST(functions_tables_and_globals_as_objects) {
  Linked source = link_module("link_source", NULL, 0, true);
  if (!CHECK(source.instance != NULL)) return unlink_module(&source);
  uint32_t add = export_index(source.module, "add");
  uint32_t table = export_index(source.module, "table");
  uint32_t count = export_index(source.module, "count");
  wasm_function_inst_t function = wembed_instance_function(source.instance, add);
  CHECK(function == wasm_runtime_lookup_function(source.instance, "add"));
  CHECK(wembed_function_instance(function) == source.instance);
  CHECK_EQ(wembed_function_index(function), 0);
  CHECK_EQ(wasm_func_type_get_param_count(wembed_function_type(function)), 2);
  CHECK(wembed_instance_function(source.instance, table) == NULL);
  CHECK(wembed_instance_function(source.instance, 1000) == NULL);
  CHECK(wembed_instance_memory(source.instance, export_index(source.module, "memory")) ==
        wasm_runtime_get_default_memory(source.instance));
  CHECK(wembed_instance_memory(source.instance, add) == NULL);

  wembed_global_t global;
  CHECK(wembed_instance_global(source.instance, count, &global));
  CHECK(global.kind == WASM_I32 && global.is_mutable && (uint32_t)global.slots[0] == 5);
  CHECK(!wembed_instance_global(source.instance, add, &global));

  uint64_t size = 0, slot = 1;
  CHECK(wembed_table_size(source.instance, table, &size));
  CHECK_EQ(size, 2);
  CHECK(!wembed_table_size(source.instance, add, &size));
  CHECK(wembed_table_get(source.instance, table, 0, &slot));
  CHECK(slot == (uint64_t)(uintptr_t)function);
  CHECK(wembed_table_set(source.instance, table, 1, slot));
  CHECK(wembed_table_set(source.instance, table, 0, 0));
  CHECK(wembed_table_get(source.instance, table, 0, &slot));
  CHECK(wembed_slot_is_null(slot));
  CHECK(!wembed_table_get(source.instance, table, 2, &slot));
  CHECK(!wembed_table_set(source.instance, table, 2, 0));
  unlink_module(&source);
}

/* A function put into a global keeps its instance, as one put into a table does. */
TEST(globals_are_set) {
  Linked holder = link_module("global_reference", NULL, 0, true);
  Linked owner = link_module("link_source", NULL, 0, true);
  if (!CHECK(holder.instance != NULL && owner.instance != NULL)) return;
  uint32_t function = export_index(holder.module, "function");
  uint64_t slot = (uint64_t)(uintptr_t)wembed_instance_function(owner.instance,
                                                                export_index(owner.module, "add"));
  CHECK(wembed_global_set(holder.instance, function, &slot));
  wasm_runtime_deinstantiate(owner.instance);
  owner.instance = NULL;
  uint64_t slots[2] = {40, 2};
  CHECK(call(&holder, "call", slots));
  CHECK_EQ((uint32_t)slots[0], 42);

  uint64_t number = 0xFFFFFFFF00000007, zero = 0;
  uint32_t count = export_index(holder.module, "number");
  CHECK(wembed_global_set(holder.instance, count, &number));
  wembed_global_t cell;
  CHECK(wembed_instance_global(holder.instance, count, &cell) && cell.slots[0] == 7);
  CHECK(!wembed_global_set(holder.instance, export_index(holder.module, "constant"), &number));
  CHECK(!wembed_global_set(holder.instance, export_index(holder.module, "call"), &number));
  CHECK(!wembed_global_set(holder.instance, count, NULL));
  CHECK(!wembed_global_set(NULL, count, &number));
  CHECK(wembed_global_set(holder.instance, function, &zero));
  CHECK(!call(&holder, "call", slots));
  unlink_module(&holder);
  unlink_module(&owner);
}

typedef struct Told {
  wasm_module_inst_t about;
  unsigned times;
} Told;
static void on_gone(void* context, wasm_module_inst_t instance) {
  Told* told = context;
  told->about = instance;
  ++told->times;
}

static bool give_product(wasm_exec_env_t env, void* data, uint64_t* slots) {
  CHECK(env != NULL && data == NULL);
  slots[0] = (uint32_t)slots[0] * (uint32_t)slots[1];
  return true;
}

static void imports_of_user(wembed_import_t imports[6]) {
  memset(imports, 0, 6 * sizeof *imports);
  for (int i = 0; i < 6; ++i) imports[i].source = WEMBED_IMPORT_FRESH;
  imports[0].source = imports[5].source = WEMBED_IMPORT_CALLBACK;
  imports[0].callback = imports[5].callback = give_product;
}

/* What others reach of a retired instance goes on, its host functions too; then the host is told.
 */
TEST(retired_instances_are_told_of) {
  Told told = {NULL, 0};
  wembed_import_t imports[6];
  imports_of_user(imports);
  Linked first = link_module("link_user", imports, 6, true);
  if (!CHECK(first.instance != NULL)) return unlink_module(&first);
  imports[0] = (wembed_import_t){.source = WEMBED_IMPORT_EXPORT,
                                 .instance = first.instance,
                                 .export_index = export_index(first.module, "re_add")};
  Linked second = link_module("link_user", imports, 6, true);
  if (CHECK(second.instance != NULL)) {
    const wasm_module_inst_t retired = first.instance;
    CHECK(wembed_memory_instance(wasm_runtime_get_default_memory(retired)) == retired);
    CHECK(wembed_instance_retire(retired, on_gone, &told));
    CHECK(!wembed_instance_retire(retired, on_gone, &told));
    first.instance = NULL;
    CHECK_EQ(told.times, 0);
    uint64_t slots[3] = {2, 3, 4};
    CHECK(call(&second, "add3", slots));
    CHECK_EQ((uint32_t)slots[0], 24);
    wasm_runtime_deinstantiate(second.instance);
    second.instance = NULL;
    CHECK(told.times == 1 && told.about == retired);
  }
  unlink_module(&second);
  unlink_module(&first);
  CHECK(!wembed_instance_retire(NULL, on_gone, &told));
  CHECK(wembed_memory_instance(NULL) == NULL);
}

TEST(one_that_nobody_reaches_is_told_of_at_once) {
  Told told = {NULL, 0};
  Linked alone = link_module("link_source", NULL, 0, true);
  if (CHECK(alone.instance != NULL)) {
    CHECK(wembed_instance_retire(alone.instance, on_gone, &told));
    CHECK_EQ(told.times, 1);
    alone.instance = NULL;
  }
  unlink_module(&alone);
  alone = link_module("link_source", NULL, 0, true);
  CHECK(wembed_instance_retire(alone.instance, NULL, NULL));
  alone.instance = NULL;
  unlink_module(&alone);
}

static Linked* multiplied_by; /* makes another function while the guest runs */

static bool multiply(wasm_exec_env_t env, void* data, uint64_t* slots) {
  unsigned* calls = data;
  ++*calls;
  CHECK(multiplied_by == NULL || wasm_runtime_get_module_inst(env) == multiplied_by->instance);
  CHECK(multiplied_by == NULL || wembed_functions_sweep(multiplied_by->instance, NULL, NULL) == -1);
  slots[0] = (uint32_t)slots[0] * (uint32_t)slots[1];
  return slots[0] != 0;
}

static bool keeps(void* context, wasm_function_inst_t function, void* data) {
  CHECK(data != NULL);
  return function == context;
}

static wasm_function_inst_t multiplier(const Linked* linked, unsigned* calls) {
  static const wasm_valkind_t kinds[] = {WASM_I32, WASM_I32};
  wembed_host_function_t what = {.size = sizeof what, .callback = multiply, .data = calls};
  what.params = what.results = kinds;
  what.param_count = 2;
  what.result_count = 1;
  return wembed_function_new(linked->instance, &what);
}

static uint64_t slot_of(wasm_function_inst_t function) { return (uint64_t)(uintptr_t)function; }

TEST(host_functions_in_tables) {
  wembed_import_t imports[6];
  Linked source = link_module("link_source", NULL, 0, true);
  if (!CHECK(source.instance != NULL)) return unlink_module(&source);
  imports_from(&source, imports);
  Linked user = link_module("link_user", imports, 6, true);
  uint32_t table = export_index(source.module, "table");
  unsigned calls = 0, spare = 0;
  wasm_function_inst_t function = multiplier(&user, &calls);
  wasm_function_inst_t other = multiplier(&user, &spare);
  CHECK(function != NULL && other != NULL && wembed_function_index(function) == UINT32_MAX);
  CHECK(wembed_function_instance(function) == user.instance);
  CHECK(wembed_table_set(source.instance, table, 0, slot_of(function)));
  multiplied_by = &user;
  uint64_t slots[2] = {6, 7};
  CHECK(call(&user, "through_table", slots));
  CHECK_EQ(slots[0], 42);
  slots[0] = 0; /* the callback fails */
  CHECK(!call(&user, "through_table", slots));
  CHECK_TEXT(wasm_runtime_get_exception(user.instance), "Exception: host function failed");
  wasm_runtime_clear_exception(user.instance);
  CHECK_EQ(calls, 2);

  /* What a table has stays, in another instance too, and what the host wants to. */
  CHECK(wembed_functions_sweep(user.instance, keeps, other) > 2);
  slots[0] = 3, slots[1] = 4;
  CHECK(call(&user, "through_table", slots));
  CHECK_EQ(slots[0], 12);
  uint64_t old = 0;
  CHECK(wembed_table_grow(source.instance, table, 2, slot_of(other), &old));
  CHECK_EQ(old, 2);
  CHECK(!wembed_table_grow(source.instance, table, 1, 0, &old)); /* its maximum is 4 */
  CHECK(wembed_functions_sweep(user.instance, NULL, NULL) > 4);
  uint64_t slot = 0;
  CHECK(wembed_table_get(source.instance, table, 3, &slot) && slot == slot_of(other));
  for (uint64_t at = 0; at < 4; ++at) CHECK(wembed_table_set(source.instance, table, at, 0));
  CHECK(wembed_functions_sweep(user.instance, NULL, NULL) > 4); /* both go */
  CHECK_EQ(wembed_functions_sweep(NULL, NULL, NULL), -1);
  multiplied_by = NULL;

  /* When its instance is closed and others still have it, calling it traps. */
  CHECK(wembed_table_set(source.instance, table, 0, slot_of(multiplier(&source, &calls))));
  unlink_module(&source);
  CHECK(!call(&user, "through_table", slots));
  CHECK_TEXT(wasm_runtime_get_exception(user.instance),
             "Exception: host function of an instance that was closed");
  unlink_module(&user);
}

TEST(unusable_host_functions) {
  Linked linked = link_module("global_reference", NULL, 0, true);
  if (!CHECK(linked.instance != NULL)) return unlink_module(&linked);
  const wasm_valkind_t kinds[] = {WASM_I64, 77};
  unsigned calls = 0;
  wembed_host_function_t what = {.size = sizeof what, .callback = multiply, .data = &calls};
  CHECK(wembed_function_new(linked.instance, &what) != NULL);
  CHECK(wembed_function_new(NULL, &what) == NULL);
  CHECK(wembed_function_new(linked.instance, NULL) == NULL);
  what.params = kinds;
  what.param_count = 2; /* there is no type 77 */
  CHECK(wembed_function_new(linked.instance, &what) == NULL);
  what.param_count = 1;
  CHECK(wembed_function_new(linked.instance, &what) != NULL);
  /* Of another type than the call wants, and in a global. */
  uint64_t slot = slot_of(wembed_function_new(linked.instance, &what)), slots[2] = {1, 2};
  uint32_t function = export_index(linked.module, "function");
  CHECK(wembed_global_set(linked.instance, function, &slot));
  CHECK(wembed_functions_sweep(linked.instance, NULL, NULL) > 0);
  CHECK(!call(&linked, "call", slots));
  CHECK_TEXT(wasm_runtime_get_exception(linked.instance), "Exception: indirect call type mismatch");
  wasm_runtime_clear_exception(linked.instance);
  slot = slot_of(multiplier(&linked, &calls));
  CHECK(wembed_global_set(linked.instance, function, &slot));
  CHECK(call(&linked, "call", slots));
  CHECK_EQ(slots[0], 2);
  what.param_count = 1001;
  CHECK(wembed_function_new(linked.instance, &what) == NULL);
  what.param_count = 0;
  what.callback = NULL;
  CHECK(wembed_function_new(linked.instance, &what) == NULL);
  what.is_deferred = true;
  CHECK(wembed_function_new(linked.instance, &what) != NULL);
  unlink_module(&linked);
}

int main(void) {
  RUN(one_instance_uses_another);
  RUN(the_exporter_may_go_first);
  RUN(identities);
  RUN(missing_imports_are_named_together);
  RUN(mismatched_imports_are_refused);
  RUN(callbacks_values_and_fresh_objects);
  RUN(functions_by_their_handles);
  RUN(values_of_the_wrong_kind);
  RUN(functions_tables_and_globals_as_objects);
  RUN(globals_are_set);
  RUN(retired_instances_are_told_of);
  RUN(one_that_nobody_reaches_is_told_of_at_once);
  RUN(host_functions_in_tables);
  RUN(unusable_host_functions);
  return host_result();
}
