// A reset of an instance whose globals and element segments make objects: it runs out of memory at
// every point and can be had again, and what the instance had before is garbage.
#include "runtime/collection.h"
#include "runtime/reset.h"

#include "fixture.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

constexpr uint64_t kHeap = 256 * 1024;

// A global and the items of a passive segment are structures of their own. "state" adds up what the
// global's and the second item have; "soil" writes the first, and drops the segment.
Bytes sample() {
  WasmBuilder wasm;
  const auto structure = static_cast<uint8_t>(wasm.raw_type({0x5f, 1, 0x7f, 1}));
  const auto array = static_cast<uint8_t>(wasm.raw_type({0x5e, 0x63, structure, 1}));
  const uint32_t get = wasm.type({}, {kI32});
  const uint32_t none = wasm.type({}, {});
  wasm.global(ValType::abstract_ref(HeapType::Struct, true), false,
              {0x41, 5, 0xfb, 0, structure, 0x0b});
  const Bytes own{0x23, 0, 0xfb, 0x16, structure};
  Bytes state = own;
  const Bytes rest{0xfb, 2, structure, 0,  0x41,  0,    0x41, 2,         0xfb, 10,   array, 0,
                   0x41, 1, 0xfb,      11, array, 0xfb, 2,    structure, 0,    0x6a, 0x0b};
  state.insert(state.end(), rest.begin(), rest.end());
  Bytes soil = own;
  const Bytes change{0x41, 9, 0xfb, 5, structure, 0, 0xfc, 13, 0, 0x0b};
  soil.insert(soil.end(), change.begin(), change.end());
  wasm.export_as("state", ExternKind::Func, wasm.function(get, state));
  wasm.export_as("soil", ExternKind::Func, wasm.function(none, soil));
  wasm.raw_element({5, 0x63, structure, 2, 0x41, 1, 0xfb, 0, structure, 0x0b, 0x41, 7, 0xfb, 0,
                    structure, 0x0b});
  return wasm.finish();
}

constexpr uint32_t kNew = 5 + 7;

uint32_t state_of(Instance& instance) {
  Slot result = 0;
  return call(instance, "state", {}, &result) == Trap::None ? static_cast<uint32_t>(result) : 0;
}

Error reset(Instance& instance) {
  Diagnostic diagnostic;
  Trap trap = Trap::None;
  return reset_instance(instance, {}, diagnostic, trap);
}

// Modules borrow their bytes.
Instance* open(Fixture& fixture) {
  static const Bytes bytes = sample();
  InstantiateOptions options;
  options.gc_heap_size = kHeap;
  return fixture.instantiate(bytes, options);
}

}  // namespace

TEST_CASE(each_allocation_may_fail) {
  for (bool for_good : {false, true}) {
    uint64_t failures = 0;
    for (uint64_t n = 1; n < 1000; n++) {
      Fixture fixture;
      Instance* instance = open(fixture);
      REQUIRE(instance != nullptr);
      CHECK_EQ(state_of(*instance), kNew);
      CHECK(call(*instance, "soil") == Trap::None);
      CHECK_EQ(state_of(*instance), 0u);
      fixture.memory.arm(n, for_good);
      const Error error = reset(*instance);
      const bool failed = fixture.memory.failed();
      fixture.memory.arm(0);
      CHECK(error == (failed ? Error::OutOfMemory : Error::None));
      if (failed) {
        failures++;
        CHECK(instance->has_exception());
        CHECK_EQ(state_of(*instance), 0u);
        CHECK(collect(*instance, nullptr, {}) == Collected::Yes);
        CHECK(reset(*instance) == Error::None);
      }
      CHECK_EQ(state_of(*instance), kNew);
      close_instance(*instance);
      if (!failed) break;
    }
    CHECK(failures > 0);
  }
}

// No call of a guest is between them that would collect.
TEST_CASE(any_number_of_resets_fits_into_the_heap) {
  Fixture fixture;
  Instance* instance = open(fixture);
  REQUIRE(instance != nullptr);
  for (int i = 0; i < 20'000; i++) CHECK(reset(*instance) == Error::None);
  CHECK_EQ(state_of(*instance), kNew);
  CHECK(fixture.memory.peak_bytes() < 8 * kHeap);
  close_instance(*instance);
}
