/* Handles that are ended too early, twice or in the wrong order: nothing crashes, nothing is left.
 */
#include <pthread.h>

#include "guest.h"

static const Row* const heap_row = &backend_rows[1];

static int32_t echo(wasm_exec_env_t env, Visit* visit, int32_t argument) {
  (void)env, (void)visit;
  return argument;
}

/* ---- modules */

static wasm_module_t to_unload;
static bool refuse_start;

static bool unloads(wasm_exec_env_t env, void* data, uint64_t* slots) {
  (void)env, (void)data, (void)slots;
  wasm_runtime_unload(to_unload);
  return !refuse_start;
}

/* (import "h" "f" (func)) (start 0) */
static const uint8_t starts_import[] = {0, 'a', 's', 'm', 1, 0,   0, 0,   1, 4, 1, 0x60, 0,
                                        0, 2,   7,   1,   1, 'h', 1, 'f', 0, 0, 8, 1,    0};

TEST(unloaded_by_its_start_function) {
  for (int refused = 0; refused < 2; ++refused) {
    wembed_source_t source = {.size = sizeof source,
                              .bytes = starts_import,
                              .length = sizeof starts_import,
                              .name = "gone"};
    wembed_error_t error;
    wasm_module_t module = wembed_load(NULL, &source, &error);
    wembed_import_t import = {.source = WEMBED_IMPORT_CALLBACK, .callback = unloads};
    wembed_instantiate_options_t options = {
        .size = sizeof options, .imports = &import, .import_count = 1};
    to_unload = module;
    refuse_start = refused == 1;
    wasm_module_inst_t instance = wembed_instantiate(module, &options, &error);
    CHECK((instance == NULL) == refuse_start);
    if (instance == NULL) {
      CHECK_TEXT(error.module_name, "gone");
      CHECK_TEXT(error.message, "host function failed");
    } else {
      wasm_runtime_deinstantiate(instance);
    }
  }
}

TEST(unloaded_twice) {
  Host host = host_open("memory", 0);
  if (!host.env) return host_close(&host);
  wasm_runtime_unload(host.module);
  wasm_runtime_unload(wasm_runtime_get_module(host.instance));
  CHECK_EQ(host_i32(&host, "load8", 16, 0), 'h');
  wasm_module_inst_t again =
      wasm_runtime_instantiate(wasm_runtime_get_module(host.instance), 8192, 0, NULL, 0);
  CHECK(again != NULL);
  wasm_runtime_deinstantiate(again);
  host.module = NULL;
  host_close(&host);
}

/* ---- runtimes */

/* The runtime ends with whatever is left of it, here an exec_env. */
TEST(a_runtime_ended_first) {
  Host host = host_open("memory", 4096);
  if (!host.env) return host_close(&host);
  wasm_exec_env_t env = host.env;
  wasm_runtime_destroy();
  CHECK(wasm_runtime_malloc(10) == NULL);
  CHECK_EQ(host_i32(&host, "load8", 16, 0), 'h');
  CHECK_EQ(host_i32(&host, "grow", 1, 0), 3);
  CHECK(wasm_runtime_module_malloc(host.instance, 10, NULL) != 0);
  host.env = NULL;
  host_close(&host);
  RuntimeInitArgs args = host_init_args();
  CHECK(wasm_runtime_full_init(&args)); /* a new one, beside the old one's rest */
  host = host_open("memory", 0);
  if (host.env) CHECK_EQ(host_i32(&host, "load8", 16, 0), 'h');
  host_close(&host);
  wasm_runtime_destroy_exec_env(env);
}

TEST(a_runtime_deleted_first) {
  FOR_EACH_BACKEND(row) {
    Visit visit = {NULL, echo, 0, false};
    Guest guest = guest_load(row, "context");
    wembed_stop_t stop = wembed_stop_new(guest.runtime);
    if (guest_start(&guest, row, 0, (Visit*[]){&visit, &visit}, 2)) {
      wembed_runtime_delete(guest.runtime);
      guest.runtime = NULL;
      CHECK_EQ(guest_i32(&guest, "call", 7, 0), 7);
      CHECK_EQ(guest_i32(&guest, "grow", 1, 0), 1);
    }
    guest_close(&guest);
    wembed_stop_request(stop);
    wembed_stop_delete(stop);
  }
}

