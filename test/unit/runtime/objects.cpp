// Structs and arrays over time: what is collected and what is not, limits, what stops long
// operations, what objects hold of hosts, functions, exceptions and types, and what is left of them
// by a reset. What instructions do with them is the specification suite's.
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <thread>

#include "fixture.h"
#include "isa/reference.h"
#include "runtime/collection.h"
#include "runtime/host_reference.h"
#include "runtime/interrupt.h"
#include "runtime/object_space.h"
#include "runtime/reset.h"
#include "tier/engine.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

Bytes read_module(const char* name) {
  const char* folder = std::getenv("WEMBED_TEST_MODULES");
  const std::string path = std::string(folder == nullptr ? "." : folder) + "/" + name + ".wasm";
  std::FILE* file = std::fopen(path.c_str(), "rb");
  Bytes bytes;
  CHECK(file != nullptr);
  if (file == nullptr) return bytes;
  uint8_t part[4096];
  while (size_t count = std::fread(part, 1, sizeof part, file)) {
    bytes.insert(bytes.end(), part, part + count);
  }
  std::fclose(file);
  return bytes;
}

const Bytes& module_bytes() {
  static const Bytes bytes = read_module("objects");
  return bytes;
}

bool collect_here(ExecEnv* env, void*, uint64_t*) {
  return collect(*env->instance, nullptr, {}) == Collected::Yes;
}

// An instance of the module; "look" collects.
struct Guest {
  explicit Guest(Fixture& fixture, uint64_t heap = 0) {
    ImportBinding imports[] = {from_callback(collect_here)};
    InstantiateOptions options;
    options.imports = imports;
    options.gc_heap_size = heap;
    instance = fixture.instantiate(module_bytes(), options);
  }
  ~Guest() {
    if (instance != nullptr) close_instance(*instance);
  }
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;

  Trap run(std::string_view name, std::initializer_list<Slot> args = {}, Slot* result = nullptr,
           const CallLimits* limits = nullptr) const {
    Trap trap = wembed::call(*instance, name, args, result, limits);
    if (trap != Trap::None) {
      text = instance->exception_text();
      instance->set_exception(nullptr);
    }
    return trap;
  }
  [[nodiscard]] int32_t number(std::string_view name, std::initializer_list<Slot> args = {}) const {
    Slot result = 0;
    CHECK(run(name, args, &result) == Trap::None);
    return static_cast<int32_t>(result);
  }
  [[nodiscard]] uint64_t objects() const {
    CHECK(collect(*instance, nullptr, {}) == Collected::Yes);
    uint64_t count = 0;
    if (instance->store->objects != nullptr) {
      instance->store->objects->heap().for_each([&](Object&) { count++; });
    }
    return count;
  }
  [[nodiscard]] Slot function(std::string_view name) const {
    return reinterpret_cast<Slot>(exported(*instance, name));
  }

  Instance* instance;
  mutable std::string text;  // of the last trap
};

constexpr uint64_t kMiB = 1 << 20;

// Calls `test` for the interpreter, for the other tier and for mixes of both.
template <class Test> void on_each_engine(Test test) {
  for (uint32_t seed = 0; seed < 4; seed++) {
    choose_engine(seed == 0   ? nullptr
                  : seed == 1 ? &test_tier::engine()
                              : &test_tier::random_engine(seed));
    test();
  }
  choose_engine(nullptr);
}

std::set<uint64_t> host_values(Instance& instance) {
  std::set<uint64_t> seen;
  MarkObserver observer{
      [](void* context, uint64_t slot) { static_cast<std::set<uint64_t>*>(context)->insert(slot); },
      &seen};
  CHECK(collect(instance, nullptr, observer) == Collected::Yes);
  return seen;
}

}  // namespace

