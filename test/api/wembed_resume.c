/* wembed_call_start, wembed_call_resume: calls that wait for deferred host functions. */
#include <pthread.h>
#include <time.h>

#include "../yardstick.h"
#include "host.h"
#include "wembed.h"

/* An instance of deferred.wasm whose imports are deferred. */
typedef struct Waiter {
  Host host;
  wembed_host_call_t call;
  uint64_t slots[2];
  int answers; /* of the callback */
} Waiter;

static bool answers(wasm_exec_env_t env, void* data, uint64_t* slots) {
  (void)env;
  ((Waiter*)data)->answers++;
  slots[0] = (uint32_t)(slots[0] * 2 + slots[1]);
  return true;
}

static bool begin(Waiter* waiter, uint32_t stack, wembed_callback_t callback) {
  memset(waiter, 0, sizeof *waiter);
  waiter->call.size = sizeof waiter->call;
  Host* host = &waiter->host;
  host->bytes = host_read("deferred");
  host->module =
      wasm_runtime_load(host->bytes.data, host->bytes.size, host_error, sizeof host_error);
  wembed_import_t imports[2] = {{.source = WEMBED_IMPORT_DEFERRED, .data = waiter},
                                {.source = WEMBED_IMPORT_DEFERRED, .data = &waiter->slots}};
  imports[0].callback = callback;
  wembed_instantiate_options_t options = {.size = sizeof options, .strict = true};
  options.imports = imports;
  options.import_count = 2;
  wembed_error_t error;
  host->instance = wembed_instantiate(host->module, &options, &error);
  if (!CHECK(host->instance != NULL)) return false;
  host->env = wasm_runtime_create_exec_env(host->instance, stack);
  return CHECK(host->env != NULL);
}

static wembed_call_state_t start(Waiter* waiter, const char* name, uint32_t a, uint32_t b,
                                 const wembed_call_options_t* options) {
  waiter->slots[0] = a;
  waiter->slots[1] = b;
  return wembed_call_start(waiter->host.env, host_function(&waiter->host, name), waiter->slots,
                           options, &waiter->call);
}

static wembed_call_state_t answer(Waiter* waiter, uint32_t value) {
  waiter->call.slots[0] = value;
  return wembed_call_resume(waiter->host.env, true, waiter->slots, &waiter->call);
}

static wembed_call_state_t fail(Waiter* waiter) {
  return wembed_call_resume(waiter->host.env, false, waiter->slots, &waiter->call);
}

TEST(arguments_and_results) {
  Waiter waiter;
  if (!begin(&waiter, 16384, NULL)) return host_close(&waiter.host);
  const char* names[] = {"once", "through_table"};
  for (int i = 0; i < 2; ++i) {
    CHECK_EQ(start(&waiter, names[i], 20, 22, NULL), WEMBED_CALL_WAITING);
    CHECK(waiter.call.data == &waiter);
    CHECK(waiter.call.function == host_function(&waiter.host, "asked"));
    CHECK(waiter.call.slots[0] == 20 && waiter.call.slots[1] == 22);
    void* data = NULL;
    wasm_memory_inst_t memory = NULL;
    CHECK(wembed_host_context(waiter.host.env, &data, &memory));
    CHECK(data == &waiter && memory == wasm_runtime_get_default_memory(waiter.host.instance));
    CHECK_EQ(answer(&waiter, 41), WEMBED_CALL_DONE);
    CHECK_EQ(waiter.slots[0], 42);
    CHECK(!wembed_host_context(waiter.host.env, &data, &memory));
  }
  /* Several results, of a function with other data. */
  double argument = 1.5;
  memcpy(waiter.slots, &argument, 8);
  CHECK_EQ(wembed_call_start(waiter.host.env, host_function(&waiter.host, "pair"), waiter.slots,
                             NULL, &waiter.call),
           WEMBED_CALL_WAITING);
  CHECK(waiter.call.data == &waiter.slots && memcmp(waiter.call.slots, &argument, 8) == 0);
  waiter.call.slots[1] = 1ull << 40;
  CHECK_EQ(answer(&waiter, (uint32_t)-1), WEMBED_CALL_DONE);
  CHECK_EQ(waiter.slots[0], (1ull << 40) - 1);
  /* The host function itself, and one that needs none. */
  CHECK_EQ(start(&waiter, "asked", 5, 6, NULL), WEMBED_CALL_WAITING);
  CHECK(waiter.call.slots[0] == 5 && waiter.call.slots[1] == 6);
  CHECK_EQ(answer(&waiter, 7), WEMBED_CALL_DONE);
  CHECK_EQ(waiter.slots[0], 7);
  CHECK_EQ(start(&waiter, "add", 5, 6, NULL), WEMBED_CALL_DONE);
  CHECK_EQ(waiter.slots[0], 11);
  host_close(&waiter.host);
}

