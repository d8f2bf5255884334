// A reset that runs out of memory or of bytes, at every point: clean errors, and it can be had
// again.
#include "runtime/reset.h"
#include "fixture.h"
#include "runtime/guest_allocator.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

// A table with an image, one whose segment depends on an import, a global that is a function, data,
// and a start function. "state" tells whether all is new.
Bytes sample() {
  WasmBuilder wasm;
  uint32_t get = wasm.type({}, {kI32});
  uint32_t none = wasm.type({}, {});
  uint32_t base = wasm.import_global("x", "base", kI32);
  wasm.table(kFuncRef, 40);
  wasm.table(kFuncRef, 300);
  wasm.memory(1, 4);
  wasm.global(kI32, true, WasmBuilder::i32_const(5));
  uint32_t one = wasm.function(get, {0x41, 1, 0x0b});
  wasm.global(kFuncRef, true, {0xd2, static_cast<uint8_t>(one), 0x0b});
  // global 1 + mem[16] + table1[9]() + size of table 1
  uint32_t state =
      wasm.function(get, {0x23, 1, 0x41, 16, 0x2d, 0, 0, 0x6a, 0x41, 9, 0x11,
                          static_cast<uint8_t>(get), 1, 0x6a, 0xfc, 16, 1, 0x6a, 0x0b});
  uint32_t soil = wasm.function(
      none, {0x41, 9,    0x24, 1,    0x41, 16,   0x41, 99, 0x3a, 0,    0, 0x41, 9, 0xd0, 0x70, 0x26,
             1,    0xd0, 0x70, 0x41, 10,   0xfc, 15,   1,  0x1a, 0x41, 1, 0x40, 0, 0x1a, 0x0b});
  uint32_t start = wasm.function(none, {0x23, 1, 0x41, 1, 0x6a, 0x24, 1, 0x0b});
  wasm.export_as("state", ExternKind::Func, state);
  wasm.export_as("soil", ExternKind::Func, soil);
  wasm.start(start);
  wasm.element(WasmBuilder::i32_const(3), {one, state});
  Bytes segment{2, 1, 0x23, static_cast<uint8_t>(base), 0x0b, 0, 1, static_cast<uint8_t>(one)};
  wasm.raw_element(segment);
  wasm.data(WasmBuilder::i32_const(16), {10});
  return wasm.finish();
}

constexpr uint32_t kNew = 6 + 10 + 1 + 300;

uint32_t state_of(Instance& instance) {
  Slot result = 0;
  return call(instance, "state", {}, &result) == Trap::None ? static_cast<uint32_t>(result) : 0;
}

struct Place {
  explicit Place(Fixture& fixture, Backend backend = Backend::Automatic,
                 BytesKind kind = BytesKind::Own) {
    ImportBinding base;
    base.source = ImportSource::Value;
    base.value[0] = 9;
    InstantiateOptions options;
    options.imports = {&base, 1};
    options.heap_size = 4096;
    options.backend = backend;
    options.strict = true;
    bytes = sample();
    Module* module = Module::load(fixture.runtime->allocator(), fixture.runtime->types(), 0,
                                  ModuleBytes(bytes.data(), bytes.size(), nullptr, nullptr, kind),
                                  fixture.diagnostic);
    if (module == nullptr) return;
    instance = instantiate(*fixture.runtime, *module, options, fixture.diagnostic, nullptr);
    module->release();
  }
  Bytes bytes;
  Instance* instance = nullptr;
};

Error reset(Instance& instance) {
  Diagnostic diagnostic;
  Trap trap = Trap::None;
  return reset_instance(instance, {}, diagnostic, trap);
}

}  // namespace

TEST_CASE(each_allocation_of_a_reset_may_fail) {
  for (bool for_good : {false, true}) {
    uint64_t failures = 0;
    for (uint64_t n = 1; n < 1000; n++) {
      Fixture fixture;
      Place place(fixture);
      REQUIRE(place.instance != nullptr);
      Instance& instance = *place.instance;
      CHECK_EQ(state_of(instance), kNew);
      CHECK(guest_malloc(instance, 100) != 0);
      CHECK(call(instance, "soil") == Trap::None);
      CHECK(state_of(instance) != kNew);
      instance.set_exception(nullptr);
      fixture.memory.arm(n, for_good);
      Error error = reset(instance);
      bool failed = fixture.memory.failed();
      fixture.memory.arm(0);
      if (!failed) {
        CHECK(error == Error::None);
        CHECK_EQ(state_of(instance), kNew);
        close_instance(instance);
        break;
      }
      failures++;
      if (error != Error::None) {
        CHECK(error == Error::OutOfMemory || error == Error::Uninstantiable);
        CHECK(instance.has_exception());
        CHECK_EQ(state_of(instance), 0u);
        if (error == Error::OutOfMemory) {
          instance.set_exception(nullptr);  // does not help
          CHECK(instance.has_exception());
        }
      }
      CHECK(reset(instance) == Error::None);
      CHECK(!instance.has_exception());
      CHECK_EQ(state_of(instance), kNew);
      CHECK(guest_malloc(instance, 100) != 0);
      close_instance(instance);
    }
    CHECK(failures > 0);
  }
}

TEST_CASE(bytes_that_are_lost) {
  for (Backend backend : {Backend::Mapped, Backend::Heap}) {
    Fixture fixture;
    Place place(fixture, backend, BytesKind::Foreign);
    REQUIRE(place.instance != nullptr);
    Instance& instance = *place.instance;
    CHECK_EQ(state_of(instance), kNew);
    instance.module->source().lose();
    for (int round = 0; round < 2; round++) {
      CHECK(reset(instance) == Error::BytesLost);
      CHECK(instance.has_exception());
      CHECK_EQ(state_of(instance), 0u);
      CHECK_EQ(instance.memory->size, 0u);
      CHECK_EQ(instance.memory->pages, 0u);
      CHECK(instance.memory->grow(1) == -1);
    }
    close_instance(instance);
  }
}

TEST_CASE(wrong_moments) {
  Fixture fixture;
  Place place(fixture);
  REQUIRE(place.instance != nullptr);
  Instance& instance = *place.instance;
  instance.cold->is_resetting = true;
  CHECK(reset(instance) == Error::InvalidState);
  instance.cold->is_resetting = false;
  CHECK(reset(instance) == Error::None);
  instance.cold->closed = true;
  CHECK(reset(instance) == Error::InvalidState);
  instance.cold->closed = false;
  close_instance(instance);
}

TEST_CASE(ten_thousand_times_without_more_memory) {
  Fixture fixture;
  Place place(fixture);
  REQUIRE(place.instance != nullptr);
  CHECK(call(*place.instance, "soil") == Trap::None);  // everything is translated now
  CHECK(reset(*place.instance) == Error::None);
  CHECK_EQ(state_of(*place.instance), kNew);
  uint64_t blocks = fixture.memory.live();
  uint64_t bytes = fixture.memory.live_bytes();
  for (int i = 0; i < 10000; i++) {
    if (i % 10 == 0) CHECK(call(*place.instance, "soil") == Trap::None);
    if (reset(*place.instance) != Error::None) {
      CHECK(false);
      break;
    }
  }
  CHECK_EQ(state_of(*place.instance), kNew);
  CHECK_EQ(fixture.memory.live(), blocks);
  CHECK_EQ(fixture.memory.live_bytes(), bytes);
  close_instance(*place.instance);
}