/* ---- exec_envs */

TEST(the_singleton_is_the_instances) {
  Host host = host_open("own_malloc", 0);
  if (!host.env) return host_close(&host);
  wasm_exec_env_t own = wasm_runtime_get_exec_env_singleton(host.instance);
  wasm_runtime_destroy_exec_env(own);
  CHECK(wasm_runtime_get_exec_env_singleton(host.instance) == own);
  CHECK(wasm_runtime_module_malloc(host.instance, 10, NULL) != 0);
  host_close(&host);
}

TEST(an_exec_env_without_its_instance) {
  Host host = host_open("memory", 0);
  if (!host.env) return host_close(&host);
  wasm_exec_env_t env = host.env;
  host.env = NULL;
  host_close(&host);
  uint32_t cells[2] = {0};
  uint64_t slots[2] = {0};
  CHECK(wasm_runtime_get_module_inst(env) == NULL);
  CHECK(wasm_runtime_detect_native_stack_overflow(env));
  CHECK(wasm_runtime_detect_native_stack_overflow_size(env, UINT32_MAX));
  CHECK(!wasm_runtime_call_wasm(env, NULL, 1, cells));
  CHECK(!wasm_runtime_call_indirect(env, 0, 1, cells));
  CHECK(!wembed_call(env, NULL, slots, NULL));
  CHECK(!wembed_host_context(env, NULL, NULL) && !wembed_host_must_stop(env));
  CHECK(wasm_runtime_begin_blocking_op(env));
  /* And with another one. */
  host = host_open("memory", 0);
  if (host.env) {
    wasm_runtime_set_module_inst(env, host.instance);
    cells[0] = 16;
    CHECK(wasm_runtime_call_wasm(env, host_function(&host, "load8"), 1, cells));
    CHECK_EQ(cells[0], 'h');
  }
  host_close(&host);
  CHECK(wasm_runtime_get_module_inst(env) == NULL);
  wasm_runtime_destroy_exec_env(env);
}

static int32_t ends_its_instance(wasm_exec_env_t env, Visit* visit, int32_t argument) {
  (void)env;
  wasm_runtime_deinstantiate(visit->guest->instance);
  return argument;
}

/* Lent while nothing runs on it: what it serves cannot be ended under it. */
TEST(a_lent_exec_env) {
  Visit plain = {NULL, echo, 0, false}, ending = {NULL, ends_its_instance, 0, false};
  Guest guest = guest_load(heap_row, "context");
  Guest other = guest;
  if (guest_start(&guest, heap_row, 0, (Visit*[]){&plain, &plain}, 2) &&
      guest_start(&other, heap_row, 0, (Visit*[]){&ending, &ending}, 2)) {
    uint64_t slots[2] = {5};
    wasm_runtime_set_module_inst(guest.env, other.instance);
    wasm_function_inst_t function = wasm_runtime_lookup_function(other.instance, "call_twice");
    CHECK(wembed_call(guest.env, function, slots, NULL) && slots[0] == 10);
    wasm_runtime_terminate(other.instance);
    wasm_runtime_clear_exception(other.instance);
    guest_stop(&other);
    CHECK(wasm_runtime_get_module_inst(guest.env) == NULL);
    wasm_function_inst_t own = wasm_runtime_lookup_function(guest.instance, "call");
    CHECK(!wembed_call(guest.env, own, slots, NULL));
    wasm_runtime_set_module_inst(guest.env, guest.instance);
    CHECK_EQ(guest_i32(&guest, "load8", 16, 0), 'g');
  }
  guest_close(&guest);
}