TEST(again_and_again) {
  Waiter waiter;
  if (!begin(&waiter, 16384, NULL)) return host_close(&waiter.host);
  wembed_call_state_t state = start(&waiter, "often", 1000, 0, NULL);
  uint32_t calls = 0;
  for (; state == WEMBED_CALL_WAITING; ++calls) {
    CHECK_EQ(waiter.call.slots[1], calls * 3);
    state = answer(&waiter, 3);
  }
  CHECK(state == WEMBED_CALL_DONE && calls == 1000 && waiter.slots[0] == 3000);
  host_close(&waiter.host);
}

/* Calls on top of calls that wait, until the wasm stack is full; they end in reverse. */
TEST(nesting) {
  Waiter waiter;
  if (!begin(&waiter, 65536, NULL)) return host_close(&waiter.host);
  uint64_t* slots[1000];
  uint32_t depth = 0;
  for (; start(&waiter, "once", depth, 0, NULL) == WEMBED_CALL_WAITING; ++depth) {
    slots[depth] = waiter.call.slots;
    if (!CHECK(depth < 999)) break;
  }
  CHECK(depth > 150);
  CHECK_TEXT(host_ended(&waiter.host), "Exception: wasm operand stack overflow");
  while (depth-- > 0) {
    waiter.call.slots = slots[depth];
    CHECK_EQ(slots[depth][0], depth);
    if (depth % 7 == 0) {
      CHECK_EQ(fail(&waiter), WEMBED_CALL_FAILED);
      CHECK_TEXT(host_ended(&waiter.host), "Exception: host function failed");
    } else {
      CHECK_EQ(answer(&waiter, depth), WEMBED_CALL_DONE);
      CHECK_EQ(waiter.slots[0], depth + 1);
    }
    CHECK_EQ(start(&waiter, "add", 1, 2, NULL), WEMBED_CALL_DONE);
    CHECK_EQ(waiter.slots[0], 3);
  }
  CHECK_EQ(fail(&waiter), WEMBED_CALL_REFUSED);
  host_close(&waiter.host);
}

TEST(traps_with_their_frames) {
  Waiter waiter;
  if (!begin(&waiter, 16384, NULL)) return host_close(&waiter.host);
  wembed_error_t error;
  wembed_frame_t frame;
  uint32_t total = 0;
  for (int i = 0; i < 2; ++i) {
    CHECK_EQ(start(&waiter, "deep", 5, 0, NULL), WEMBED_CALL_WAITING);
    if (i == 1) wasm_runtime_set_exception(waiter.host.instance, "on purpose");
    CHECK_EQ(i == 0 ? fail(&waiter) : answer(&waiter, 1), WEMBED_CALL_FAILED);
    CHECK(wembed_get_error(waiter.host.instance, &error));
    CHECK_TEXT(error.message, i == 0 ? "host function failed" : "on purpose");
    CHECK_TEXT(error.code, "HostException");
    CHECK_EQ(wembed_trap_frame_count(waiter.host.instance, &total), 7);
    CHECK(wembed_trap_frame(waiter.host.instance, 0, &frame) && frame.function_index == 0);
    for (uint32_t at = 1; at < 7; ++at) {
      CHECK(wembed_trap_frame(waiter.host.instance, at, &frame));
      CHECK(strncmp(frame.function_name, "deep", 4) == 0);
      CHECK_EQ(waiter.host.bytes.data[frame.offset], 0x10); /* call */
    }
    wasm_runtime_clear_exception(waiter.host.instance);
  }
  host_close(&waiter.host);
}

