// Collections while several threads run guests of one group, at the limit of a heap, and across
// groups that become one. What they find in frames: tiers/roots.cpp.
#include "runtime/collection.h"

#include <atomic>
#include <thread>
#include <vector>

#include "body_builder.h"
#include "fixture.h"
#include "runtime/exec_env.h"
#include "runtime/interrupt.h"
#include "runtime/object_space.h"
#include "runtime/store.h"
#include "yardstick.h"

using namespace wembed;

namespace {

constexpr uint64_t kMagic = 0x600d600d600d600d;

struct Tagged {
  Object header;
  uint64_t magic;
  uint64_t slots;
};

uint64_t bytes_of(const Object& object) {
  return sizeof(Tagged) + reinterpret_cast<const Tagged&>(object).slots * sizeof(Slot);
}
// As if it were a struct without fields.
TypeDef make_kind() {
  TypeDef kind;
  kind.name = "tagged";
  kind.bytes = bytes_of;
  kind.kind = CompositeKind::Struct;
  return kind;
}
const TypeDef kTagged = make_kind();

Tagged* make_object(ExecEnv& env, uint64_t slots, Trap* reason = nullptr) {
  Object* object = nullptr;
  Trap trap =
      new_object(env, *env.instance, kTagged, sizeof(Tagged) + slots * sizeof(Slot), object);
  if (reason != nullptr) *reason = trap;
  if (trap != Trap::None) return nullptr;
  auto* tagged = reinterpret_cast<Tagged*>(object);
  tagged->magic = kMagic;
  tagged->slots = slots;
  return tagged;
}

// As if it were an instruction: a host function's thread counts as stopped, and nothing would refer
// to what it makes.
bool make(ExecEnv* env, void*, uint64_t* slots) {
  leave_host_function(*env);
  Tagged* made = make_object(*env, slots[0] % 8);
  if (made == nullptr) return false;
  slots[0] = reinterpret_cast<uint64_t>(made);
  return true;
}

std::atomic<uint64_t> bad{0};

// What the collector has taken is somebody else's by now, or nobody's.
bool check_object(ExecEnv*, void*, uint64_t* slots) {
  auto* tagged = reinterpret_cast<Tagged*>(slots[0]);
  if (tagged->magic != kMagic) bad++;
  tagged->magic = kMagic;
  return true;
}

// "run" (n): n times an object that lives until the next but one, checked at its end. "spin" (n)
// only counts.
WasmBuilder::Bytes program() {
  WasmBuilder wasm;
  uint32_t make_type = wasm.type({kI32}, {kExternRef});
  uint32_t check_type = wasm.type({kExternRef}, {});
  uint32_t run_type = wasm.type({kI32}, {});
  wasm.import_function("x", "make", make_type);
  wasm.import_function("x", "check", check_type);
  BodyBuilder run;
  run.get(0).op(Opcode::Call, 0).set(1);
  run.block(Opcode::Loop);
  run.get(1);  // on the stack until its check
  run.get(0).op(Opcode::Call, 0).set(1);
  run.get(0).op(Opcode::Call, 0).op(Opcode::Drop);
  run.op(Opcode::Call, 1);
  run.get(0).i32(1).op(Opcode::I32Sub).op(Opcode::LocalTee, 0).op(Opcode::BrIf, 0).end().end();
  BodyBuilder spin;
  spin.block(Opcode::Loop).get(0).i32(1).op(Opcode::I32Sub).op(Opcode::LocalTee, 0);
  spin.op(Opcode::BrIf, 0).end().end();
  wasm.export_as("run", ExternKind::Func, wasm.function(run_type, run, {{1, kExternRef}}));
  wasm.export_as("spin", ExternKind::Func, wasm.function(run_type, spin));
  return wasm.finish();
}

struct Guest {
  explicit Guest(Fixture& fixture) {
    ImportBinding imports[] = {from_callback(make), from_callback(check_object)};
    InstantiateOptions options;
    options.imports = imports;
    instance = fixture.instantiate(bytes, options);
  }
  ~Guest() {
    if (instance != nullptr) close_instance(*instance);
  }
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;
  WasmBuilder::Bytes bytes = program();
  Instance* instance;
};

uint64_t objects_in(const Instance& instance) {
  uint64_t count = 0;
  if (instance.store->objects != nullptr)
    instance.store->objects->heap().for_each([&](Object&) { count++; });
  return count;
}

}  // namespace

