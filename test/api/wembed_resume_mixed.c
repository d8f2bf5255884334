/* wembed_call_resume: calls that were left in frames of the interpreter and of machine code. */
#include "host.h"
#include "wembed.h"

typedef struct Guest {
  Host host;
  wembed_host_call_t call;
  uint64_t slots[2];
} Guest;

static bool begin(Guest* guest, const char* module, wembed_import_t* imports) {
  memset(guest, 0, sizeof *guest);
  guest->call.size = sizeof guest->call;
  Host* host = &guest->host;
  host->bytes = host_read(module);
  host->module =
      wasm_runtime_load(host->bytes.data, host->bytes.size, host_error, sizeof host_error);
  wembed_instantiate_options_t options = {.size = sizeof options, .strict = true};
  options.imports = imports;
  options.import_count = 2;
  wembed_error_t error;
  host->instance = wembed_instantiate(host->module, &options, &error);
  if (!CHECK(host->instance != NULL)) return false;
  host->env = wasm_runtime_create_exec_env(host->instance, 65536);
  return CHECK(host->env != NULL);
}

static bool begin_deferred(Guest* guest) {
  wembed_import_t imports[2] = {{.source = WEMBED_IMPORT_DEFERRED},
                                {.source = WEMBED_IMPORT_DEFERRED}};
  return begin(guest, "deferred_mixed", imports);
}

static wembed_call_state_t start(Guest* guest, const char* name, uint64_t argument) {
  guest->slots[0] = argument;
  return wembed_call_start(guest->host.env, host_function(&guest->host, name), guest->slots, NULL,
                           &guest->call);
}

static wembed_call_state_t answer(Guest* guest, uint64_t value) {
  guest->call.slots[0] = value;
  return wembed_call_resume(guest->host.env, true, guest->slots, &guest->call);
}

/* What "odd" or "even" adds to the answer. */
static uint32_t added(uint32_t n, bool is_odd) {
  uint32_t sum = 0;
  for (; n > 0; --n, is_odd = !is_odd) sum += is_odd ? n * 3 : n;
  return sum;
}

TEST(frames_in_turns) {
  Guest guest;
  if (!begin_deferred(&guest)) return host_close(&guest.host);
  for (uint32_t n = 0; n < 9; ++n) {
    for (int is_odd = 0; is_odd < 2; ++is_odd) {
      const bool asks_as_odd = is_odd ^ (n % 2 == 1);
      CHECK_EQ(start(&guest, is_odd ? "odd" : "even", n), WEMBED_CALL_WAITING);
      CHECK_EQ(guest.call.slots[0], asks_as_odd ? 7 : 9);
      CHECK_EQ(answer(&guest, 100), WEMBED_CALL_DONE);
      CHECK_EQ(guest.slots[0], 100 + added(n, is_odd));
    }
  }
  host_close(&guest.host);
}

TEST(in_turns_again_and_again) {
  Guest guest;
  if (!begin_deferred(&guest)) return host_close(&guest.host);
  wembed_call_state_t state = start(&guest, "often", 500);
  uint32_t calls = 0;
  for (; state == WEMBED_CALL_WAITING; ++calls) state = answer(&guest, calls);
  CHECK_EQ(state, WEMBED_CALL_DONE);
  CHECK_EQ(calls, 500);
  CHECK_EQ(guest.slots[0], 500 * 499 / 2 + 250 * (added(3, true) + added(3, false)));
  host_close(&guest.host);
}

TEST(results_of_all_types) {
  Guest guest;
  if (!begin_deferred(&guest)) return host_close(&guest.host);
  double value = 11;
  float single = 3;
  uint64_t bits = 0;
  memcpy(&bits, &value, 8);
  CHECK_EQ(start(&guest, "sum", bits), WEMBED_CALL_WAITING);
  CHECK_EQ(guest.call.slots[0], bits);
  value = 5.5;
  memcpy(&bits, &value, 8);
  CHECK_EQ(answer(&guest, bits), WEMBED_CALL_DONE);
  memcpy(&value, guest.slots, 8);
  CHECK(value == 5.5 - 2 - 3 + 4.5);
  bits = 0;
  memcpy(&bits, &single, 4);
  CHECK_EQ(start(&guest, "single", bits), WEMBED_CALL_WAITING);
  value = 1.25;
  memcpy(&bits, &value, 8);
  CHECK_EQ(answer(&guest, bits), WEMBED_CALL_DONE);
  memcpy(&single, guest.slots, 4);
  CHECK(single == 3.5f);
  host_close(&guest.host);
}

