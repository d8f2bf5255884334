/* wembed_host_context and wembed_host_must_stop: what a host function learns about its call. */
#include <pthread.h>
#include <time.h>

#include "../yardstick.h"
#include "guest.h"

#define PAGE 65536u

static const Row* const mapped = &backend_rows[0];

static void pause_ms(long ms) {
  struct timespec time = {ms / 1000, ms % 1000 * 1000000};
  nanosleep(&time, NULL);
}

/* The context of `env` has to be this data and memory. */
static void check_context(wasm_exec_env_t env, const void* data, wasm_memory_inst_t memory) {
  void* got = NULL;
  wasm_memory_inst_t of = NULL;
  CHECK(wembed_host_context(env, &got, &of));
  CHECK(got == data && of == memory);
  CHECK(wembed_host_context(env, NULL, NULL));
}

static int32_t sees_context(wasm_exec_env_t env, Visit* visit, int32_t argument) {
  check_context(env, visit, visit->guest->memory);
  return argument + 1;
}

/* Calls back: the other host function has a context of its own, and leaves this one's alone. */
static int32_t calls_other(wasm_exec_env_t env, Visit* visit, int32_t argument) {
  int32_t result = 0;
  check_context(env, visit, visit->guest->memory);
  CHECK(guest_call(visit->guest, env, "call_other", (uint32_t)argument, 0, &result));
  check_context(env, visit, visit->guest->memory);
  CHECK(!guest_call(visit->guest, env, "load8", UINT32_MAX, 0, NULL)); /* a trap on the way */
  wasm_runtime_clear_exception(visit->guest->instance);
  check_context(env, visit, visit->guest->memory);
  CHECK(wasm_runtime_get_function_attachment(env) == visit);
  return result * 2;
}

TEST(callbacks_on_every_backend) {
  FOR_EACH_BACKEND(row) {
    Visit outer = {NULL, calls_other, 0, false}, inner = {NULL, sees_context, 0, false};
    Guest guest = guest_load(row, "context");
    if (guest_start(&guest, row, 0, (Visit*[]){&outer, &inner}, 2)) {
      void* data = &data;
      CHECK(!wembed_host_context(guest.env, &data, NULL) && data == &data);
      CHECK_EQ(guest_i32(&guest, "call", 20, 0), 42);
      CHECK_EQ(guest_i32(&guest, "call_twice", 20, 0), 42 + 21);
      CHECK_EQ(guest_i32(&guest, "through_table", 1, 0), 4);
      CHECK(!wembed_host_context(guest.env, &data, NULL) && data == &data);
      CHECK_EQ(outer.calls, 3);
      CHECK_EQ(inner.calls, 4);
    }
    guest_close(&guest);
  }
  CHECK(!wembed_host_context(NULL, NULL, NULL));
}

/* ---- natives of WAMR's API */

static int attachment, custom;
static const void* wanted_data;

static int32_t native(wasm_exec_env_t env, int32_t argument) {
  wasm_module_inst_t instance = wasm_runtime_get_module_inst(env);
  check_context(env, wanted_data, wasm_runtime_get_default_memory(instance));
  return argument;
}

static void check_natives(Host* host, const void* data) {
  if (!host->env) return;
  wanted_data = data;
  CHECK_EQ(host_i32(host, "call", 7, 0), 7);
  wasm_runtime_set_custom_data(host->instance, &custom);
  if (data == NULL) wanted_data = &custom;
  CHECK_EQ(host_i32(host, "call", 8, 0), 8);
  CHECK(!wembed_host_context(host->env, NULL, NULL));
  host_close(host);
}

TEST(natives_with_and_without_attachment) {
  NativeSymbol with[] = {{"visit", (void*)native, "(i)i", &attachment},
                         {"other", (void*)native, "(i)i", &attachment}};
  NativeSymbol without[] = {{"visit", (void*)native, "(i)i", NULL},
                            {"other", (void*)native, "(i)i", NULL}};
  for (int i = 0; i < 2; ++i) {
    CHECK(wasm_runtime_register_natives("env", i == 0 ? with : without, 2));
    Host host = host_open("context", 0);
    check_natives(&host, i == 0 ? &attachment : NULL);
    Host none = host_open("context_none", 0);
    check_natives(&none, i == 0 ? &attachment : NULL); /* no memory, data all the same */
    CHECK(wasm_runtime_unregister_natives("env", i == 0 ? with : without));
  }
}

