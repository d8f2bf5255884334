/* wembed_call: slots, errors with their call stack, deadlines, fuel, stop requests. */
#include <pthread.h>
#include <time.h>

#include "../yardstick.h"
#include "host.h"
#include "wembed.h"

static uint64_t now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

TEST(slots) {
  Host host = host_open("calls", 0);
  if (!host.env) return host_close(&host);
  float f = 1.5f;
  double d = 0.75;
  uint64_t slots[5] = {(uint32_t)-1, 3};
  memcpy(&slots[2], &f, 4);
  memcpy(&slots[3], &d, 8);
  CHECK(wembed_call(host.env, host_function(&host, "mixed"), slots, NULL));
  memcpy(&d, slots, 8);
  CHECK(d == 4.25);
  slots[0] = 4, slots[1] = (uint32_t)-5, slots[2] = 6;
  CHECK(wembed_call(host.env, host_function(&host, "many"), slots, NULL));
  memcpy(&f, &slots[2], 4);
  memcpy(&d, &slots[3], 8);
  CHECK((uint32_t)slots[0] == 4 && slots[1] == (uint64_t)-5 && f == 6 && d == 0.5);
  CHECK_EQ((uint32_t)slots[4], 0xFFFFFFFF);

  slots[0] = wembed_externref(&host);
  CHECK(wembed_call(host.env, host_function(&host, "id_extern"), slots, NULL));
  CHECK(wembed_externref_object(slots[0]) == &host);
  slots[0] = (uint64_t)(uintptr_t)host_function(&host, "add");
  CHECK(wembed_call(host.env, host_function(&host, "id_func"), slots, NULL));
  CHECK(slots[0] == (uint64_t)(uintptr_t)host_function(&host, "add"));
  CHECK(wembed_call(host.env, host_function(&host, "null_func"), slots, NULL));
  CHECK(wembed_slot_is_null(slots[0]));
  host_close(&host);
}

TEST(error_with_call_stack) {
  Host host = host_open("traps", 0);
  if (!host.env) return host_close(&host);
  wembed_error_t error;
  uint32_t total = 99;
  CHECK(!wembed_get_error(host.instance, &error));
  CHECK_EQ(wembed_trap_frame_count(host.instance, &total), 0);
  uint64_t slots[1] = {0};
  CHECK(!wembed_call(host.env, host_function(&host, "divide"), slots, NULL));
  CHECK(wembed_get_error(host.instance, &error));
  CHECK_EQ(error.kind, WEMBED_ERROR_TRAP);
  CHECK_TEXT(error.code, "DivideByZero");
  CHECK_TEXT(error.message, "integer divide by zero");
  CHECK_TEXT(error.function_name, "divide");
  wembed_frame_t frame;
  CHECK_EQ(wembed_trap_frame_count(host.instance, &total), 1);
  CHECK_EQ(total, 1);
  CHECK(wembed_trap_frame(host.instance, 0, &frame));
  CHECK(frame.module == host.module && frame.function_index == error.function_index);
  CHECK(frame.offset == error.offset && frame.offset < host.bytes.size);
  CHECK_EQ(host.bytes.data[frame.offset], 0x6D); /* i32.div_s */
  CHECK(!wembed_trap_frame(host.instance, 1, &frame));

  CHECK(!wembed_call(host.env, host_function(&host, "divide"), slots, NULL)); /* still pending */
  wasm_runtime_clear_exception(host.instance);
  CHECK(!wembed_get_error(host.instance, &error));

  CHECK(!wembed_call(host.env, host_function(&host, "deep"), slots, NULL));
  CHECK_EQ(wembed_trap_frame_count(host.instance, &total), 64);
  CHECK(total > 64);
  wasm_runtime_clear_exception(host.instance);
  host_close(&host);
}

/* Taken at once, looked at later: the exception is cleared by then, another has come, all is reset.
 */