static int32_t serves_other(wasm_exec_env_t env, Visit* visit, int32_t argument) {
  Guest* other = visit->guest + 1;
  wasm_module_inst_t own = wasm_runtime_get_module_inst(env);
  uint64_t slots[2] = {(uint32_t)argument};
  wasm_runtime_set_module_inst(env, other->instance);
  wasm_function_inst_t function = wasm_runtime_lookup_function(other->instance, "call_twice");
  CHECK(!wembed_call(env, function, slots, NULL)); /* it ends itself half-way */
  wasm_runtime_set_module_inst(env, own);
  return argument + 1;
}

/* Lent in the middle of a call. */
TEST(an_exec_env_lent_while_it_runs) {
  Visit serving = {NULL, serves_other, 0, false}, ending = {NULL, ends_its_instance, 0, false};
  Guest guests[2];
  guests[1] = guests[0] = guest_load(heap_row, "context");
  if (guest_start(&guests[0], heap_row, 0, (Visit*[]){&serving, &serving}, 2) &&
      guest_start(&guests[1], heap_row, 0, (Visit*[]){&ending, &ending}, 2)) {
    wasm_runtime_destroy_exec_env(guests[1].env);
    guests[1].env = NULL;
    CHECK_EQ(guest_i32(&guests[0], "call", 5, 0), 6);
    CHECK_EQ(guest_i32(&guests[0], "load8", 16, 0), 'g');
    guest_stop(&guests[1]);
  }
  guest_close(&guests[0]);
}

/* A function of an instance that has nothing to do with the exec_env. */
TEST(a_function_of_an_unrelated_instance) {
  Visit plain = {NULL, echo, 0, false}, ending = {NULL, ends_its_instance, 0, false};
  Guest guest = guest_load(heap_row, "context");
  Guest other = guest, foreign = guest_load(heap_row, "context");
  if (guest_start(&guest, heap_row, 0, (Visit*[]){&plain, &plain}, 2) &&
      guest_start(&other, heap_row, 0, (Visit*[]){&ending, &ending}, 2) &&
      guest_start(&foreign, heap_row, 0, (Visit*[]){&plain, &plain}, 2)) {
    uint64_t slots[2] = {5};
    wasm_function_inst_t function = wasm_runtime_lookup_function(other.instance, "call_twice");
    wasm_runtime_destroy_exec_env(other.env);
    CHECK(!wembed_call(guest.env, function, slots, NULL)); /* it ends itself half-way */
    wasm_runtime_clear_exception(guest.instance);
    function = wasm_runtime_lookup_function(foreign.instance, "load8");
    CHECK(!wembed_call(guest.env, function, slots, NULL));
    CHECK_TEXT(wasm_runtime_get_exception(guest.instance), "Exception: invalid exec env");
    wasm_runtime_clear_exception(guest.instance);
    CHECK_EQ(guest_i32(&guest, "load8", 16, 0), 'g');
  }
  guest_close(&foreign);
  guest_close(&guest);
}

/* Another runtime's: refused, nothing changes. */
TEST(an_exec_env_stays_in_its_runtime) {
  Host host = host_open("memory", 0);
  Guest guest = guest_load(heap_row, "memory");
  if (host.env && guest_start(&guest, heap_row, 0, NULL, 0)) {
    wasm_runtime_set_module_inst(host.env, guest.instance);
    CHECK(wasm_runtime_get_module_inst(host.env) == host.instance);
    CHECK_EQ(host_i32(&host, "load8", 16, 0), 'h');
  }
  guest_close(&guest);
  host_close(&host);
}

static wasm_exec_env_t told;
static void tells(uint32_t pages, uint64_t size, uint32_t memory,
                  enlarge_memory_error_reason_t reason, wasm_module_inst_t instance,
                  wasm_exec_env_t env, void* data) {
  (void)pages, (void)size, (void)memory, (void)reason, (void)instance, (void)data;
  told = env;
}

static wasm_exec_env_t calls_on; /* of another instance of the group */
static int32_t calls_back(wasm_exec_env_t env, Visit* visit, int32_t argument) {
  int32_t result = 0;
  CHECK(env == calls_on);
  CHECK(guest_call(visit->guest, env, "load8", 16, 0, &result));
  return result + argument;
}