/* Called through another instance's table: the context is that of the instance it belongs to. */
TEST(a_function_passed_on) {
  Visit one = {NULL, sees_context, 0, false}, two = {NULL, sees_context, 0, false};
  Guest guest = guest_load(mapped, "context");
  Guest other = guest;
  if (guest_start(&guest, mapped, 0, (Visit*[]){&one, &one}, 2) &&
      guest_start(&other, mapped, 0, (Visit*[]){&two, &two}, 2)) {
    uint64_t slot = 0;
    uint32_t table = 1; /* export 1 of the module, behind the memory */
    CHECK(wembed_table_get(other.instance, table, 0, &slot));
    CHECK(wembed_table_set(guest.instance, table, 0, slot));
    CHECK_EQ(guest_i32(&guest, "through_table", 5, 0), 6);
    CHECK(one.calls == 0 && two.calls == 1);
  }
  guest_stop(&other);
  guest_close(&guest);
}

/* ---- growth in the middle of a host call */

static int32_t grows_inside(wasm_exec_env_t env, Visit* visit, int32_t by_host) {
  Guest* guest = visit->guest;
  wasm_memory_inst_t memory;
  wembed_slice_t slice;
  char text[16] = "";
  CHECK(wembed_host_context(env, NULL, &memory) && memory == guest->memory);
  CHECK(wembed_memory_slice(memory, 16, 10, &slice));
  CHECK(memcmp(wembed_slice_data(memory, &slice), "guest data", 10) == 0);
  int32_t pages = 0;
  CHECK(by_host ? wasm_memory_enlarge(memory, 2)
                : guest_call(guest, env, "grow", 2, 0, &pages) && pages > 0);
  CHECK(wembed_slice_data(memory, &slice) == NULL);
  CHECK(wembed_slice_read(memory, &slice, 0, text, 10));
  CHECK_TEXT(text, "guest data");
  CHECK(wembed_slice_renew(memory, &slice));
  memcpy(wembed_slice_data(memory, &slice), "grown data", 5);
  check_context(env, visit, memory);
  memcpy(wembed_slice_data(memory, &slice), "guest", 5);
  return (int32_t)(wembed_memory_size(memory) / PAGE);
}

TEST(growing_inside_a_host_call) {
  FOR_EACH_BACKEND(row) {
    Visit visit = {NULL, grows_inside, 0, false};
    Guest guest = guest_load(row, "context");
    if (guest_start(&guest, row, 0, (Visit*[]){&visit, &visit}, 2)) {
      CHECK_EQ(guest_i32(&guest, "call", 0, 0), 3);
      CHECK_EQ(guest_i32(&guest, "call", 1, 0), 5);
      CHECK_EQ(guest_i32(&guest, "grow_and_call", 1, 0), 8);
      CHECK_EQ(guest_i32(&guest, "size", 0, 0), 8);
      CHECK_EQ(guest_i32(&guest, "load8", 8 * PAGE - 1, 0), 0); /* the guest sees the new end */
      CHECK(!guest_call(&guest, guest.env, "load8", 8 * PAGE, 0, NULL));
    }
    guest_close(&guest);
  }
}

/* ---- ending an instance that runs */

static int32_t closes_itself(wasm_exec_env_t env, Visit* visit, int32_t argument) {
  wasm_runtime_deinstantiate(visit->guest->instance); /* refused */
  check_context(env, visit, visit->guest->memory);
  wasm_runtime_destroy_exec_env(env); /* as well */
  return argument;
}

static bool is_inside;
static void* closes_elsewhere(void* data) {
  while (!__atomic_load_n(&is_inside, __ATOMIC_ACQUIRE)) pause_ms(1);
  for (int i = 0; i < 10; ++i) wasm_runtime_deinstantiate(((Guest*)data)->instance);
  wasm_runtime_terminate(((Guest*)data)->instance);
  return NULL;
}

static int32_t says_inside(wasm_exec_env_t env, Visit* visit, int32_t argument) {
  (void)env, (void)visit;
  __atomic_store_n(&is_inside, true, __ATOMIC_RELEASE);
  return argument;
}

TEST(a_running_instance_is_not_ended) {
  FOR_EACH_BACKEND(row) {
    Visit visit = {NULL, closes_itself, 0, false}, inside = {NULL, says_inside, 0, false};
    Guest guest = guest_load(row, "context");
    if (guest_start(&guest, row, 0, (Visit*[]){&visit, &inside}, 2)) {
      pthread_t thread;
      CHECK_EQ(guest_i32(&guest, "call", 5, 0), 5);
      CHECK_EQ(guest_i32(&guest, "load8", 16, 0), 'g');
      __atomic_store_n(&is_inside, false, __ATOMIC_RELEASE);
      pthread_create(&thread, NULL, closes_elsewhere, &guest);
      CHECK_EQ(guest_i32(&guest, "call_other", 0, 0), 0);
      CHECK(!guest_call(&guest, guest.env, "loop", 0, 0, NULL)); /* until it is terminated */
      CHECK_TEXT(wasm_runtime_get_exception(guest.instance), "Exception: terminated by user");
      pthread_join(thread, NULL);
      wasm_runtime_clear_exception(guest.instance);
      CHECK_EQ(guest_i32(&guest, "load8", 16, 0), 'g');
    }
    guest_close(&guest);
  }
}