TEST(places_are_good_while_the_module_is) {
  Host host = host_open("traps", 0);
  if (!host.env) return host_close(&host);
  wembed_place_t places[64];
  wembed_trap_t trap = {.size = sizeof trap};
  wembed_frame_t frame;
  CHECK(!wembed_get_trap(host.instance, &trap, places, 64));
  uint64_t slots[1] = {0};
  CHECK(!wembed_call(host.env, host_function(&host, "divide"), slots, NULL));
  CHECK(wembed_get_trap(host.instance, &trap, places, 1));
  CHECK(trap.kind == WEMBED_ERROR_TRAP && trap.place_count == 1 && trap.frame_total == 1);
  CHECK_TEXT(trap.code, "DivideByZero");
  CHECK_TEXT(trap.message, "integer divide by zero");
  wasm_runtime_clear_exception(host.instance);
  CHECK(!wembed_call(host.env, host_function(&host, "deep"), slots, NULL));
  wasm_runtime_clear_exception(host.instance);
  CHECK(wembed_instance_reset(host.instance, NULL, NULL));
  wembed_place_frame(places, &frame);
  CHECK(frame.module == host.module);
  CHECK(strncmp(frame.function_name, "divide", frame.function_name_length) == 0);
  CHECK_EQ(host.bytes.data[frame.offset], 0x6D); /* i32.div_s */
  uint32_t length = 0;
  CHECK(strncmp(wembed_place_function(places, &length), "divide", 6) == 0 && length == 6);
  CHECK(!wembed_call(host.env, host_function(&host, "deep"), slots, NULL));
  CHECK(wembed_get_trap(host.instance, &trap, places, 64));
  CHECK(trap.place_count == 64 && trap.frame_total > 64);
  CHECK(wembed_get_trap(host.instance, &trap, NULL, 0) && trap.place_count == 0);
  trap.size = 3;
  CHECK(!wembed_get_trap(host.instance, &trap, places, 64));
  wasm_runtime_clear_exception(host.instance);
  host_close(&host);
}

TEST(memory_faults_know_their_place) {
  Host host = host_open("traps", 0);
  if (!host.env) return host_close(&host);
  uint64_t slots[1] = {0xFFFFFFF0};
  wembed_frame_t frame;
  CHECK(!wembed_call(host.env, host_function(&host, "load"), slots, NULL));
  CHECK_EQ(wembed_trap_frame_count(host.instance, NULL), 1);
  CHECK(wembed_trap_frame(host.instance, 0, &frame));
  if (CHECK(frame.offset < host.bytes.size)) CHECK_EQ(host.bytes.data[frame.offset], 0x28);
  host_close(&host);
}

TEST(deadline) {
  Host host = host_open("traps", 0);
  if (!host.env) return host_close(&host);
  wembed_call_options_t options = {.size = sizeof options, .deadline_ms = 40, .fuel = -1};
  wembed_error_t error;
  for (int round = 0; round < 3; ++round) {
    uint64_t slots[1] = {0}, begin = now_ms();
    CHECK(!wembed_call(host.env, host_function(&host, "loop"), slots, &options));
    uint64_t took = now_ms() - begin;
    CHECK(took >= 35 && took < patience(2000));
    CHECK_TEXT(wasm_runtime_get_exception(host.instance), "Exception: deadline exceeded");
    CHECK(wembed_get_error(host.instance, &error));
    CHECK_TEXT(error.code, "Deadline");
    wasm_runtime_clear_exception(host.instance);
  }
  uint64_t slots[1] = {1000}; /* ends in time */
  CHECK(wembed_call(host.env, host_function(&host, "count"), slots, &options));
  struct timespec time = {0, 60000000};
  nanosleep(&time, NULL);
  slots[0] = 1000000; /* the old deadline is gone */
  CHECK(wembed_call(host.env, host_function(&host, "count"), slots, NULL));
  host_close(&host);
}