TEST(memory_grows_meanwhile) {
  Waiter waiter;
  if (!begin(&waiter, 16384, NULL)) return host_close(&waiter.host);
  CHECK_EQ(start(&waiter, "load", 0, 0, NULL), WEMBED_CALL_WAITING);
  CHECK(wasm_runtime_enlarge_memory(waiter.host.instance, 3));
  wasm_memory_inst_t memory = wasm_runtime_get_default_memory(waiter.host.instance);
  uint32_t value = 77;
  memcpy((char*)wasm_memory_get_base_address(memory) + 200000, &value, 4);
  CHECK_EQ(answer(&waiter, 200000), WEMBED_CALL_DONE);
  CHECK_EQ(waiter.slots[0], 77);
  CHECK_EQ(start(&waiter, "load", 0, 0, NULL), WEMBED_CALL_WAITING);
  CHECK_EQ(answer(&waiter, 4 * 65536), WEMBED_CALL_FAILED);
  CHECK_TEXT(host_ended(&waiter.host), "Exception: out of bounds memory access");
  host_close(&waiter.host);
}

static void pause_ms(long ms) {
  struct timespec time = {ms / 1000, ms % 1000 * 1000000};
  nanosleep(&time, NULL);
}

TEST(limits_hold_while_it_waits) {
  Waiter waiter;
  wembed_stop_t stop = wembed_stop_new(NULL);
  if (!begin(&waiter, 16384, NULL) || !stop) return host_close(&waiter.host);
  /* The guest has to come to its host call before the deadline; else what is nested has none. */
  uint32_t deadline = patience(200);
  wembed_call_options_t options = {.size = sizeof options, .deadline_ms = deadline, .fuel = -1};
  wembed_call_state_t first = start(&waiter, "forever", 0, 0, &options);
  CHECK_EQ(first, WEMBED_CALL_WAITING);
  if (first != WEMBED_CALL_WAITING) {
    wembed_stop_delete(stop);
    return host_close(&waiter.host);
  }
  /* The timer's thread is late where much else runs. */
  pause_ms(deadline);
  for (uint32_t left = patience(1000); left > 0 && !wembed_host_must_stop(waiter.host.env); --left)
    pause_ms(1);
  CHECK(wembed_host_must_stop(waiter.host.env));
  wasm_runtime_clear_exception(waiter.host.instance);
  /* For what is nested in it as well. */
  CHECK_EQ(start(&waiter, "forever", 0, 0, NULL), WEMBED_CALL_FAILED);
  CHECK_TEXT(host_ended(&waiter.host), "Exception: deadline exceeded");
  CHECK_EQ(answer(&waiter, 0), WEMBED_CALL_FAILED);
  CHECK_TEXT(host_ended(&waiter.host), "Exception: deadline exceeded");

  options = (wembed_call_options_t){.size = sizeof options, .fuel = 1000};
  wembed_call_state_t state = start(&waiter, "often", 1000, 0, &options);
  int calls = 0;
  for (; state == WEMBED_CALL_WAITING; ++calls) state = answer(&waiter, 1);
  CHECK(state == WEMBED_CALL_FAILED && calls > 20 && calls < 500);
  CHECK_TEXT(host_ended(&waiter.host), "Exception: instruction limit exceeded");

  options = (wembed_call_options_t){.size = sizeof options, .fuel = -1, .stop = stop};
  CHECK_EQ(start(&waiter, "forever", 0, 0, &options), WEMBED_CALL_WAITING);
  wembed_stop_request(stop);
  CHECK_EQ(answer(&waiter, 0), WEMBED_CALL_FAILED);
  CHECK_TEXT(host_ended(&waiter.host), "Exception: terminated by user");
  CHECK_EQ(start(&waiter, "once", 0, 0, &options), WEMBED_CALL_FAILED);
  CHECK_TEXT(host_ended(&waiter.host), "Exception: terminated by user");
  wembed_stop_clear(stop);

  CHECK_EQ(start(&waiter, "once", 0, 0, &options), WEMBED_CALL_WAITING);
  wasm_runtime_terminate(waiter.host.instance);
  CHECK_EQ(answer(&waiter, 0), WEMBED_CALL_FAILED);
  CHECK_TEXT(host_ended(&waiter.host), "Exception: terminated by user");
  CHECK_EQ(start(&waiter, "add", 1, 1, &options), WEMBED_CALL_DONE);
  wembed_stop_delete(stop);
  host_close(&waiter.host);
}