/* Linked instances keep each other's storage; one that is closed has no data to give any more. */
static Guest* lender;
static int32_t closes_owner(wasm_exec_env_t env, Visit* visit, int32_t argument) {
  check_context(env, visit, visit->guest->memory);
  guest_stop(visit->guest);
  CHECK(!wembed_host_context(env, NULL, NULL));
  CHECK_EQ(guest_i32(lender, "load8", 16, 0), 'g');
  return argument;
}

TEST(closed_in_its_own_host_function) {
  Visit one = {NULL, sees_context, 0, false}, two = {NULL, closes_owner, 0, false};
  Guest guest = guest_load(mapped, "context");
  Guest other = guest;
  lender = &guest;
  if (guest_start(&guest, mapped, 0, (Visit*[]){&one, &one}, 2) &&
      guest_start(&other, mapped, 0, (Visit*[]){&two, &two}, 2)) {
    uint64_t slot = 0;
    int32_t result = 0;
    CHECK(wembed_table_get(other.instance, 1, 0, &slot));
    CHECK(wembed_table_set(guest.instance, 1, 0, slot));
    CHECK(guest_call(&guest, guest.env, "through_table", 5, 0, &result));
    CHECK_EQ(result, 5);
    CHECK(!guest_call(&guest, guest.env, "through_table", 5, 0, &result));
    wasm_runtime_clear_exception(guest.instance);
  }
  guest_close(&guest);
}

/* ---- host functions that wait */

static int32_t waits(wasm_exec_env_t env, Visit* visit, int32_t argument) {
  for (int i = 0; i < 5000; ++i) {
    if (wembed_host_must_stop(env)) {
      visit->fail = true;
      CHECK(wembed_host_must_stop(env)); /* it stays so */
      return 0;
    }
    pause_ms(1);
  }
  return argument;
}

static void* requests_stop(void* data) {
  while (!__atomic_load_n(&is_inside, __ATOMIC_ACQUIRE)) pause_ms(1);
  pause_ms(10);
  wembed_stop_request(data);
  return NULL;
}
static void* terminates(void* data) {
  while (!__atomic_load_n(&is_inside, __ATOMIC_ACQUIRE)) pause_ms(1);
  pause_ms(10);
  wasm_runtime_terminate(data);
  return NULL;
}

static int32_t waits_visibly(wasm_exec_env_t env, Visit* visit, int32_t argument) {
  __atomic_store_n(&is_inside, true, __ATOMIC_RELEASE);
  return waits(env, visit, argument);
}

/* Calls "call" under the options, which has to end with that code. */
static void check_stopped(Guest* guest, const wembed_call_options_t* options, const char* code,
                          void* (*from)(void*), void* data) {
  uint64_t slots[1] = {1};
  pthread_t thread;
  wembed_error_t error;
  __atomic_store_n(&is_inside, false, __ATOMIC_RELEASE);
  if (from != NULL) pthread_create(&thread, NULL, from, data);
  wasm_function_inst_t function = wasm_runtime_lookup_function(guest->instance, "call");
  CHECK(!wembed_call(guest->env, function, slots, options));
  if (from != NULL) pthread_join(thread, NULL);
  CHECK(wembed_get_error(guest->instance, &error));
  CHECK_TEXT(error.code, code);
  wasm_runtime_clear_exception(guest->instance);
  CHECK_EQ(guest_i32(guest, "load8", 16, 0), 'g'); /* usable again */
}

TEST(waiting_host_functions_learn_of_the_end) {
  Visit visit = {NULL, waits_visibly, 0, false};
  Guest guest = guest_load(mapped, "context");
  if (guest_start(&guest, mapped, 0, (Visit*[]){&visit, &visit}, 2)) {
    wembed_stop_t stop = wembed_stop_new(guest.runtime);
    wembed_call_options_t options = {.size = sizeof options, .fuel = -1};
    CHECK(!wembed_host_must_stop(guest.env) && !wembed_host_must_stop(NULL));
    options.deadline_ms = patience(20);
    check_stopped(&guest, &options, "Deadline", NULL, NULL);
    options.deadline_ms = 0;
    options.stop = stop;
    check_stopped(&guest, &options, "Terminated", requests_stop, stop);
    wembed_stop_clear(stop);
    check_stopped(&guest, NULL, "Terminated", terminates, guest.instance);
    wembed_stop_delete(stop);
  }
  guest_close(&guest);
}

int main(void) {
  RUN(callbacks_on_every_backend);
  RUN(natives_with_and_without_attachment);
  RUN(a_function_passed_on);
  RUN(growing_inside_a_host_call);
  RUN(a_running_instance_is_not_ended);
  RUN(closed_in_its_own_host_function);
  RUN(waiting_host_functions_learn_of_the_end);
  return host_result();
}
