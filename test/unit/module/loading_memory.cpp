// What loading costs in memory: a tenth of the module's size at most, no copy of its code, and
// nothing that stays of modules that were refused.
#include "base/byte_source.h"
#include "check.h"
#include "failing_allocator.h"
#include "sanitized.h"
#include "wasm_builder.h"
#include "yardstick.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

// Functions, data and names in the proportions of a large program, `megabytes` in all. A mistake
// in the last function, if wanted.
Bytes program(uint32_t megabytes, bool wrong = false) {
  WasmBuilder wasm;
  uint32_t type = wasm.type({kI32, kI32}, {kI32});
  wasm.memory(16);
  uint32_t count = megabytes * 4000;
  Bytes code;
  for (int i = 0; i < 22; i++) {
    WasmBuilder::append(code, {0x20, 0, 0x28, 2, 8, 0x20, 1, 0x6a, 0x21, 0});
  }
  WasmBuilder::append(code, {0x20, 0, 0x0b});
  for (uint32_t i = 0; i < count; i++) wasm.function(type, code, {{3, kI64}});
  if (wrong) wasm.function(type, {0x6a, 0x0b});
  for (uint32_t i = 0; i < 100; i++) {
    wasm.export_as("export_" + std::to_string(i), ExternKind::Func, i);
    wasm.data(WasmBuilder::i32_const(static_cast<int32_t>(i * 1000)), Bytes(megabytes * 500, 7));
  }
  return wasm.finish();
}

struct Cost {
  uint64_t kept = 0;
  uint64_t peak = 0;
};

Cost load_with(BytesKind kind, const Bytes& bytes) {
  FailingAllocator memory;
  TypeRegistry types(memory.allocator());
  Diagnostic diagnostic;
  Cost cost;
  Module* module =
      Module::load(memory.allocator(), types, 0,
                   ModuleBytes(bytes.data(), bytes.size(), nullptr, nullptr, kind), diagnostic);
  CHECK(module != nullptr);
  if (module == nullptr) return cost;
  cost = {memory.live_bytes(), memory.peak_bytes()};
  CHECK(module->bytes().data() == bytes.data());  // used where they are
  module->release();
  return cost;
}

}  // namespace

TEST_CASE(loading_takes_a_tenth_at_most) {
  for (uint32_t megabytes : {4u, 30u}) {
    Bytes bytes = program(megabytes);
    CHECK(bytes.size() > megabytes * 900'000ull && bytes.size() < megabytes * 1'200'000ull);
    for (BytesKind kind : {BytesKind::Own, BytesKind::Foreign, BytesKind::Borrowed}) {
      Cost cost = load_with(kind, bytes);
      CHECK(cost.kept * 10 < bytes.size());
      CHECK(cost.peak * 10 < bytes.size());
      std::printf("%u MB: %.1f %% kept, %.1f %% at most\n", megabytes,
                  100.0 * static_cast<double>(cost.kept) / static_cast<double>(bytes.size()),
                  100.0 * static_cast<double>(cost.peak) / static_cast<double>(bytes.size()));
    }
  }
}

TEST_CASE(modules_refused_late_leave_memory_flat) {
  Bytes bytes = program(1, true);
  FailingAllocator memory;
  TypeRegistry types(memory.allocator());
  uint64_t settled = 0;
  auto rounds = affordable(kAddressSanitizer || kThreadSanitizer ? 100 : 2000, 100);
  for (uint32_t round = 0; round < rounds; round++) {
    Diagnostic diagnostic;
    auto kind = static_cast<BytesKind>(round % 3);
    CHECK(Module::load(memory.allocator(), types, 0,
                       ModuleBytes(bytes.data(), bytes.size(), nullptr, nullptr, kind),
                       diagnostic) == nullptr);
    CHECK(diagnostic.function == 4000u);  // the last one
    if (round == 0) settled = memory.live_bytes();
  }
  CHECK_EQ(memory.live_bytes(), settled);
  CHECK(memory.peak_bytes() * 10 < bytes.size());
}
