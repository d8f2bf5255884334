/* wembed_slice: ranges of guest memory through growth, new lives and other memories. */
#include "guest.h"

#define PAGE 65536u

static int32_t unused(wasm_exec_env_t env, Visit* visit, int32_t argument) {
  (void)env, (void)visit;
  return argument;
}

static bool is_stale(wasm_memory_inst_t memory, const wembed_slice_t* slice) {
  return wembed_slice_data(memory, slice) == NULL;
}

static void check_bounds(wasm_memory_inst_t memory, uint64_t size) {
  static const uint64_t huge[] = {UINT64_MAX, UINT64_MAX - 1, UINT64_C(1) << 63, UINT64_C(1) << 32};
  wembed_slice_t slice;
  uint8_t* base = wasm_memory_get_base_address(memory);
  CHECK(wembed_memory_slice(memory, 0, size, &slice));
  CHECK(wembed_slice_data(memory, &slice) == base);
  CHECK(wembed_memory_slice(memory, size - 1, 1, &slice));
  CHECK(wembed_slice_data(memory, &slice) == base + size - 1);
  CHECK(wembed_memory_slice(memory, size, 0, &slice)); /* behind the last byte, empty */
  CHECK(wembed_slice_data(memory, &slice) == base + size);
  CHECK(!wembed_memory_slice(memory, size, 1, &slice));
  CHECK(slice.offset == 0 && slice.length == 0);
  CHECK(!wembed_memory_slice(memory, size + 1, 0, &slice));
  CHECK(!wembed_memory_slice(memory, 1, size, &slice));
  for (int i = 0; i < 4; ++i) {
    CHECK(!wembed_memory_slice(memory, huge[i], 1, &slice));
    CHECK(!wembed_memory_slice(memory, 1, huge[i], &slice));
    CHECK(!wembed_memory_slice(memory, huge[i], huge[i], &slice)); /* the sum wraps */
    CHECK(!wembed_memory_slice(memory, huge[i], 0, &slice));
  }
  CHECK(!wembed_memory_slice(NULL, 0, 0, &slice));
  CHECK(!wembed_memory_slice(memory, 0, 0, NULL));
}

static void check_copies(wasm_memory_inst_t memory) {
  wembed_slice_t slice;
  char text[16] = "";
  CHECK(wembed_memory_slice(memory, 16, 10, &slice));
  CHECK(wembed_slice_read(memory, &slice, 0, text, 10));
  CHECK_TEXT(text, "guest data");
  CHECK(wembed_slice_write(memory, &slice, 6, "DATA", 4));
  CHECK(wembed_slice_read(memory, &slice, 6, text, 4));
  CHECK_PREFIX(text, "DATAt");
  CHECK(wembed_slice_read(memory, &slice, 10, NULL, 0));
  CHECK(!wembed_slice_read(memory, &slice, 7, text, 4));
  CHECK(!wembed_slice_write(memory, &slice, 11, text, 0));
  CHECK(!wembed_slice_read(memory, &slice, UINT64_MAX, text, 2));
  CHECK(!wembed_slice_write(memory, &slice, 2, text, UINT64_MAX));
  CHECK(!wembed_slice_read(memory, NULL, 0, text, 1) &&
        !wembed_slice_read(NULL, &slice, 0, text, 1));
  slice.length = UINT64_MAX; /* by hand, or by a bug: copies check again */
  CHECK(!wembed_slice_read(memory, &slice, 70000, text, 1));
  slice.offset = UINT64_MAX;
  CHECK(!wembed_slice_write(memory, &slice, 1, text, 1) && !wembed_slice_renew(memory, &slice));
}

TEST(bounds_and_copies) {
  FOR_EACH_BACKEND(row) {
    Visit visit = {NULL, unused, 0, false};
    Guest guest = guest_load(row, "context");
    if (guest_start(&guest, row, 0, (Visit*[]){&visit, &visit}, 2)) {
      check_bounds(guest.memory, PAGE);
      check_copies(guest.memory);
      CHECK_EQ(guest_i32(&guest, "grow", 3, 0), 1);
      check_bounds(guest.memory, 4 * PAGE);
    }
    guest_close(&guest);
  }
}

/* Grown by the guest and by the host, moving or not: data is refused, copies go on. */
TEST(growth_makes_them_stale) {
  FOR_EACH_BACKEND(row) {
    Visit visit = {NULL, unused, 0, false};
    Guest guest = guest_load(row, "context");
    if (guest_start(&guest, row, 0, (Visit*[]){&visit, &visit}, 2)) {
      wembed_slice_t slice, empty;
      char text[16] = "";
      CHECK(wembed_memory_slice(guest.memory, 16, 10, &slice));
      CHECK(wembed_memory_slice(guest.memory, PAGE, 0, &empty));
      CHECK_EQ(guest_i32(&guest, "grow", 0, 0), 1); /* nothing has changed */
      CHECK(!is_stale(guest.memory, &slice));
      CHECK_EQ(guest_i32(&guest, "grow", 100, 0), -1);
      CHECK(!is_stale(guest.memory, &slice));
      for (int round = 0; round < 6; ++round) {
        bool by_host = round % 2 == 1;
        CHECK(by_host ? wasm_memory_enlarge(guest.memory, 3)
                      : guest_i32(&guest, "grow", 3, 0) == 1 + 3 * round);
        CHECK(is_stale(guest.memory, &slice) && is_stale(guest.memory, &empty));
        CHECK(wembed_slice_read(guest.memory, &slice, 0, text, 10));
        CHECK_TEXT(text, "guest data");
        CHECK(wembed_slice_write(guest.memory, &slice, 0, "g", 1));
        CHECK(wembed_slice_renew(guest.memory, &slice) && wembed_slice_renew(guest.memory, &empty));
        CHECK(memcmp(wembed_slice_data(guest.memory, &slice), "guest data", 10) == 0);
      }
    }
    guest_close(&guest);
  }
}

