// Every allocation of a session fails once, and then all from there on: a clean error each time,
// nothing left behind.
#include "fixture.h"
#include "runtime/guest_allocator.h"
#include "runtime/host_reference.h"
#include "runtime/interrupt.h"
#include "runtime/store.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

// Exports a table of functions, a memory, a global and "one" () -> i32.
Bytes exporter() {
  WasmBuilder wasm;
  uint32_t get = wasm.type({}, {kI32});
  wasm.table(kFuncRef, 40);
  wasm.memory(1, 4);
  wasm.global(kI32, true, WasmBuilder::i32_const(5));
  uint32_t one = wasm.function(get, {0x41, 1, 0x0b});
  wasm.export_as("one", ExternKind::Func, one);
  wasm.export_as("table", ExternKind::Table, 0);
  wasm.export_as("memory", ExternKind::Memory, 0);
  wasm.export_as("global", ExternKind::Global, 0);
  wasm.element(WasmBuilder::i32_const(3), {one});
  return wasm.finish();
}

// Imports all that and a host function; "run" calls everything, "trap" traps.
Bytes user() {
  WasmBuilder wasm;
  uint32_t get = wasm.type({}, {kI32});
  uint32_t none = wasm.type({}, {});
  wasm.import_function("x", "one", get);
  wasm.import_function("x", "host", get);
  wasm.import("x", "table", ExternKind::Table, {0x70, 0, 10});
  wasm.import("x", "memory", ExternKind::Memory, {0, 1});
  wasm.import_global("x", "global", kI32, true);
  // one() + host() + table[3]() + grow(1)
  uint32_t run = wasm.function(
      get, {0x10, 0, 0x10, 1, 0x6a, 0x41, 3, 0x11, 0, 0, 0x6a, 0x41, 1, 0x40, 0, 0x6a, 0x0b});
  uint32_t trap = wasm.function(none, {0x00, 0x0b});
  uint32_t start = wasm.function(none, {0x10, 0, 0x1a, 0x0b});
  wasm.export_as("run", ExternKind::Func, run);
  wasm.export_as("trap", ExternKind::Func, trap);
  wasm.start(start);
  wasm.element(WasmBuilder::i32_const(5), {run, trap});
  wasm.data(WasmBuilder::i32_const(100), {1, 2, 3});
  return wasm.finish();
}

bool two(ExecEnv*, void*, uint64_t* slots) {
  slots[0] = 2;
  return true;
}

bool use(Fixture& fixture, Instance& source, Instance& other) {
  Slot result = 0;
  CallLimits limits;
  limits.fuel = 100000;
  limits.deadline_ms = 100000;
  Stop* stop = Stop::create(*fixture.runtime);
  limits.stop = stop;
  bool good = stop != nullptr;
  Trap trap = call(other, "run", {}, &result, &limits);
  if (trap == Trap::None) {
    good &= static_cast<uint32_t>(result) == 6;  // the old size is two pages, one of them heap
  } else {
    CHECK(other.has_exception() || trap == Trap::OutOfMemory);
    good = false;
  }
  other.set_exception(nullptr);
  trap = call(other, "trap");
  CHECK(trap == Trap::Unreachable || trap == Trap::OutOfMemory);
  good &= trap == Trap::Unreachable;
  other.set_exception(nullptr);
  uint64_t block = guest_malloc(source, 50);
  good &= block != 0;
  guest_free(source, block);
  good &= source.tables[0]->grow(100, 0) == 40;
  // A host function with a type of its own, freed by the search and with the instance.
  const ValType params[] = {kI64, kF32, kF64};
  for (int round = 0; round < 2; round++) {
    good &= make_host_reference(source, params, {}, slot_callback(two, nullptr)) != nullptr;
    if (round == 0) {
      auto drop = [](void*, const Function&) { return false; };
      CHECK(sweep_host_references(source, drop, nullptr) >= 0);
    }
  }
  if (stop != nullptr) stop->destroy();
  return good;
}

bool session(Fixture& fixture) {
  if (fixture.runtime == nullptr) return false;
  Bytes first = exporter();
  Bytes second = user();
  InstantiateOptions options;
  options.heap_size = 4096;
  Instance* source = fixture.instantiate(first, options);
  if (source == nullptr) {
    CHECK(fixture.diagnostic.code != Error::None);
    CHECK(fixture.diagnostic.message[0] != 0);
    return false;
  }
  ImportBinding imports[] = {from_export(*source, "one"), from_callback(two),
                             from_export(*source, "table"), from_export(*source, "memory"),
                             from_export(*source, "global")};
  options.imports = imports;
  Instance* other = fixture.instantiate(second, options);
  bool good = false;
  if (other != nullptr) {
    good = use(fixture, *source, *other);
    close_instance(*other);
  } else {
    CHECK(fixture.diagnostic.code != Error::None);
  }
  close_instance(*source);
  return good;
}

}  // namespace

TEST_CASE(each_allocation_may_fail) {
  for (bool for_good : {false, true}) {
    uint64_t failures = 0;
    for (uint64_t n = 1; n < 10000; n++) {
      Fixture fixture(n, for_good);
      bool good = session(fixture);
      if (!fixture.memory.failed()) {
        CHECK(good);
        break;
      }
      failures++;
    }
    CHECK(failures > 20);
    CHECK(failures < 1000);
  }
}