TEST(a_loop_below_many_frames) {
  Guest guest;
  if (!begin_deferred(&guest)) return host_close(&guest.host);
  wembed_call_state_t state = start(&guest, "deep", 300);
  int calls = 0;
  for (; state == WEMBED_CALL_WAITING; ++calls) {
    /* Nested calls go on top of the frames. */
    if (calls % 10 == 0) {
      const wembed_host_call_t waits = guest.call;
      CHECK_EQ(start(&guest, "odd", 3), WEMBED_CALL_WAITING);
      CHECK_EQ(answer(&guest, 1), WEMBED_CALL_DONE);
      CHECK_EQ(guest.slots[0], 1 + added(3, true));
      guest.call = waits;
    }
    state = answer(&guest, 2);
  }
  CHECK_EQ(state, WEMBED_CALL_DONE);
  CHECK_EQ(calls, 50);
  CHECK_EQ(guest.slots[0], 50 * 2 + 300);
  host_close(&guest.host);
}

TEST(exceptions_go_through_them) {
  Guest guest;
  if (!begin_deferred(&guest)) return host_close(&guest.host);
  for (uint32_t n = 0; n < 4; ++n) {
    CHECK_EQ(start(&guest, "catch", n), WEMBED_CALL_WAITING);
    CHECK_EQ(answer(&guest, 5), WEMBED_CALL_DONE);
    CHECK_EQ(guest.slots[0], 1005 + added(n, true));
    CHECK_EQ(start(&guest, "catch", n), WEMBED_CALL_WAITING);
    CHECK_EQ(wembed_call_resume(guest.host.env, false, guest.slots, &guest.call),
             WEMBED_CALL_FAILED);
    CHECK_TEXT(host_ended(&guest.host), "Exception: host function failed");
  }
  host_close(&guest.host);
}

TEST(traps_have_their_frames) {
  Guest guest;
  if (!begin_deferred(&guest)) return host_close(&guest.host);
  static const char* const names[] = {"reads", "read"};
  for (uint32_t n = 0; n < 3; ++n) {
    CHECK_EQ(start(&guest, "read", n), WEMBED_CALL_WAITING);
    CHECK_EQ(answer(&guest, 1u << 20), WEMBED_CALL_FAILED);
    wembed_error_t error;
    CHECK(wembed_get_error(guest.host.instance, &error));
    CHECK_TEXT(error.code, "MemoryOutOfBounds");
    uint32_t total = 0;
    CHECK_EQ(wembed_trap_frame_count(guest.host.instance, &total), 2);
    for (uint32_t at = 0; at < 2; ++at) {
      wembed_frame_t frame;
      CHECK(wembed_trap_frame(guest.host.instance, at, &frame));
      CHECK(strncmp(frame.function_name, names[at], strlen(names[at])) == 0);
      CHECK_EQ(guest.host.bytes.data[frame.offset], at == 0 ? 0x28 : 0x10); /* i32.load, call */
    }
    host_ended(&guest.host);
    CHECK_EQ(start(&guest, "read", n), WEMBED_CALL_WAITING);
    CHECK_EQ(answer(&guest, 65536 - 8 - added(n, true)), WEMBED_CALL_DONE);
  }
  host_close(&guest.host);
}

/* An instance whose questions are functions of another one. */
TEST(frames_of_two_instances) {
  Guest other, guest;
  if (!begin_deferred(&other)) return host_close(&other.host);
  wembed_import_t imports[2] = {{.source = WEMBED_IMPORT_FUNCTION},
                                {.source = WEMBED_IMPORT_DEFERRED}};
  imports[0].function = host_function(&other.host, "add_answer");
  if (begin(&guest, "deferred_mixed", imports)) {
    for (uint32_t n = 0; n < 4; ++n) {
      CHECK_EQ(start(&guest, "odd", n), WEMBED_CALL_WAITING);
      CHECK_EQ(answer(&guest, 4), WEMBED_CALL_DONE);
      CHECK_EQ(guest.slots[0], 4 + (n % 2 == 0 ? 7 + 8 : 9 + 10) + added(n, true));
    }
  }
  host_close(&guest.host);
  host_close(&other.host);
}

int main(void) {
  RUN(frames_in_turns);
  RUN(in_turns_again_and_again);
  RUN(results_of_all_types);
  RUN(a_loop_below_many_frames);
  RUN(exceptions_go_through_them);
  RUN(traps_have_their_frames);
  RUN(frames_of_two_instances);
  return host_result();
}
