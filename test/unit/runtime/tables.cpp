// Tables that fill themselves: what is made when, that nobody can tell, and several threads.
#include <thread>

#include "fixture.h"
#include "runtime/funcref.h"
#include "runtime/store.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

constexpr uint32_t kElements = 10000;

// Table 0 of `size` functions, element i giving i + 1000, but for the first and the last, which are
// null. "call" (i) -> i32, "is_null" (i), "clear" (i), "put" (i, j): table[i] = table[j],
// "grow" (n), "copy" (to, from, n), "fill" (i, n): with table[1], "size".
Bytes large(uint32_t size) {
  WasmBuilder wasm;
  uint32_t get = wasm.type({}, {kI32});
  uint32_t one = wasm.type({kI32}, {kI32});
  uint32_t three = wasm.type({kI32, kI32, kI32}, {});
  uint32_t host = wasm.import_function("x", "host", get);
  wasm.table(kFuncRef, size);
  Bytes segment{0};
  WasmBuilder::append(segment, WasmBuilder::i32_const(1));
  WasmBuilder::u32(segment, size - 2);
  WasmBuilder::u32(segment, host);
  for (uint32_t i = 2; i + 1 < size; i++) {
    Bytes code{0x41};
    WasmBuilder::s64(code, i + 1000);
    code.push_back(0x0b);
    WasmBuilder::u32(segment, wasm.function(get, code));
  }
  wasm.raw_element(segment);
  wasm.export_as("table", ExternKind::Table, 0);
  auto add = [&](const char* name, uint32_t type, const Bytes& code) {
    wasm.export_as(name, ExternKind::Func, wasm.function(type, code));
  };
  Bytes call{0x20, 0, 0x11};
  WasmBuilder::u32(call, get);
  WasmBuilder::append(call, {0, 0x0b});
  add("call", one, call);
  add("is_null", one, {0x20, 0, 0x25, 0, 0xd1, 0x0b});
  add("clear", three, {0x20, 0, 0xd0, 0x70, 0x26, 0, 0x0b});
  add("put", three, {0x20, 0, 0x20, 1, 0x25, 0, 0x26, 0, 0x0b});
  add("grow", one, {0xd0, 0x70, 0x20, 0, 0xfc, 15, 0, 0x0b});
  add("copy", three, {0x20, 0, 0x20, 1, 0x20, 2, 0xfc, 14, 0, 0, 0x0b});
  add("fill", three, {0x20, 0, 0x41, 2, 0x25, 0, 0x20, 1, 0xfc, 17, 0, 0x0b});
  add("size", get, {0xfc, 16, 0, 0x0b});
  return wasm.finish();
}

bool host_value(ExecEnv*, void*, uint64_t* slots) {
  slots[0] = 1001;
  return true;
}

Instance* make(Fixture& fixture, uint32_t size) {
  ImportBinding imports[] = {from_callback(host_value)};
  InstantiateOptions options;
  options.imports = imports;
  static Bytes bytes[2] = {large(kElements), large(20)};
  return fixture.instantiate(bytes[size == kElements ? 0 : 1], options);
}

uint32_t value(Instance& instance, const char* name, std::initializer_list<Slot> args = {}) {
  Slot result = 0;
  Trap trap = call(instance, name, args, &result);
  CHECK(trap == Trap::None);
  instance.set_exception(nullptr);
  return static_cast<uint32_t>(result);
}

Trap trap_of(Instance& instance, const char* name, std::initializer_list<Slot> args) {
  Trap trap = call(instance, name, args);
  instance.set_exception(nullptr);
  return trap;
}

}  // namespace