TEST_CASE(lists_and_trees_live_as_long_as_they_are_used) {
  on_each_engine([] {
    Fixture fixture;
    Guest guest(fixture, 4 * kMiB);
    for (bool always : {true, false}) {
      collect_always(always);
      const int32_t n = always ? 60 : 5'000;
      CHECK_EQ(guest.number("sum", {static_cast<Slot>(n)}), n * (n + 1) / 2);
      CHECK_EQ(guest.number("tree", {static_cast<Slot>(always ? 6 : 12)}), always ? 63 : 4095);
      CHECK(guest.run("keep", {static_cast<Slot>(n)}) == Trap::None);
      CHECK(guest.run("churn", {static_cast<Slot>(always ? 100 : 200'000)}) == Trap::None);
      CHECK_EQ(guest.number("sum_kept"), n * (n + 1) / 2);
      CHECK_EQ(guest.objects(), static_cast<uint64_t>(n));
      CHECK(guest.run("drop") == Trap::None);
      CHECK_EQ(guest.objects(), 0u);
    }
    collect_always(false);
  });
}

TEST_CASE(arrays_of_any_length) {
  on_each_engine([] {
    Fixture fixture;
    Guest guest(fixture, 16 * kMiB);
    for (bool always : {true, false}) {
      collect_always(always);
      for (uint32_t length : {0u, 1u, 7u, 500u, 5'000u, 100'000u}) {
        CHECK_EQ(guest.number("bytes", {length}), static_cast<int32_t>(length));
        CHECK_EQ(guest.number("refs", {length}), length == 0 ? 0 : 6);
        if (length > 0) CHECK_EQ(guest.number("copy", {length}), 16);
      }
      CHECK_EQ(guest.number("text", {2, 3}), 'c');
      CHECK(guest.run("text", {8, 3}) == Trap::MemoryOutOfBounds);
    }
    collect_always(false);
    CHECK(guest.run("keep_refs", {50'000}) == Trap::None);
    CHECK_EQ(guest.objects(), 1u);
  });
}

TEST_CASE(a_full_heap_says_what_it_had_no_room_for) {
  Fixture fixture;
  Guest guest(fixture, 256 * 1024);
  CHECK(guest.run("fill_heap") == Trap::OutOfMemory);
  CHECK_EQ(guest.text.find("Exception: allocate memory failed: struct of 20 bytes"), 0u);
  CHECK(guest.text.find(" of 262144") != std::string::npos);
  // What is there stays usable, and room comes back.
  CHECK(guest.number("sum_kept") > 5'000);
  CHECK(guest.run("bytes", {200'000}) == Trap::OutOfMemory);
  CHECK_EQ(guest.text.find("Exception: allocate memory failed: array of 200016 bytes"), 0u);
  CHECK(guest.run("drop") == Trap::None);
  CHECK_EQ(guest.number("bytes", {100'000}), 100'000);
  CHECK(guest.run("bytes", {UINT32_MAX}) == Trap::OutOfMemory);
  CHECK_EQ(guest.number("sum", {100}), 5050);
}

TEST_CASE(each_instance_of_a_group_brings_its_part_of_the_heap) {
  Fixture fixture;
  Guest small(fixture, 256 * 1024);
  Guest large(fixture, 8 * kMiB);
  CHECK(small.run("bytes", {kMiB}) == Trap::OutOfMemory);
  CHECK(join(*small.instance, *large.instance));
  CHECK_EQ(small.number("bytes", {kMiB}), static_cast<int32_t>(kMiB));
}

TEST_CASE(what_is_long_pays_and_can_be_stopped) {
  Fixture fixture;
  Guest guest(fixture, 64 * kMiB);
  CallLimits limits;
  limits.fuel = 1'000;
  CHECK(guest.run("bytes", {10'000}, nullptr, &limits) == Trap::None);
  CHECK(guest.run("bytes", {100'000}, nullptr, &limits) == Trap::InstructionLimit);
  CHECK(guest.run("copy", {30'000}, nullptr, &limits) == Trap::InstructionLimit);
  limits = {};
  limits.deadline_ms = 30;
  CHECK(guest.run("fill_for_ever", {16 * kMiB}, nullptr, &limits) == Trap::Deadline);
  CHECK(guest.run("new_for_ever", {16 * kMiB}, nullptr, &limits) == Trap::Deadline);
  CHECK(guest.run("fill_for_ever", {1}, nullptr, &limits) == Trap::Deadline);
  CHECK_EQ(guest.objects(), 0u);
}

TEST_CASE(values_of_the_host_are_found_in_objects) {
  on_each_engine([] {
    Fixture fixture;
    Guest guest(fixture);
    CHECK(guest.run("hold", {1001, guest.function("three")}) == Trap::None);
    CHECK(guest.run("inside", {1003}) == Trap::None);
    CHECK(guest.run("put", {1, i31_slot(5)}) == Trap::None);
    CHECK(guest.run("put", {2, to_other_side(1005)}) == Trap::None);
    std::set<uint64_t> seen = host_values(*guest.instance);
    for (uint64_t value : {1001, 1003, 1005}) CHECK_EQ(seen.count(value), 1u);
    CHECK_EQ(guest.number("held"), 1001);
    CHECK_EQ(guest.number("outside"), 1003);
    CHECK_EQ(guest.number("call_held"), 3);
    CHECK(guest.run("drop") == Trap::None);
    seen = host_values(*guest.instance);
    for (uint64_t value : {1001, 1003}) CHECK_EQ(seen.count(value), 0u);
    CHECK_EQ(seen.count(1005), 1u);
  });
}

TEST_CASE(a_function_in_an_object_keeps_its_instance_and_no_longer) {
  Fixture fixture;
  Guest keeper(fixture);
  auto* source = new Guest(fixture);
  CHECK(join(*keeper.instance, *source->instance));
  CHECK(keeper.run("hold", {0, source->function("three")}) == Trap::None);
  const uint32_t members = keeper.instance->store->size();
  delete source;
  CHECK_EQ(keeper.number("call_held"), 3);
  for (int i = 0; i < 40; i++) {
    Guest other(fixture);
    CHECK(join(*keeper.instance, *other.instance));
  }
  CHECK_EQ(keeper.number("call_held"), 3);
  CHECK(keeper.run("drop") == Trap::None);
  // Each closing may be the one that looks.
  for (int i = 0; i < 40; i++) {
    Guest other(fixture);
    CHECK(join(*keeper.instance, *other.instance));
  }
  CHECK(keeper.instance->store->size() < members + 40);
}

TEST_CASE(references_of_the_host_that_objects_have_are_kept) {
  Fixture fixture;
  Guest guest(fixture);
  const ValType results[] = {kI32};
  auto four = [](ExecEnv*, void*, uint64_t* slots) {
    slots[0] = 4;
    return true;
  };
  auto drop = [](void*, const Function&) { return false; };
  Function* function =
      make_host_reference(*guest.instance, {}, results, slot_callback(four, nullptr));
  CHECK(function != nullptr);
  CHECK(guest.run("hold", {0, reinterpret_cast<Slot>(function)}) == Trap::None);
  CHECK(sweep_host_references(*guest.instance, drop, nullptr) > 0);
  CHECK_EQ(guest.number("call_held"), 4);
  CHECK(guest.run("drop") == Trap::None);
  CHECK(sweep_host_references(*guest.instance, drop, nullptr) >= 0);
  CHECK(guest.instance->cold->host_references == nullptr);
}

TEST_CASE(an_exception_in_an_object_lasts) {
  on_each_engine([] {
    Fixture fixture;
    Guest guest(fixture);
    CHECK(guest.run("catch", {17}) == Trap::None);
    CHECK(guest.run("catch_many", {2'000}) == Trap::None);
    CHECK_EQ(guest.objects(), 1u);
    CHECK_EQ(guest.number("rethrow"), 17);
    CHECK(guest.run("drop") == Trap::None);
    CHECK(guest.run("catch_many", {2'000}) == Trap::None);
    CHECK(guest.run("rethrow") == Trap::NullStructure);
  });
}

namespace {

// Has a type of its own, an array of so many levels, and exports what makes one.
Bytes maker(std::string_view name, uint32_t levels) {
  WasmBuilder wasm;
  uint32_t array = wasm.raw_type({0x5e, 0x7f, 0x01});
  for (uint32_t k = 0; k < levels; k++) {
    Bytes definition(4);
    definition[0] = 0x5e;
    definition[1] = 0x63;
    definition[2] = static_cast<uint8_t>(array);
    definition[3] = 0x01;
    array = wasm.raw_type(definition);
  }
  const uint32_t make = wasm.type({}, {ValType::abstract_ref(HeapType::Any, true)});
  const Bytes code{0x41, 3, 0xfb, 0x07, static_cast<uint8_t>(array), 0x0b};
  wasm.export_as(name, ExternKind::Func, wasm.function(make, code));
  return wasm.finish();
}

}  // namespace

TEST_CASE(types_last_as_long_as_objects_of_them) {
  Fixture fixture;
  Guest keeper(fixture);
  const size_t groups = fixture.runtime->types().group_count();
  for (uint32_t i = 0; i < 50; i++) {
    const std::string name = "make" + std::to_string(i);
    const Bytes bytes = maker(name, i + 1);
    Instance* instance = fixture.instantiate(bytes);
    CHECK(instance != nullptr);
    if (instance == nullptr) return;
    CHECK(join(*keeper.instance, *instance));
    Slot made = 0;
    CHECK(call(*instance, name, {}, &made) == Trap::None);
    CHECK(keeper.run("put", {i % 4, made}) == Trap::None);
    close_instance(*instance);
    CHECK(collect(*keeper.instance, nullptr, {}) == Collected::Yes);
  }
  CHECK(fixture.runtime->types().group_count() > groups);
  for (Slot i = 0; i < 4; i++) CHECK(keeper.run("put", {i, 0}) == Trap::None);
  CHECK_EQ(keeper.objects(), 0u);
}

TEST_CASE(a_reset_leaves_nothing_of_them) {
  Fixture fixture;
  Guest guest(fixture, kMiB);
  for (int i = 0; i < 3; i++) {
    CHECK_EQ(guest.number("sum_kept"), 0);
    CHECK(guest.run("keep", {1'000}) == Trap::None);
    CHECK(guest.run("hold", {77, 0}) == Trap::None);
    CHECK(guest.run("put", {3, i31_slot(9)}) == Trap::None);
    CHECK(guest.run("catch", {17}) == Trap::None);
    Diagnostic diagnostic;
    Trap trap = Trap::None;
    CHECK(reset_instance(*guest.instance, {}, diagnostic, trap) == Error::None);
    CHECK_EQ(guest.objects(), 0u);
    CHECK_EQ(host_values(*guest.instance).count(77), 0u);
    Slot element = 1;
    CHECK(guest.run("get", {3}, &element) == Trap::None);
    CHECK_EQ(element, 0u);
  }
}

namespace {

bool session(Fixture& fixture) {
  if (fixture.runtime == nullptr) return false;
  Guest guest(fixture, kMiB);
  if (guest.instance == nullptr) return false;
  bool good = true;
  auto expect = [&](Trap trap) {
    CHECK(trap == Trap::None || trap == Trap::OutOfMemory);
    good &= trap == Trap::None;
  };
  expect(guest.run("keep", {300}));
  expect(guest.run("refs", {1'000}));
  expect(guest.run("catch", {1}));
  expect(guest.run("churn", {30'000}));
  expect(guest.run("hold", {5, guest.function("three")}));
  static_cast<void>(collect(*guest.instance, nullptr, {}));
  Slot sum = 0;
  expect(guest.run("sum_kept", {}, &sum));
  if (good) CHECK_EQ(sum, 300u * 301 / 2);
  return good;
}

}  // namespace

TEST_CASE(every_allocation_may_fail) {
  for (bool for_good : {false, true}) {
    bool good = false;
    for (uint64_t fail_at = 1; !good && fail_at < 2'000; fail_at++) {
      Fixture fixture(fail_at, for_good);
      good = session(fixture);
    }
    CHECK(good);
  }
}

TEST_CASE(two_threads_of_one_group) {
  Fixture fixture;
  Guest guest(fixture, 8 * kMiB);
  std::thread threads[2];
  std::atomic<uint32_t> good{0};
  for (std::thread& thread : threads) {
    thread = std::thread([&] {
      ExecEnv* env = create_exec_env(*guest.instance, 256 * 1024);
      for (int i = 0; i < 20; i++) {
        Slot sum = 0;
        if (call(*env, *guest.instance, "sum", {2'000}, &sum) == Trap::None &&
            static_cast<uint32_t>(sum) == 2'001'000) {
          good++;
        }
      }
      destroy_exec_env(*env);
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_EQ(good.load(), 40u);
}
