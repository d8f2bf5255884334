/*
 * A block that is too small by any number of bytes, allocations that fail one after the other, and
 * ten thousand random cycles: an error each time, and the block is whole again.
 */
#include "apart.h"

/* Everything in a block of that size: whether there was enough. It is whole again in any case. */
static bool squeeze(const Program* program, uint32_t bytes, unsigned round) {
  wembed_config_t config = block_config(bytes);
  wembed_error_t error;
  wembed_runtime_t runtime = wembed_runtime_new(&config, &error);
  if (runtime == NULL) {
    CHECK(error.message[0] != 0);
    return false;
  }
  mem_alloc_info_t before = info_of(runtime);
  bool good = register_host(NULL, runtime);
  mem_alloc_info_t registered = info_of(runtime);
  good &= drive(runtime, program, round);
  CHECK(is_whole(runtime, &registered));
  CHECK(good || before.total_free_size < bytes);
  wembed_runtime_delete(runtime);
  return good;
}

/* In every size from nothing to enough, `step` bytes apart. */
static void squeeze_all(const char* name, uint32_t step, unsigned round) {
  const Program* program = program_named(name);
  unsigned fits = 0;
  unsigned too_small = 0;
  for (uint32_t bytes = 0; fits < 20 && bytes < BLOCK_BYTES; bytes += step) {
    if (squeeze(program, bytes, round)) {
      ++fits;
    } else {
      ++too_small;
    }
  }
  CHECK_EQ(fits, 20);
  CHECK(too_small > 20);
  /* And carries on with plenty. */
  CHECK(squeeze(program, BLOCK_BYTES, round));
}

TEST(running_out_of_the_block_at_every_point) {
  wembed_config_t config = block_config(1 << 16); /* keeps the timer's thread */
  config.mem_alloc_option.pool.heap_buf = block + BLOCK_BYTES - (1 << 16);
  wembed_runtime_t keeper = wembed_runtime_new(&config, NULL);
  CHECK(keeper != NULL);
  forbid();
  squeeze_all("execute", 16, 0);
  squeeze_all("execute", 16, 1);
  squeeze_all("calls", 16, 0);
  squeeze_all("calls", 16, 1);
  squeeze_all("traps", 16, 1);
  squeeze_all("natives", 16, 1);
  squeeze_all("assemblyscript", 48, 0);
  squeeze_all("memory", 48, 1);
  squeeze_all("inspect", 112, 1);
  squeeze_all("start_order", 16, 0);
  allow_memory();
  if (!filtered) wembed_runtime_delete(keeper);
}

/* What makes more allocations than this takes as many runs, each of which is as long: a program
   that throws thousands of exceptions, for example. Its parts have unit tests for that. */
enum { MOST_ALLOCATIONS = 1500 };

static long allocations_of(const Program* program, unsigned round) {
  enum { PLENTY = 1 << 24 };
  arena_left = PLENTY;
  wembed_config_t config = functions_config();
  config.deadlines_off = true;
  wembed_runtime_t runtime = wembed_runtime_new(&config, NULL);
  if (CHECK(runtime != NULL) && register_host(NULL, runtime)) (void)drive(runtime, program, round);
  long used = PLENTY - arena_left;
  arena_left = -1;
  wembed_runtime_delete(runtime);
  return used;
}

TEST(each_allocation_fails_in_turn) {
  unsigned left_out = 0;
  forbid();
  for (unsigned i = 0; i < program_count; ++i) {
    if (programs[i].bytes.size > 4096) continue;
    if (allocations_of(&programs[i], 0) > MOST_ALLOCATIONS) {
      ++left_out;
      continue;
    }
    for (unsigned round = 0; round < 3; ++round) {
      bool done = false;
      for (long which = 0; which < 5000 && !done; ++which) {
        arena_left = which;
        wembed_config_t config = functions_config();
        config.deadlines_off = true;
        wembed_runtime_t runtime = wembed_runtime_new(&config, NULL);
        if (runtime != NULL) {
          if (register_host(NULL, runtime)) (void)drive(runtime, &programs[i], round);
          done = arena_left > 0;
          arena_left = -1;
          drive(runtime, &programs[i], round); /* what failed before leaves nothing behind */
          wembed_runtime_delete(runtime);
        }
        CHECK_EQ(arena_live, 0);
      }
      if (!CHECK(done)) fprintf(stderr, "  that was %s\n", programs[i].name);
    }
  }
  CHECK(left_out * 20 < program_count);
  arena_left = -1;
  allow_memory();
}

/* ---- Fragmentation */

typedef struct Live {
  wasm_module_t module;
  wasm_module_inst_t instance;
} Live;

static uint32_t random_state = 1;
static uint32_t random_number(uint32_t below) {
  random_state = random_state * 1664525u + 1013904223u;
  return (random_state >> 8) % below;
}

static void open_live(wembed_runtime_t runtime, Live* live) {
  bool good;
  const Program* program = &programs[random_number(program_count)];
  if (program->bytes.size > 100000) return;
  live->module = load_program(runtime, program, random_number(6), &good);
  if (live->module == NULL) return;
  wembed_instantiate_options_t options = limited_options();
  options.heap_size = random_number(3) * 4096;
  live->instance = wembed_instantiate(live->module, &options, NULL);
}

static void close_live(Live* live) {
  if (live->instance != NULL) wasm_runtime_deinstantiate(live->instance);
  wasm_runtime_unload(live->module);
  *live = (Live){NULL, NULL};
}

TEST(ten_thousand_random_cycles_leave_the_block_whole) {
  wembed_config_t config = block_config(8 << 20);
  wembed_runtime_t runtime = wembed_runtime_new(&config, NULL);
  if (!CHECK(runtime != NULL)) return;
  forbid();
  CHECK(register_host(NULL, runtime));
  mem_alloc_info_t before = info_of(runtime);
  static Live live[12];
  for (unsigned cycle = 0; cycle < 10000; ++cycle) {
    Live* one = &live[random_number(12)];
    if (one->module == NULL) {
      open_live(runtime, one);
    } else if (one->instance != NULL && random_number(2) == 0) {
      use_instance(one->instance, one->module, cycle & ~2u);
    } else {
      close_live(one);
    }
  }
  for (unsigned i = 0; i < 12; ++i) close_live(&live[i]);
  CHECK(is_whole(runtime, &before));
  allow_memory();
  if (filtered) return;
  wembed_runtime_delete(runtime);
  /* One piece: a block of nearly everything can be had. */
  config.deadlines_off = true;
  runtime = wembed_runtime_new(&config, NULL);
  CHECK(runtime != NULL);
  wembed_runtime_delete(runtime);
}

int main(int argc, char** argv) {
  begin_apart(argc, argv);
  RUN_APART(running_out_of_the_block_at_every_point);
  RUN_APART(each_allocation_fails_in_turn);
  RUN_APART(ten_thousand_random_cycles_leave_the_block_whole);
  return host_result();
}