TEST_CASE(threads_of_one_group_are_stopped) {
  Fixture fixture;
  Guest guest(fixture);
  bad = 0;
  std::atomic<bool> is_done{false};
  std::atomic<uint32_t> failed{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; i++) {
    threads.emplace_back([&, i] {
      ExecEnv* env = create_exec_env(*guest.instance, 64 * 1024);
      const char* name = i < 2 ? "run" : "spin";
      const Slot count = i < 2 ? 3'000 : 3'000'000;
      if (call(*env, *guest.instance, name, {count}) != Trap::None) failed++;
      destroy_exec_env(*env);
    });
  }
  std::thread collector([&] {
    while (!is_done) {
      CHECK(collect(*guest.instance, nullptr, {}) == Collected::Yes);
      std::this_thread::yield();
    }
  });
  for (std::thread& thread : threads) thread.join();
  is_done = true;
  collector.join();
  CHECK_EQ(failed.load(), 0u);
  CHECK_EQ(bad.load(), 0u);
  CHECK(collect(*guest.instance, nullptr, {}) == Collected::Yes);
  CHECK_EQ(objects_in(*guest.instance), 0u);
}

TEST_CASE(a_full_heap_is_an_error_of_who_wants_more) {
  Fixture fixture;
  Guest guest(fixture);
  ExecEnv* env = singleton_exec_env(*guest.instance);
  Trap reason = Trap::None;
  // Nothing refers to these, so that there is always room.
  for (int i = 0; i < 50'000; i++) CHECK(make_object(*env, 10) != nullptr);
  CHECK(guest.instance->store->objects->heap().taken() <= kDefaultGcHeapSize);
  CHECK(make_object(*env, kDefaultGcHeapSize / sizeof(Slot), &reason) == nullptr);
  CHECK(reason == Trap::OutOfMemory);
  CHECK(make_object(*env, 1) != nullptr);
  // Two that are linked have twice as much.
  Guest other(fixture);
  CHECK(make_object(*singleton_exec_env(*other.instance), 1) != nullptr);
  CHECK(join(*guest.instance, *other.instance));
  CHECK_EQ(objects_in(*guest.instance), objects_in(*other.instance));
  CHECK(collect(*other.instance, nullptr, {}) == Collected::Yes);
  CHECK_EQ(objects_in(*guest.instance), 0u);
  CHECK(make_object(*env, kDefaultGcHeapSize / sizeof(Slot)) != nullptr);
}

TEST_CASE(an_instance_without_objects_has_no_heap) {
  Fixture fixture;
  Guest guest(fixture);
  CHECK(call(*guest.instance, "spin", {10}) == Trap::None);
  CHECK(collect(*guest.instance, nullptr, {}) == Collected::Yes);
  CHECK(guest.instance->store->objects == nullptr);
}

// A thread that waits for something holds nobody up, and is held up by a collection itself.
TEST_CASE(collections_go_on_without_who_is_away) {
  Fixture fixture;
  Guest guest(fixture);
  static Guest* shared;
  shared = &guest;
  ImportBinding imports[] = {
      from_callback([](ExecEnv* env, void*, uint64_t* slots) {
        Away away(*env);
        std::thread other([] { CHECK(collect(*shared->instance, nullptr, {}) == Collected::Yes); });
        other.join();
        return make(env, nullptr, slots);
      }),
      from_callback(check_object)};
  InstantiateOptions options;
  options.imports = imports;
  Instance* instance = fixture.instantiate(guest.bytes, options);
  CHECK(join(*instance, *guest.instance));
  bad = 0;
  CHECK(call(*instance, "run", {20}) == Trap::None);
  CHECK_EQ(bad.load(), 0u);
  close_instance(*instance);
}

TEST_CASE(each_allocation_may_fail) {
  for (uint64_t n = 1;; n++) {
    Fixture fixture;
    Guest guest(fixture);
    ExecEnv* env = singleton_exec_env(*guest.instance);
    CHECK(call(*env, *guest.instance, "run", {1}) == Trap::None);
    bad = 0;
    fixture.memory.arm(n);
    // A map that cannot be made leaves frames to be read as they are; an object is missed.
    Trap trap = call(*env, *guest.instance, "run", {3'000});
    CHECK(collect(*guest.instance, nullptr, {}) == Collected::Yes);
    const bool failed = fixture.memory.failed();
    fixture.memory.arm(0);
    CHECK(trap == Trap::None || failed);
    guest.instance->set_exception(nullptr);
    CHECK(call(*env, *guest.instance, "run", {100}) == Trap::None);
    CHECK_EQ(bad.load(), 0u);
    if (!failed) break;
  }
}