/* An exec_env that ran an instance last may be gone: nobody is told of it. */
TEST(the_last_exec_env_of_a_linked_instance) {
  Visit plain = {NULL, echo, 0, false}, back = {NULL, calls_back, 0, false};
  Guest guest = guest_load(heap_row, "context");
  Guest other = guest;
  if (guest_start(&guest, heap_row, 0, (Visit*[]){&plain, &plain}, 2) &&
      guest_start(&other, heap_row, 0, (Visit*[]){&back, &back}, 2)) {
    uint64_t slot = 0;
    CHECK(wembed_table_get(other.instance, 1, 0, &slot));
    CHECK(wembed_table_set(guest.instance, 1, 0, slot));
    calls_on = guest.env;
    CHECK_EQ(guest_i32(&guest, "through_table", 5, 0), 'g' + 5);
    wasm_runtime_set_enlarge_mem_error_callback(tells, NULL);
    CHECK(!wasm_runtime_enlarge_memory(other.instance, 100));
    CHECK(told == guest.env);
    wasm_runtime_destroy_exec_env(guest.env);
    guest.env = NULL;
    CHECK(!wasm_runtime_enlarge_memory(other.instance, 100));
    CHECK(told == NULL);
    wasm_runtime_set_enlarge_mem_error_callback(NULL, NULL);
  }
  guest_stop(&other);
  guest_close(&guest);
}

/* ---- instances */

static unsigned destroyed;
static void ends_again(wasm_module_inst_t instance, void* context) {
  (void)context;
  if (++destroyed < 5) wasm_runtime_deinstantiate(instance);
}

TEST(an_instance_ended_twice) {
  void* key = wasm_runtime_create_context_key(ends_again);
  destroyed = 0;
  Host host = host_open("memory", 0);
  host_close(&host);
  CHECK_EQ(destroyed, 1);

  /* One that others keep: its handle is still there, and nothing comes of it any more. */
  Visit visit = {NULL, echo, 0, false};
  Guest guest = guest_load(heap_row, "context");
  Guest other = guest;
  if (guest_start(&guest, heap_row, 0, (Visit*[]){&visit, &visit}, 2) &&
      guest_start(&other, heap_row, 0, (Visit*[]){&visit, &visit}, 2)) {
    uint64_t slot = 0;
    CHECK(wembed_table_get(other.instance, 1, 0, &slot));
    CHECK(wembed_table_set(guest.instance, 1, 0, slot));
    wasm_module_inst_t closed = other.instance;
    destroyed = 0;
    guest_stop(&other);
    wasm_runtime_deinstantiate(closed);
    CHECK_EQ(destroyed, 1);
    CHECK(wasm_runtime_create_exec_env(closed, 8192) == NULL);
    CHECK(wasm_runtime_get_exec_env_singleton(closed) == NULL);
    wasm_runtime_set_module_inst(guest.env, closed);
    CHECK(wasm_runtime_get_module_inst(guest.env) == guest.instance);
    wembed_error_t error;
    CHECK(!wembed_instance_reset(closed, NULL, &error));
  }
  guest_close(&guest);
  wasm_runtime_destroy_context_key(key);
}

/* ---- stop requests */

static wembed_stop_t stop;
static int32_t deletes_stop(wasm_exec_env_t env, Visit* visit, int32_t argument) {
  (void)visit;
  if (argument == 1) wembed_stop_request(stop);
  wembed_stop_delete(stop);
  CHECK(wembed_host_must_stop(env) == (argument == 1));
  return argument;
}

TEST(a_stop_deleted_by_what_runs_under_it) {
  Visit visit = {NULL, deletes_stop, 0, false};
  Guest guest = guest_load(heap_row, "context");
  if (guest_start(&guest, heap_row, 0, (Visit*[]){&visit, &visit}, 2)) {
    for (uint32_t requested = 0; requested < 2; ++requested) {
      stop = wembed_stop_new(guest.runtime);
      wembed_call_options_t options = {.size = sizeof options, .fuel = -1, .stop = stop};
      uint64_t slots[1] = {requested};
      wasm_function_inst_t call = wasm_runtime_lookup_function(guest.instance, "call");
      CHECK(wembed_call(guest.env, call, slots, &options) == (requested == 0));
      wasm_runtime_clear_exception(guest.instance);
    }
  }
  guest_close(&guest);
}

