// A compilation that is given up: for lack of memory at each of its requests, or because whoever
// waits for it does not want it any longer.
#include <cerrno>
#include <vector>

#include "failing_allocator.h"
#include "fixture.h"
#include "tiers/joined_code.h"

using namespace wembed;
using namespace wembed::jit;
using Bytes = WasmBuilder::Bytes;

namespace {

// Loops, joins, calls with several results, a table of branches, and more values than registers.
Bytes varied_module() {
  WasmBuilder wasm;
  const uint32_t type = wasm.type({kI32, kI64, kF64}, {kI32});
  const uint32_t pair = wasm.type({kI32}, {kI32, kF64});
  wasm.memory(1);
  wasm.function(pair, BodyBuilder().get(0).get(0).op(Opcode::F64ConvertI32S).end());
  BodyBuilder body;
  body.block(Opcode::Loop);
  for (int i = 0; i < 24; i++) body.get(3).i32(i).op(Opcode::I32Xor).get(0).op(Opcode::I32RemU);
  body.get(0).op(Opcode::Call, 0).op(Opcode::I32TruncF64S).op(Opcode::I32Add);
  for (int i = 0; i < 24; i++) body.op(Opcode::I32Add);
  body.set(3);
  body.block(Opcode::Block).block(Opcode::Block).get(3).op(Opcode::BrTable, 1, 0, 1).end();
  body.get(3).get(0).op(Opcode::I32Store, 2, 8).end();
  body.get(0).block(Opcode::If).get(3).set(0).op(Opcode::Else).get(0).i32(1).op(Opcode::I32Sub);
  body.set(0).end();
  body.get(3).op(Opcode::BrIf, 0).end();
  body.get(3).op(Opcode::I32Load, 2, 0).end();
  wasm.function(type, body, {{2, kI32}});
  return wasm.finish();
}

}  // namespace

TEST_CASE(without_memory_a_compilation_ends_and_keeps_nothing) {
  ModuleUnderTest module(varied_module());
  uint64_t failures = 0;
  for (uint64_t n = 1;; n++) {
    FailingAllocator memory(n);
    Error error;
    {
      Pipeline pipeline(memory.allocator(), 0);
      Allocator scratch = system_allocator();
      Poll poll;
      error = module.run(1, pipeline, scratch, poll);
      CHECK_EQ(pipeline.wrong, std::string());
      if (error == Error::None) CHECK(pipeline.is_lowered);
    }
    CHECK_EQ(memory.live(), uint64_t{0});
    CHECK(!memory.wrong_size());
    if (!memory.failed()) {
      CHECK(error == Error::None);
      break;
    }
    CHECK(error == Error::OutOfMemory);
    failures++;
  }
  CHECK(failures > 50);
}

TEST_CASE(machine_code_is_whole_or_nothing_is_left_of_it) {
  if (start() != 0) return;
  ModuleUnderTest module(varied_module());
  const uint64_t bytes_before = code_space().bytes();
  for (uint64_t n = 1;; n++) {
    FailingAllocator memory(n);
    Allocator allocator = memory.allocator();
    JoinedCode* made = nullptr;
    CHECK(make_joined(module.code(1), Poll(), allocator, made) == Trap::None);
    CHECK((made == nullptr) == memory.failed());
    if (made != nullptr) made->tier->release(module.code(1), *made);
    CHECK_EQ(memory.live(), uint64_t{0});
    CHECK_EQ(code_space().bytes(), bytes_before);
    if (!memory.failed()) break;
  }
}

TEST_CASE(without_memory_for_code_nothing_is_left_either) {
  if (start() != 0) return;
  ModuleUnderTest module(varied_module());
  FailingAllocator memory(0);
  Allocator allocator = memory.allocator();
  // As many as there is room for in the regions that there are.
  platform::refuse_code_memory(ENOMEM);
  std::vector<JoinedCode*> all;
  for (JoinedCode* made = nullptr;; all.push_back(made)) {
    CHECK(make_joined(module.code(1), Poll(), allocator, made) == Trap::None);
    if (made == nullptr) break;
  }
  platform::refuse_code_memory(0);
  CHECK(!all.empty());
  for (JoinedCode* made : all) made->tier->release(module.code(1), *made);
  CHECK_EQ(memory.live(), uint64_t{0});
}

TEST_CASE(a_compilation_ends_when_it_is_asked_to) {
  BodyBuilder body;
  for (int i = 0; i < 20'000; i++) body.get(0).i32(i).op(Opcode::I32Add).set(0);
  WasmBuilder wasm;
  wasm.function(wasm.type({kI32}, {kI32}), body.get(0).end());
  ModuleUnderTest module(wasm.finish());
  uint64_t ended = 0;
  for (uint64_t n = 1;; n++) {
    CountingPoll counting;
    counting.end_at = n;
    Allocator memory = system_allocator();
    Pipeline pipeline(memory);
    const Error error = module.run(0, pipeline, memory, counting.poll);
    if (counting.asked < n) {
      CHECK(error == Error::None);
      break;
    }
    CHECK(error == Error::Terminated);
    ended++;
  }
  // Walking twice, cleaning, looking for what lives, allocating, resolving.
  CHECK(ended > 40);
}