TEST(fuel) {
  Host host = host_open("traps", 0);
  if (!host.env) return host_close(&host);
  wembed_call_options_t options = {.size = sizeof options, .fuel = 1000};
  uint64_t slots[1] = {0};
  CHECK(!wembed_call(host.env, host_function(&host, "loop"), slots, &options));
  CHECK_TEXT(wasm_runtime_get_exception(host.instance), "Exception: instruction limit exceeded");
  wasm_runtime_clear_exception(host.instance);
  slots[0] = 10;
  CHECK(wembed_call(host.env, host_function(&host, "count"), slots, &options));
  options.fuel = 0;
  slots[0] = 10;
  CHECK(!wembed_call(host.env, host_function(&host, "count"), slots, &options));
  wasm_runtime_clear_exception(host.instance);
  options.fuel = -1;
  slots[0] = 100000;
  CHECK(wembed_call(host.env, host_function(&host, "count"), slots, &options));
  host_close(&host);
}

static void* requests_stop(void* data) {
  struct timespec time = {0, 20000000};
  nanosleep(&time, NULL);
  wembed_stop_request(data);
  return NULL;
}

TEST(stop_requests) {
  Host host = host_open("traps", 0);
  wembed_stop_t stop = wembed_stop_new(NULL);
  if (!host.env || !CHECK(stop != NULL)) return host_close(&host);
  wembed_call_options_t options = {.size = sizeof options, .fuel = -1, .stop = stop};
  uint64_t slots[1] = {0};
  for (int round = 0; round < 3; ++round) {
    pthread_t thread;
    pthread_create(&thread, NULL, requests_stop, stop);
    CHECK(!wembed_call(host.env, host_function(&host, "loop"), slots, &options));
    pthread_join(thread, NULL);
    CHECK_TEXT(wasm_runtime_get_exception(host.instance), "Exception: terminated by user");
    wasm_runtime_clear_exception(host.instance);
    CHECK(!wembed_call(host.env, host_function(&host, "loop"), slots, &options)); /* still asked */
    wasm_runtime_clear_exception(host.instance);
    wembed_stop_clear(stop);
    slots[0] = 5;
    CHECK(wembed_call(host.env, host_function(&host, "count"), slots, &options));
  }
  wembed_stop_request(stop); /* concerns only what runs under it */
  slots[0] = 5;
  CHECK(wembed_call(host.env, host_function(&host, "count"), slots, NULL));
  wembed_stop_delete(stop);
  host_close(&host);
}

static void started(wasm_exec_env_t env) { (void)env; }
static NativeSymbol natives[] = {EXPORT_WASM_API_WITH_SIG(started, "()")};

TEST(start_functions_obey_too) {
  CHECK(wasm_runtime_register_natives("env", natives, 1));
  Bytes bytes = host_read("start_loop");
  wasm_module_t module = wasm_runtime_load(bytes.data, bytes.size, NULL, 0);
  wembed_stop_t stop = wembed_stop_new(NULL);
  wembed_instantiate_options_t options = {.size = sizeof options, .deadline_ms = 20};
  wembed_error_t error;
  CHECK(wembed_instantiate(module, &options, &error) == NULL);
  CHECK(error.kind == WEMBED_ERROR_TRAP && strcmp(error.code, "Deadline") == 0);
  options = (wembed_instantiate_options_t){.size = sizeof options, .fuel = 10000};
  CHECK(wembed_instantiate(module, &options, &error) == NULL);
  CHECK_TEXT(error.code, "InstructionLimit");
  options = (wembed_instantiate_options_t){.size = sizeof options, .stop = stop};
  wembed_stop_request(stop);
  CHECK(wembed_instantiate(module, &options, &error) == NULL);
  CHECK_TEXT(error.code, "Terminated");
  wembed_stop_delete(stop);
  wasm_runtime_unload(module);
  free(bytes.data);
}

/* Asked by the runtime while a guest runs: counts, and ends the guest at the limit. */
static int asked, asked_at_most;

static bool may_go_on(void* context) {
  CHECK(context == &asked);
  return ++asked < asked_at_most;
}