/* One slot, or one heap block, after another: what belonged to the instance before is refused. */
TEST(another_memory_in_the_same_place) {
  FOR_EACH_BACKEND(row) {
    Visit visit = {NULL, unused, 0, false};
    Guest guest = guest_load(row, "context");
    wembed_slice_t old[40];
    for (int round = 0; round < 40; ++round) {
      if (!guest_start(&guest, row, 0, (Visit*[]){&visit, &visit}, 2)) break;
      for (int i = 0; i < round; ++i) {
        char byte;
        CHECK(is_stale(guest.memory, &old[i]));
        CHECK(!wembed_slice_read(guest.memory, &old[i], 0, &byte, 1));
        CHECK(!wembed_slice_write(guest.memory, &old[i], 0, &byte, 1));
      }
      CHECK_EQ(guest_i32(&guest, "grow", 2, 0), 1);
      for (int i = 0; i < round; ++i) CHECK(is_stale(guest.memory, &old[i]));
      CHECK(wembed_memory_slice(guest.memory, round % 2 == 0 ? PAGE : 0, PAGE, &old[round]));
      guest_stop(&guest);
    }
    guest_close(&guest);
  }
}

/* A reset begins another life: copies stop too, until the host asks for the range again. */
TEST(reset_makes_them_stale) {
  FOR_EACH_BACKEND(row) {
    Visit visit = {NULL, unused, 0, false};
    Guest guest = guest_load(row, "context");
    if (guest_start(&guest, row, 0, (Visit*[]){&visit, &visit}, 2)) {
      wembed_slice_t slice, grown;
      wembed_error_t error;
      char text[16] = "";
      for (int round = 0; round < 4; ++round) {
        CHECK(wembed_memory_slice(guest.memory, 16, 10, &slice));
        CHECK(wembed_slice_write(guest.memory, &slice, 0, "old", 3));
        CHECK_EQ(guest_i32(&guest, "grow", 2, 0), 1);
        CHECK(wembed_memory_slice(guest.memory, 2 * PAGE, PAGE, &grown));
        CHECK(wembed_instance_reset(guest.instance, NULL, &error));
        CHECK(is_stale(guest.memory, &slice) && is_stale(guest.memory, &grown));
        CHECK(!wembed_slice_read(guest.memory, &slice, 0, text, 3));
        CHECK(!wembed_slice_write(guest.memory, &slice, 0, "old", 3));
        CHECK(!wembed_slice_renew(guest.memory, &grown));
        if (round % 2 == 1) CHECK_EQ(guest_i32(&guest, "grow", 2, 0), 1); /* the old size again */
        CHECK(is_stale(guest.memory, &slice) && is_stale(guest.memory, &grown));
        CHECK(!wembed_slice_read(guest.memory, &slice, 0, text, 3));
        CHECK(wembed_slice_renew(guest.memory, &slice));
        CHECK(memcmp(wembed_slice_data(guest.memory, &slice), "guest data", 10) == 0);
        CHECK(wembed_instance_reset(guest.instance, NULL, &error));
      }
    }
    guest_close(&guest);
  }
}

/* What the guest's allocator gave stays where it is in the memory, wherever the memory goes. */
TEST(allocated_in_the_guest) {
  FOR_EACH_BACKEND(row) {
    Visit visit = {NULL, unused, 0, false};
    Guest guest = guest_load(row, "context");
    if (guest_start(&guest, row, 4096, (Visit*[]){&visit, &visit}, 2)) {
      void* native = NULL;
      wembed_slice_t slice;
      char text[16] = "";
      uint64_t at = wasm_runtime_module_malloc(guest.instance, 10, &native);
      CHECK(at != 0 && wembed_memory_slice(guest.memory, at, 10, &slice));
      CHECK(wembed_slice_data(guest.memory, &slice) == native);
      memcpy(native, "host  data", 10);
      for (int round = 0; round < 4; ++round) {
        guest_i32(&guest, "grow", 2, 0);
        CHECK(is_stale(guest.memory, &slice));
        CHECK(wembed_slice_read(guest.memory, &slice, 0, text, 10));
        CHECK_TEXT(text, "host  data");
        CHECK(wembed_slice_renew(guest.memory, &slice));
        CHECK(wembed_slice_data(guest.memory, &slice) ==
              wasm_runtime_addr_app_to_native(guest.instance, at));
      }
      wasm_runtime_module_free(guest.instance, at);
    }
    guest_close(&guest);
  }
}

int main(void) {
  RUN(bounds_and_copies);
  RUN(growth_makes_them_stale);
  RUN(another_memory_in_the_same_place);
  RUN(reset_makes_them_stale);
  RUN(allocated_in_the_guest);
  return host_result();
}