TEST_CASE(a_large_table_costs_nothing_until_it_is_used) {
  Fixture fixture;
  Instance* first = make(fixture, kElements);
  REQUIRE(first != nullptr);
  uint64_t blocks = fixture.memory.live();
  uint64_t bytes = fixture.memory.live_bytes();
  // The module is another one: what an instance of one that is known takes shows at the third.
  Module* module = first->module;
  ImportBinding imports[] = {from_callback(host_value)};
  InstantiateOptions options;
  options.imports = imports;
  options.strict = true;
  Instance* second = instantiate(*fixture.runtime, *module, options, fixture.diagnostic, nullptr);
  REQUIRE(second != nullptr);
  CHECK(fixture.memory.live() - blocks <= 3);
  // One pointer for 32 functions is all that depends on the module's size.
  CHECK(fixture.memory.live_bytes() - bytes < 2048 + kElements / 32 * 8);
  CHECK_EQ(value(*second, "size"), kElements);  // an exec_env and code, but no table
  CHECK(second->tables[0]->elements == nullptr);
  CHECK_EQ(value(*second, "call", {5000}), 6000u);
  CHECK(second->tables[0]->elements != nullptr);
  uint64_t filled = 0;
  for (uint32_t i = 0; i < kElements; i++) filled += second->tables[0]->elements[i] != 0;
  CHECK_EQ(filled, 1u);
  CHECK(first->tables[0]->elements == nullptr);
  close_instance(*second);
  close_instance(*first);
}

TEST_CASE(nobody_can_tell) {
  for (uint32_t size : {20u, kElements}) {
    Fixture fixture;
    Instance* instance = make(fixture, size);
    REQUIRE(instance != nullptr);
    Instance& it = *instance;
    CHECK(trap_of(it, "call", {0}) == Trap::UninitializedElement);
    CHECK(trap_of(it, "call", {size - 1}) == Trap::UninitializedElement);
    CHECK(trap_of(it, "call", {size}) == Trap::UndefinedElement);
    CHECK(trap_of(it, "call", {UINT32_MAX}) == Trap::UndefinedElement);
    CHECK(trap_of(it, "is_null", {size}) == Trap::TableOutOfBounds);
    CHECK(trap_of(it, "clear", {size}) == Trap::TableOutOfBounds);
    CHECK_EQ(value(it, "call", {1}), 1001u);
    CHECK_EQ(value(it, "is_null", {0}), 1u);
    CHECK_EQ(value(it, "is_null", {3}), 0u);
    CHECK_EQ(value(it, "grow", {5}), size);
    CHECK_EQ(value(it, "size"), size + 5);
    CHECK(trap_of(it, "call", {size + 4}) == Trap::UninitializedElement);
    CHECK_EQ(value(it, "call", {7}), 1007u);
    // Taken from an element that was not filled yet.
    CHECK(trap_of(it, "put", {size + 4, 9}) == Trap::None);
    CHECK_EQ(value(it, "call", {size + 4}), 1009u);
    // A null that was written is one, also where nothing had been filled.
    CHECK(trap_of(it, "clear", {8}) == Trap::None);
    CHECK_EQ(value(it, "is_null", {8}), 1u);
    CHECK(trap_of(it, "call", {8}) == Trap::UninitializedElement);
    CHECK_EQ(value(it, "call", {10}), 1010u);
    CHECK(trap_of(it, "fill", {2, 3}) == Trap::None);
    CHECK_EQ(value(it, "call", {4}), 1002u);
    CHECK_EQ(value(it, "call", {5}), 1005u);
    CHECK(trap_of(it, "copy", {size - 1, 11, 3}) == Trap::None);
    CHECK_EQ(value(it, "call", {size + 1}), 1013u);
    CHECK(trap_of(it, "copy", {size + 3, 11, 3}) == Trap::TableOutOfBounds);
    close_instance(it);
  }
}

// Operations on many elements as the very first thing.
TEST_CASE(the_first_use_may_be_any) {
  for (int first = 0; first < 6; first++) {
    Fixture fixture;
    Instance* instance = make(fixture, 20);
    REQUIRE(instance != nullptr);
    Instance& it = *instance;
    Slot slot = 0;
    switch (first) {
      case 0: CHECK(trap_of(it, "copy", {10, 2, 5}) == Trap::None); break;
      case 1: CHECK(trap_of(it, "fill", {10, 2}) == Trap::None); break;
      case 2: CHECK(trap_of(it, "clear", {10}) == Trap::None); break;
      case 3: CHECK_EQ(value(it, "grow", {0}), 20u); break;
      case 4: CHECK(it.tables[0]->get(12, slot) == Trap::None); break;
      default: CHECK(it.tables[0]->set(12, 0) == Trap::None); break;
    }
    uint32_t expected = first == 0 ? 1004u : first == 1 ? 1012u : 1012u;
    if (first == 5) {
      CHECK_EQ(value(it, "is_null", {12}), 1u);
    } else {
      CHECK_EQ(value(it, "call", {12}), expected);
    }
    CHECK_EQ(value(it, "call", {2}), 1002u);
    if (first == 4) CHECK(reinterpret_cast<Function*>(slot)->instance == &it);
    close_instance(it);
  }
}