typedef struct AskedGuest {
  wembed_runtime_t runtime;
  Bytes bytes;
  wasm_module_t module;
  wasm_module_inst_t instance;
  wasm_exec_env_t env;
} AskedGuest;

static AskedGuest asked_guest(uint32_t period_ms) {
  wembed_config_t config = {.size = sizeof config, .checkpoint = may_go_on};
  config.checkpoint_context = &asked;
  config.checkpoint_ms = period_ms;
  wembed_error_t error;
  AskedGuest guest = {.runtime = wembed_runtime_new(&config, &error), .bytes = host_read("traps")};
  wembed_source_t source = {.size = sizeof source};
  source.bytes = guest.bytes.data;
  source.length = guest.bytes.size;
  guest.module = wembed_load(guest.runtime, &source, &error);
  guest.instance = wembed_instantiate(guest.module, NULL, &error);
  guest.env = wasm_runtime_create_exec_env(guest.instance, 16384);
  return guest;
}

static void end_asked_guest(const AskedGuest* guest) {
  wasm_runtime_destroy_exec_env(guest->env);
  wasm_runtime_deinstantiate(guest->instance);
  wasm_runtime_unload(guest->module);
  wembed_runtime_delete(guest->runtime);
  free(guest->bytes.data);
}

static void checkpoints(void) {
  AskedGuest guest = asked_guest(5);
  wasm_module_inst_t instance = guest.instance;
  wasm_exec_env_t env = guest.env;
  wasm_function_inst_t loop = wasm_runtime_lookup_function(instance, "loop");
  wasm_function_inst_t count = wasm_runtime_lookup_function(instance, "count");
  struct timespec time = {0, 40000000};
  for (int round = 0; round < 3 && CHECK(env != NULL); ++round) {
    asked = 0;
    asked_at_most = 4;
    uint64_t slots[1] = {0};
    CHECK(!wembed_call(env, loop, slots, NULL));
    CHECK_EQ(asked, 4);
    CHECK_TEXT(wasm_runtime_get_exception(instance), "Exception: terminated by user");
    wasm_runtime_clear_exception(instance);
    asked_at_most = 1000000;
    slots[0] = 1000;
    CHECK(wembed_call(env, count, slots, NULL));
    nanosleep(&time, NULL); /* idle by then: nobody is asked, and the next call starts it anew */
    int before = asked;
    nanosleep(&time, NULL);
    CHECK_EQ(asked, before);
  }
  end_asked_guest(&guest);
  wembed_config_t config = {.size = sizeof config, .checkpoint = may_go_on};
  wembed_error_t error;
  CHECK(wembed_runtime_new(&config, &error) == NULL);
}

/* Calls that begin while the timer is about to go idle are passed by it as well. */
TEST(no_call_misses_the_checkpoint) {
  AskedGuest guest = asked_guest(1);
  wasm_module_inst_t instance = guest.instance;
  wasm_exec_env_t env = guest.env;
  wasm_function_inst_t loop = wasm_runtime_lookup_function(instance, "loop");
  wembed_call_options_t options = {.size = sizeof options, .deadline_ms = 60000, .fuel = -1};
  struct timespec time = {0, 0};
  for (int round = 0; round < 300 && CHECK(env != NULL); ++round) {
    asked = 0;
    asked_at_most = 1;
    uint64_t slots[1] = {0};
    CHECK(!wembed_call(env, loop, slots, &options));
    CHECK_TEXT(wasm_runtime_get_exception(instance), "Exception: terminated by user");
    wasm_runtime_clear_exception(instance);
    time.tv_nsec = round * 10000L;
    nanosleep(&time, NULL);
  }
  end_asked_guest(&guest);
}

int main(void) {
  RUN(slots);
  RUN(error_with_call_stack);
  RUN(places_are_good_while_the_module_is);
  RUN(memory_faults_know_their_place);
  RUN(deadline);
  RUN(fuel);
  RUN(stop_requests);
  RUN(start_functions_obey_too);
  RUN(checkpoints);
  RUN(no_call_misses_the_checkpoint);
  return host_result();
}