TEST(neither_reset_nor_ended_while_it_waits) {
  Waiter waiter;
  if (!begin(&waiter, 16384, NULL)) return host_close(&waiter.host);
  wembed_error_t error;
  CHECK_EQ(start(&waiter, "once", 1, 2, NULL), WEMBED_CALL_WAITING);
  CHECK(!wembed_instance_reset(waiter.host.instance, NULL, &error));
  CHECK_EQ(error.kind, WEMBED_ERROR_USAGE);
  wasm_runtime_destroy_exec_env(waiter.host.env);
  CHECK_EQ(answer(&waiter, 1), WEMBED_CALL_DONE);
  CHECK_EQ(waiter.slots[0], 2);
  CHECK(wembed_instance_reset(waiter.host.instance, NULL, &error));
  host_close(&waiter.host);
}

static void* answers_elsewhere(void* data) {
  Waiter* waiter = data;
  uintptr_t state = answer(waiter, 9);
  return (void*)state;
}

static wembed_call_state_t on_another_thread(Waiter* waiter) {
  pthread_t thread;
  void* state = NULL;
  pthread_create(&thread, NULL, answers_elsewhere, waiter);
  pthread_join(thread, &state);
  return (wembed_call_state_t)(uintptr_t)state;
}

TEST(the_last_one_left_is_the_first_to_go_on) {
  Waiter one, two;
  if (!begin(&one, 16384, NULL) || !begin(&two, 16384, NULL)) return;
  CHECK_EQ(start(&one, "once", 1, 0, NULL), WEMBED_CALL_WAITING);
  CHECK_EQ(on_another_thread(&one), WEMBED_CALL_REFUSED);
  CHECK_EQ(start(&two, "once", 2, 0, NULL), WEMBED_CALL_WAITING);
  CHECK_EQ(answer(&one, 1), WEMBED_CALL_REFUSED);
  wembed_call_options_t apart = {.size = sizeof apart, .fuel = -1, .is_apart = true};
  CHECK_EQ(start(&two, "once", 2, 0, &apart), WEMBED_CALL_REFUSED);
  CHECK_EQ(answer(&two, 2), WEMBED_CALL_DONE);
  CHECK_EQ(answer(&one, 1), WEMBED_CALL_DONE);
  CHECK(one.slots[0] == 2 && two.slots[0] == 3);
  CHECK_EQ(answer(&one, 1), WEMBED_CALL_REFUSED);
  host_close(&one.host);
  host_close(&two.host);
}

TEST(coroutines) {
  enum { COUNT = 5 };
  Waiter waiters[COUNT];
  wembed_call_options_t apart = {.size = sizeof apart, .fuel = -1, .is_apart = true};
  for (int i = 0; i < COUNT; ++i) {
    if (!begin(&waiters[i], 16384, NULL)) return;
    CHECK_EQ(start(&waiters[i], "often", 10, 0, &apart), WEMBED_CALL_WAITING);
  }
  /* In any order, on any thread, and inside of others that wait. */
  for (int round = 0; round < 9; ++round) {
    for (int i = 0; i < COUNT; ++i) {
      Waiter* waiter = &waiters[(i * 3 + round) % COUNT];
      CHECK_EQ(i == 0 ? on_another_thread(waiter) : answer(waiter, 9), WEMBED_CALL_WAITING);
    }
  }
  CHECK_EQ(start(&waiters[0], "add", 1, 2, NULL), WEMBED_CALL_DONE); /* on top of it */
  CHECK_EQ(waiters[0].slots[0], 3);
  for (int i = 0; i < COUNT; ++i) {
    if (i == 2) {
      CHECK_EQ(fail(&waiters[i]), WEMBED_CALL_FAILED);
      CHECK_TEXT(host_ended(&waiters[i].host), "Exception: host function failed");
    } else {
      CHECK_EQ(answer(&waiters[i], 9), WEMBED_CALL_DONE);
      CHECK_EQ(waiters[i].slots[0], 90);
    }
    host_close(&waiters[i].host);
  }
}

TEST(other_calls_use_the_callback) {
  Waiter waiter;
  if (!begin(&waiter, 16384, answers)) return host_close(&waiter.host);
  CHECK_EQ(host_i32(&waiter.host, "once", 20, 1), 42);
  CHECK_EQ(waiter.answers, 1);
  CHECK_EQ(start(&waiter, "once", 1, 1, NULL), WEMBED_CALL_WAITING);
  CHECK_EQ(host_i32(&waiter.host, "once", 1, 1), 4);
  CHECK_EQ(answer(&waiter, 1), WEMBED_CALL_DONE);
  CHECK_EQ(waiter.answers, 2);
  host_close(&waiter.host);
  if (!begin(&waiter, 16384, NULL)) return host_close(&waiter.host);
  CHECK_PREFIX(host_trap(&waiter.host, "once", 1), "Exception: a deferred host function");
  host_close(&waiter.host);
}