// Another instance calls through the table: its functions are the owner's.
TEST_CASE(an_importer_fills_its_owners_table) {
  Fixture fixture;
  Instance* owner = make(fixture, 20);
  REQUIRE(owner != nullptr);
  WasmBuilder wasm;
  uint32_t get = wasm.type({}, {kI32});
  uint32_t one = wasm.type({kI32}, {kI32});
  wasm.import("x", "table", ExternKind::Table, {0x70, 0, 20});
  Bytes code{0x20, 0, 0x11};
  WasmBuilder::u32(code, get);
  WasmBuilder::append(code, {0, 0x0b});
  uint32_t mine = wasm.function(get, {0x41, 7, 0x0b});
  wasm.export_as("call", ExternKind::Func, wasm.function(one, code));
  wasm.element(WasmBuilder::i32_const(6), {mine});
  ImportBinding imports[] = {from_export(*owner, "table")};
  InstantiateOptions options;
  options.imports = imports;
  Bytes bytes = wasm.finish();
  Instance* user = fixture.instantiate(bytes, options);
  REQUIRE(user != nullptr);
  CHECK_EQ(value(*user, "call", {6}), 7u);
  CHECK_EQ(value(*user, "call", {9}), 1009u);
  CHECK_EQ(value(*user, "call", {1}), 1001u);
  CHECK_EQ(value(*owner, "call", {6}), 7u);
  close_instance(*owner);
  CHECK_EQ(value(*user, "call", {10}), 1010u);
  close_instance(*user);
}

TEST_CASE(threads_fill_the_same_table) {
  constexpr uint32_t kThreads = 4;
  for (int round = 0; round < 10; round++) {
    Fixture fixture;
    Instance* instance = make(fixture, 20);
    REQUIRE(instance != nullptr);
    ExecEnv* envs[kThreads];
    for (ExecEnv*& env : envs) env = create_exec_env(*instance, 8192);
    std::atomic<uint32_t> wrong{0};
    std::vector<std::thread> threads;
    for (uint32_t t = 0; t < kThreads; t++) {
      threads.emplace_back([&, t] {
        for (uint32_t i = 0; i < 18; i++) {
          uint32_t at = 1 + (i + t * 5) % 18;
          Slot result = 0;
          // The last one also makes everything at once.
          if (t == 3 && i == 9) wrong += !instance->tables[0]->settle();
          Trap trap = call(*envs[t], *instance, "call", {at}, &result);
          wrong += trap != Trap::None || static_cast<uint32_t>(result) != at + 1000;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK_EQ(wrong.load(), 0u);
    for (ExecEnv* env : envs) destroy_exec_env(*env);
    close_instance(*instance);
  }
}

TEST_CASE(each_allocation_of_a_table_may_fail) {
  for (uint64_t n = 1; n < 100; n++) {
    Fixture fixture;
    Instance* instance = make(fixture, 20);
    REQUIRE(instance != nullptr);
    REQUIRE(call(*instance, "size") == Trap::None);  // code and exec_env are there
    fixture.memory.arm(n);
    Trap trap = call(*instance, "call", {5});
    bool failed = fixture.memory.failed();
    // One refusal is taken: code that was made keeps the room it does not need.
    CHECK(trap == Trap::None || (failed && trap == Trap::OutOfMemory));
    fixture.memory.arm(0);
    instance->set_exception(nullptr);
    CHECK_EQ(value(*instance, "call", {5}), 1005u);
    fixture.memory.arm(n);
    if (call(*instance, "clear", {6}) != Trap::None) CHECK(fixture.memory.failed());
    fixture.memory.arm(0);
    instance->set_exception(nullptr);
    CHECK_EQ(value(*instance, "call", {7}), 1007u);
    close_instance(*instance);
    if (!failed) break;
  }
}
