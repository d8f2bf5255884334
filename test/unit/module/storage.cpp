// What loading allocates: every failure is a clean error, nothing is left behind, little is kept.
#include "check.h"
#include "failing_allocator.h"
#include "module/body_validator.h"
#include "wasm_builder.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

// A bit of everything.
Bytes rich_module() {
  WasmBuilder wasm;
  uint32_t unary = wasm.type({kI32}, {kI32});
  uint32_t none = wasm.type({}, {});
  wasm.import_function("env", "f", none);
  wasm.import_global("env", "g", kI32);
  wasm.table(kFuncRef, 10);
  wasm.memory(1);
  wasm.global(kI32, true, {0x23, 0, 0x0b});
  uint32_t f = wasm.function(unary, {0x20, 0, 0x04, 0x7f, 0x41, 1, 0x05, 0x20, 0, 0x0b, 0x0b},
                             {{3, kI64}, {300, kF32}});
  Bytes deep;
  for (int i = 0; i < 300; i++) WasmBuilder::append(deep, {0x02, 0x40, 0x41, 0});
  for (int i = 0; i < 300; i++) WasmBuilder::append(deep, {0x1a, 0x0b});
  deep.push_back(0x0b);
  uint32_t g = wasm.function(none, deep);
  wasm.export_as("f", ExternKind::Func, f);
  wasm.export_as("memory", ExternKind::Memory, 0);
  wasm.start(g);
  wasm.element(WasmBuilder::i32_const(0), {f, g});
  wasm.data(WasmBuilder::i32_const(0), {1, 2, 3});
  wasm.passive_data({4, 5});
  wasm.data_count(2);
  wasm.custom("name", {1, 4, 1, 1, 1, 'x'});
  return wasm.finish();
}

struct Released {
  uint32_t count = 0;
  static void note(void* self, const uint8_t*, size_t) { static_cast<Released*>(self)->count++; }
};

}  // namespace

TEST_CASE(each_allocation_may_fail) {
  Bytes bytes = rich_module();
  for (bool for_good : {false, true}) {
    uint64_t failures = 0;
    for (uint64_t n = 1;; n++) {
      FailingAllocator memory(n, for_good);
      Released released;
      {
        TypeRegistry types(memory.allocator());
        Diagnostic diagnostic;
        Module* module =
            Module::load(memory.allocator(), types, 0,
                         {bytes.data(), bytes.size(), &Released::note, &released}, diagnostic);
        // Giving memory back may fail without harm; then the module is there all the same.
        if (module == nullptr) {
          CHECK(memory.failed());
          failures++;
          CHECK(diagnostic.code == Error::OutOfMemory);
          CHECK_EQ(std::string_view(diagnostic.message), "allocate memory failed");
          CHECK_EQ(released.count, 1u);
          CHECK_EQ(types.group_count(), 0u);
        } else {
          module->release();
          CHECK_EQ(released.count, 1u);
        }
      }
      CHECK_EQ(memory.live(), 0u);
      CHECK(!memory.wrong_size());
      if (!memory.failed()) break;
    }
    CHECK(failures > 15);
  }
}

TEST_CASE(rejected_modules_leave_memory_flat) {
  Bytes good = rich_module();
  FailingAllocator memory;
  TypeRegistry types(memory.allocator());
  uint64_t settled = 0;
  uint32_t rejected = 0;
  for (uint32_t round = 0; round < 2500; round++) {
    // Each with a type of its own and a mistake in its last function.
    WasmBuilder wasm;
    for (uint32_t bits = round + 1; bits != 0; bits /= 4) {
      wasm.type({ValType(0x7c + bits % 4), ValType(0x7c + bits / 4 % 4)}, {kI32});
    }
    wasm.function(0, {0x6a, 0x0b});
    Bytes bytes = wasm.finish();
    Diagnostic diagnostic;
    rejected += load_module(memory.allocator(), types, bytes, diagnostic) == nullptr;
    if (round == 500) settled = memory.live_bytes();
  }
  CHECK_EQ(rejected, 2500u);
  CHECK_EQ(memory.live_bytes(), settled);
  CHECK_EQ(types.group_count(), 0u);
}

TEST_CASE(data_segments_stay_small) {
  WasmBuilder wasm;
  wasm.memory(1);
  for (int i = 0; i < 2000; i++) wasm.data(WasmBuilder::i32_const(i), Bytes(100, 7));
  Bytes bytes = wasm.finish();
  FailingAllocator memory;
  TypeRegistry types(memory.allocator());
  Diagnostic diagnostic;
  uint64_t before = memory.live_bytes();
  Module* module = load_module(memory.allocator(), types, bytes, diagnostic);
  REQUIRE(module != nullptr);
  uint64_t kept = memory.live_bytes() - before - sizeof(Module);
  CHECK(kept * 8 < bytes.size());
  uint32_t seen = 0;
  for (const DataSegment& segment : module->data()) {
    CHECK(segment.mode == SegmentMode::Active);
    CHECK_EQ(segment.bytes.size, 100u);
    CHECK_EQ(module->slice(segment.bytes)[99], 7);
    CHECK_EQ(module->slice(segment.offset)[0], 0x41);
    seen++;
  }
  CHECK_EQ(seen, 2000u);
  module->release();
}