/* Begins calls of its own and forgets them. */
static bool forgets(wasm_exec_env_t env, void* data, uint64_t* slots) {
  Waiter* waiter = data;
  waiter->answers++;
  if (waiter->answers > 1) return true;
  for (int i = 0; i < 3; ++i) {
    uint64_t own[2] = {1, 1};
    wembed_host_call_t call = {.size = sizeof call};
    CHECK_EQ(wembed_call_start(env, host_function(&waiter->host, "once"), own, NULL, &call),
             WEMBED_CALL_WAITING);
  }
  slots[0] = 0;
  return true;
}

TEST(calls_that_are_forgotten_end_with_their_host_function) {
  Waiter waiter;
  if (!begin(&waiter, 16384, forgets)) return host_close(&waiter.host);
  CHECK_TEXT(host_trap(&waiter.host, "once", 1), "Exception: host function failed");
  CHECK_EQ(fail(&waiter), WEMBED_CALL_REFUSED);
  CHECK_EQ(host_i32(&waiter.host, "once", 6, 0), 7);
  CHECK_EQ(start(&waiter, "once", 1, 0, NULL), WEMBED_CALL_WAITING);
  CHECK_EQ(answer(&waiter, 1), WEMBED_CALL_DONE);
  host_close(&waiter.host);
}

/* One that was begun inside of a call and outlasts it goes on by itself. */
static bool leaves_another(wasm_exec_env_t env, void* data, uint64_t* slots) {
  (void)env;
  (void)slots;
  Waiter* other = ((Waiter*)data) + 1;
  CHECK_EQ(start(other, "once", 3, 0, NULL), WEMBED_CALL_WAITING);
  return true;
}

TEST(one_that_outlasts_the_call_it_was_made_in) {
  Waiter waiters[2];
  if (!begin(&waiters[0], 16384, leaves_another) || !begin(&waiters[1], 16384, NULL)) return;
  host_i32(&waiters[0].host, "once", 1, 1);
  host_close(&waiters[0].host);
  CHECK_EQ(answer(&waiters[1], 9), WEMBED_CALL_DONE);
  CHECK_EQ(waiters[1].slots[0], 10);
  host_close(&waiters[1].host);
}

TEST(what_makes_no_sense) {
  Waiter waiter;
  if (!begin(&waiter, 16384, NULL)) return host_close(&waiter.host);
  wembed_host_call_t call = {.size = 1};
  wasm_function_inst_t once = host_function(&waiter.host, "once");
  CHECK_EQ(wembed_call_start(waiter.host.env, once, waiter.slots, NULL, &call), WEMBED_CALL_FAILED);
  CHECK(strstr(host_ended(&waiter.host), "host_call") != NULL);
  CHECK_EQ(wembed_call_start(waiter.host.env, once, NULL, NULL, &waiter.call), WEMBED_CALL_FAILED);
  CHECK_TEXT(host_ended(&waiter.host), "Exception: the slots are NULL");
  CHECK_EQ(wembed_call_start(NULL, once, waiter.slots, NULL, &waiter.call), WEMBED_CALL_FAILED);
  CHECK_EQ(wembed_call_resume(NULL, true, waiter.slots, &waiter.call), WEMBED_CALL_REFUSED);
  CHECK_EQ(fail(&waiter), WEMBED_CALL_REFUSED);
  host_close(&waiter.host);
}

int main(void) {
  RUN(arguments_and_results);
  RUN(again_and_again);
  RUN(nesting);
  RUN(traps_with_their_frames);
  RUN(memory_grows_meanwhile);
  RUN(limits_hold_while_it_waits);
  RUN(neither_reset_nor_ended_while_it_waits);
  RUN(the_last_one_left_is_the_first_to_go_on);
  RUN(coroutines);
  RUN(other_calls_use_the_callback);
  RUN(calls_that_are_forgotten_end_with_their_host_function);
  RUN(one_that_outlasts_the_call_it_was_made_in);
  RUN(what_makes_no_sense);
  return host_result();
}