/* ---- natives and release functions */

static void free_all(void* context, const uint8_t* bytes, size_t length) {
  (void)bytes, (void)length;
  free(context);
}

/* Source, name and bytes in one block, which the release function frees. */
TEST(a_source_that_goes_with_its_bytes) {
  struct Package {
    wembed_source_t source;
    char name[32];
    uint8_t bytes[8];
  }* package = malloc(sizeof *package);
  *package = (struct Package){.name = "packed", .bytes = {0, 'a', 's', 'm', 1, 0, 0, 7}};
  package->source = (wembed_source_t){.size = sizeof(wembed_source_t),
                                      .ownership = WEMBED_BYTES_TAKE,
                                      .bytes = package->bytes,
                                      .length = sizeof package->bytes,
                                      .release = free_all,
                                      .release_context = package,
                                      .name = package->name};
  wembed_error_t error;
  CHECK(wembed_load(NULL, &package->source, &error) == NULL);
  CHECK_TEXT(error.module_name, "packed");
  CHECK_EQ(error.kind, WEMBED_ERROR_COMPILE);
}

typedef struct Taken {
  Bytes bytes;
  unsigned released;
} Taken;

/* Uses the library while it is told of the end: nothing is locked then. */
static void uses_the_library(void* context, const uint8_t* bytes, size_t length) {
  Taken* taken = context;
  CHECK(bytes == taken->bytes.data && length == taken->bytes.size);
  ++taken->released;
  Host host = host_open("memory", 4096);
  if (host.env) CHECK_EQ(host_i32(&host, "load8", 16, 0), 'h');
  host_close(&host);
  wembed_memory_trim(NULL);
}

static wasm_module_t take(Taken* taken, uint32_t size) {
  wembed_source_t source = {.size = sizeof source,
                            .ownership = WEMBED_BYTES_TAKE,
                            .bytes = taken->bytes.data,
                            .length = taken->bytes.size = size,
                            .release = uses_the_library,
                            .release_context = taken};
  return wembed_load(NULL, &source, NULL);
}

static void* ends_instance(void* instance) {
  wasm_runtime_deinstantiate(instance);
  return NULL;
}

TEST(release_functions_that_call_the_library) {
  Bytes bytes = host_read("memory");
  Taken taken = {bytes, 0};
  CHECK(take(&taken, bytes.size - 3) == NULL);
  CHECK_EQ(taken.released, 1);
  wasm_module_t module = take(&taken, bytes.size);
  CHECK(module != NULL);
  wasm_runtime_unload(module);
  CHECK_EQ(taken.released, 2);
  module = take(&taken, bytes.size);
  wasm_module_inst_t instance = wasm_runtime_instantiate(module, 8192, 0, NULL, 0);
  wasm_runtime_unload(module);
  CHECK_EQ(taken.released, 2);
  pthread_t thread;
  pthread_create(&thread, NULL, ends_instance, instance);
  pthread_join(thread, NULL);
  CHECK_EQ(taken.released, 3);
  free(bytes.data);
}

int main(void) {
  RUN(unloaded_by_its_start_function);
  RUN(unloaded_twice);
  RUN(a_runtime_ended_first);
  RUN(a_runtime_deleted_first);
  RUN(the_singleton_is_the_instances);
  RUN(an_exec_env_without_its_instance);
  RUN(a_lent_exec_env);
  RUN(an_exec_env_lent_while_it_runs);
  RUN(a_function_of_an_unrelated_instance);
  RUN(an_exec_env_stays_in_its_runtime);
  RUN(the_last_exec_env_of_a_linked_instance);
  RUN(an_instance_ended_twice);
  RUN(a_stop_deleted_by_what_runs_under_it);
  RUN(a_source_that_goes_with_its_bytes);
  RUN(release_functions_that_call_the_library);
  return host_result();
}
