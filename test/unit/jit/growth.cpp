// What compiling costs is bounded by the function's size, whatever is in it: a function whose
// values would have to do with too many places is refused. Steps and bytes are counted, so that no
// clock decides.
#include <functional>

#include "fixture.h"

using namespace wembed;
using namespace wembed::jit;

namespace {

using Fill = std::function<void(BodyBuilder&, uint32_t)>;

// For each byte of the body, and for any.
constexpr uint64_t kSteps = 32, kStepsAtLeast = 128 * 1024;
constexpr uint64_t kBytes = 1024, kBytesAtLeast = 1024 * 1024;

void check_cost(const char* what, uint32_t size, const Fill& fill) {
  BodyBuilder body;
  fill(body, size);
  body.get(0).end();
  WasmBuilder wasm;
  wasm.memory(1);
  wasm.function(wasm.type({kI32}, {kI32}), body, {{size, kI32}});
  ModuleUnderTest module(wasm.finish());
  Allocator memory = system_allocator();
  Pipeline pipeline(memory);
  pipeline.is_checked = false;
  CountingPoll counting;
  const Error error = module.run(0, pipeline, memory, counting.poll);
  CHECK(error == Error::None || error == Error::Limit);
  const uint64_t bytes = body.bytes().size();
  const uint64_t steps = counting.asked * Poll::kInterval;
  const bool is_bounded = steps <= kSteps * bytes + kStepsAtLeast &&
                          pipeline.arena.size() <= kBytes * bytes + kBytesAtLeast;
  CHECK(is_bounded);
  if (is_bounded) return;
  std::fprintf(stderr, "%s: %u, in %llu bytes, take %llu steps and %zu bytes\n", what, size,
               static_cast<unsigned long long>(bytes), static_cast<unsigned long long>(steps),
               pipeline.arena.size());
}

// Up to bodies of 64 KiB, and thousands of locals and blocks.
void check_growth(const char* what, const Fill& fill) {
  for (uint32_t size = 64; size <= 4096; size *= 2) check_cost(what, size, fill);
}

}  // namespace

TEST_CASE(values_that_all_live_at_once) {
  check_growth("values", [](BodyBuilder& body, uint32_t size) {
    for (uint32_t i = 0; i < size; i++)
      body.get(0).i32(static_cast<int32_t>(i)).op(Opcode::I32Mul).set(i + 1);
    for (uint32_t i = 0; i < size; i++) body.get(0).get(i + 1).op(Opcode::I32Xor).set(0);
  });
}

TEST_CASE(ifs_that_set_a_local_each) {
  check_growth("ifs", [](BodyBuilder& body, uint32_t size) {
    for (uint32_t i = 0; i < size; i++) {
      body.get(0).block(Opcode::If).get(0).set(i + 1).end();
    }
    for (uint32_t i = 0; i < size; i++) body.get(0).get(i + 1).op(Opcode::I32Xor).set(0);
  });
}

TEST_CASE(loops_around_each_other_that_set_all_locals) {
  check_growth("loops", [](BodyBuilder& body, uint32_t size) {
    for (uint32_t i = 0; i < size; i++) body.block(Opcode::Loop);
    for (uint32_t i = 0; i < size; i++) body.get(0).set(i + 1).get(i + 1).set(0);
    for (uint32_t i = 0; i < size; i++) body.get(i + 1).op(Opcode::BrIf, 0).end();
  });
}

TEST_CASE(branches_out_of_a_block_that_has_set_all_locals) {
  check_growth("branches", [](BodyBuilder& body, uint32_t size) {
    body.block(Opcode::Block);
    for (uint32_t i = 0; i < size; i++) body.get(0).set(i + 1).get(0).op(Opcode::BrIf, 0);
    body.end();
    for (uint32_t i = 0; i < size; i++) body.get(0).get(i + 1).op(Opcode::I32Xor).set(0);
  });
}

TEST_CASE(a_loop_with_a_table_of_branches_to_cases_that_go_on) {
  check_growth("cases", [](BodyBuilder& body, uint32_t size) {
    body.block(Opcode::Loop);
    for (uint32_t i = 0; i < size; i++) body.block(Opcode::Block);
    body.get(0).op(Opcode::BrTable, size - 1);
    for (uint32_t i = 0; i < size; i++) body.number(i);
    for (uint32_t i = 0; i < size; i++) {
      body.end();
      body.get(0).set(i + 1).get(0).i32(1).op(Opcode::I32Sub).set(0);
      body.get(0).op(Opcode::BrIf, size - 1 - i);
    }
    body.end();
    for (uint32_t i = 0; i < size; i++) body.get(0).get(i + 1).op(Opcode::I32Xor).set(0);
  });
}

TEST_CASE(what_a_vector_leaves_when_it_grows_serves_the_next_ones) {
  Allocator memory = system_allocator();
  Arena arena(memory, SIZE_MAX, 0);
  for (int round = 0; round < 100; round++) {
    Vector<uint64_t> grows(arena.allocator()), beside(arena.allocator());
    for (uint64_t i = 0; i < 4096; i++) {
      REQUIRE(grows.push_back(i) && beside.push_back(i));
    }
    CHECK(grows[4095] == 4095 && beside[4095] == 4095 && grows[17] == 17);
  }
  // Twice 32 KiB stay each round; all that they grew through is there from the first one.
  CHECK(arena.size() <= size_t{102} * 2 * 4096 * sizeof(uint64_t));
}
