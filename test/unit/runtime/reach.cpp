// What is left of closed instances goes when nothing leads to it, and not before.
#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>
#include <vector>

#include "linked.h"
#include "platform/thread_order.h"
#include "runtime/funcref.h"
#include "runtime/store.h"
#include "runtime/trap_record.h"
#include "sanitized.h"

using namespace wembed;

namespace {

// Address space that the process has taken, and what of it is resident; 0: not known.
struct Taken {
  uint64_t pages = 0;
  uint64_t resident = 0;
};
Taken taken() {
  Taken result;
  std::ifstream file("/proc/self/statm");
  file >> result.pages >> result.resident;
  return result;
}

}  // namespace

// 16,384 memories with all they reach do not fit into the address space beside each other.
TEST_CASE(what_only_used_others_goes_when_it_is_closed) {
  for (Backend backend : {Backend::Heap, Backend::Mapped}) {
    Fixture fixture;
    Bytes first = loner();
    Instance* library = fixture.instantiate(first);
    uint64_t level = 0;
    Taken before;
    for (int i = 0; i < 16384; i++) {
      Instance* one = plugin_of(fixture, *library, backend);
      REQUIRE(one != nullptr);
      Slot result = 0;
      CHECK(call(*one, "run", {}, &result) == Trap::None);
      CHECK_EQ(static_cast<uint32_t>(result), 7u);
      ExecEnv* late = i % 64 == 0 ? create_exec_env(*one, 1024) : nullptr;
      close_instance(*one);
      if (late != nullptr) destroy_exec_env(*late);
      if (i == 8) {
        level = fixture.memory.live_bytes();
        before = taken();
      }
      if (i > 8) CHECK_EQ(fixture.memory.live_bytes(), level);
    }
    CHECK_EQ(library->store->size(), 1u);
    // Sanitizers keep what is freed for a while.
    if (!kAddressSanitizer && !kThreadSanitizer) {
      Taken after = taken();
      CHECK(after.pages < before.pages + 16384);
      CHECK(after.resident < before.resident + 4096);
    }
    close_instance(*library);
  }
}

namespace {

Instance* filler_of(Fixture& fixture, Instance& owner, const Bytes& bytes) {
  ImportBinding imports[] = {from_export(owner, "table")};
  InstantiateOptions options;
  options.imports = imports;
  return fixture.instantiate(bytes, options);
}

uint32_t called(Instance& instance, const char* name) {
  Slot result = 0;
  CHECK_EQ(call(instance, name, {}, &result), Trap::None);
  return static_cast<uint32_t>(result);
}

}  // namespace

TEST_CASE(overwritten_functions_take_their_instances_along) {
  Fixture fixture;
  Bytes first = table_owner();
  Bytes second = table_filler(11, false);
  Instance* owner = fixture.instantiate(first);
  uint64_t level = 0;
  for (int i = 0; i < 20000; i++) {
    Instance* filler = filler_of(fixture, *owner, second);
    REQUIRE(filler != nullptr);
    close_instance(*filler);
    CHECK(owner->store->size() <= 3);
    if (i == 8) level = fixture.memory.live_bytes();
    if (i > 8) CHECK(fixture.memory.live_bytes() <= level + level / 2);
  }
  CHECK_EQ(called(*owner, "call"), 11u);
  close_instance(*owner);
}

// A look costs as much as the group is large: as many may wait for it as are open.
TEST_CASE(no_more_wait_than_are_open) {
  Fixture fixture;
  Bytes second = table_filler(11, false);
  Instance* owner = fixture.instantiate(kTableOwner);
  std::vector<Instance*> open = {owner};
  while (open.size() < 200) open.push_back(filler_of(fixture, *owner, second));
  for (int i = 0; i < 2000; i++) {
    close_instance(*filler_of(fixture, *owner, second));
    CHECK(owner->store->size() <= 2 * open.size() + 1);
  }
  for (Instance* one : open) close_instance(*one);
}

TEST_CASE(what_a_closed_one_kept_goes_with_it) {
  Fixture fixture;
  Instance* library = fixture.instantiate(kLoner);
  Instance* middle = caller_of(fixture, *library);
  Instance* user = caller_of(fixture, *middle);
  Instance* other = caller_of(fixture, *library);
  REQUIRE(user != nullptr && other != nullptr);
  // The group began in the library, which may not be the last to go.
  close_instance(*library);
  close_instance(*middle);
  CHECK_EQ(user->store->size(), 4u);
  CHECK_EQ(called(*user, "run"), 7u);
  close_instance(*user);
  CHECK_EQ(other->store->size(), 2u);
  CHECK_EQ(called(*other, "run"), 7u);
  Instance* late = caller_of(fixture, *other);
  CHECK_EQ(called(*late, "run"), 7u);
  close_instance(*other);
  CHECK_EQ(called(*late, "run"), 7u);
  close_instance(*late);
}

namespace {

struct Leaving {
  Instance* leaving;
  const Instance* of;
  uint32_t left;  // of the group then
};
bool leave(ExecEnv*, void* data, uint64_t*) {
  auto& state = *static_cast<Leaving*>(data);
  close_instance(*state.leaving);
  state.left = state.of->store->size();
  return true;
}

// "run" calls the imported "leave".
Bytes caller_of_host() {
  WasmBuilder wasm;
  uint32_t none = wasm.type({}, {});
  wasm.table(kFuncRef, 4);
  uint32_t leave = wasm.import_function("x", "leave", none);
  uint32_t run = wasm.function(none, {0x10, static_cast<uint8_t>(leave), 0x0b});
  wasm.export_as("run", ExternKind::Func, run);
  wasm.export_as("table", ExternKind::Table, 0);
  return wasm.finish();
}

}  // namespace

// A frame may hold the function that no table has any more.
TEST_CASE(nothing_goes_while_something_runs) {
  Fixture fixture;
  Leaving state = {};
  ImportBinding imports[] = {from_callback(&leave, &state)};
  InstantiateOptions options;
  options.imports = imports;
  Bytes first_bytes = caller_of_host();
  Instance* owner = fixture.instantiate(first_bytes, options);
  Bytes second = table_filler(11, false);
  Instance* first = filler_of(fixture, *owner, second);
  Instance* next = filler_of(fixture, *owner, second);
  REQUIRE(next != nullptr);
  close_instance(*next);
  state = {first, owner, 0};
  CHECK_EQ(call(*owner, "run"), Trap::None);
  CHECK_EQ(state.left, 3u);
  for (int i = 0; i < 4; i++) close_instance(*filler_of(fixture, *owner, second));
  CHECK(owner->store->size() <= 3u);
  close_instance(*owner);
}

TEST_CASE(frames_of_a_record_keep_their_module) {
  WasmBuilder wasm;
  uint32_t get = wasm.type({}, {kI32});
  wasm.import("x", "table", ExternKind::Table, {0x70, 0, 1});
  uint32_t give = wasm.function(get, {0x00, 0x0b});
  wasm.element(WasmBuilder::i32_const(0), {give});
  Fixture fixture;
  Instance* owner = fixture.instantiate(kTableOwner);
  Bytes traps = wasm.finish();
  Bytes gives = table_filler(12, false);
  Instance* trapping = filler_of(fixture, *owner, traps);
  CHECK_EQ(call(*owner, "call"), Trap::Unreachable);
  Instance* next = filler_of(fixture, *owner, gives);
  close_instance(*trapping);
  close_instance(*next);
  const TrapRecord& record = *trap_record(*owner);
  REQUIRE(record.frame_count == 2);
  CHECK_EQ(record.frames[0].module->function_count(), 1u);
  CHECK(record.frames[0].offset() != kNoOffset);
  // The next trap is another record.
  owner->set_exception(nullptr);
  CHECK_EQ(called(*owner, "call"), 12u);
  close_instance(*owner);
}

TEST_CASE(a_reference_in_a_global_is_a_way) {
  WasmBuilder wasm;
  wasm.global(kFuncRef, true, {0xd0, 0x70, 0x0b});
  wasm.export_as("kept", ExternKind::Global, 0);
  Fixture fixture;
  Bytes keeps = wasm.finish();
  Instance* owner = fixture.instantiate(keeps);
  Instance* user = fixture.instantiate(kLoner);
  ValType types[] = {kFuncRef};
  auto keep = [&](Instance& one) {
    Slot reference = reinterpret_cast<uintptr_t>(exported(one, "seven"));
    CHECK_EQ(adopt_references(*owner, types, &reference), Trap::None);
    owner->global(0)->slots[0] = reference;
  };
  keep(*user);
  close_instance(*user);
  CHECK_EQ(owner->store->size(), 2u);
  Instance* next = fixture.instantiate(kLoner);
  keep(*next);
  close_instance(*next);
  CHECK_EQ(owner->store->size(), 2u);  // `user` is gone
  close_instance(*owner);
}

// Where the system has no fence for all threads, groups stay whole.
TEST_CASE(without_a_fence_everything_stays) {
  platform::refuse_thread_order(true);
  Fixture fixture;
  Instance* owner = fixture.instantiate(kTableOwner);
  Bytes second = table_filler(11, false);
  for (int i = 0; i < 20; i++) close_instance(*filler_of(fixture, *owner, second));
  CHECK_EQ(owner->store->size(), 21u);
  platform::refuse_thread_order(false);
  CHECK_EQ(called(*owner, "call"), 11u);
  close_instance(*owner);
}

namespace {

// "move" takes element 0 out of the table, calls it from a local and puts it back.
Bytes mover() {
  WasmBuilder wasm;
  uint32_t get = wasm.type({}, {kI32});
  wasm.import("x", "table", ExternKind::Table, {0x70, 0, 2});
  Bytes code = {0x41, 1,    0x41, 0,    0x25, 0,     // element 1 is element 0
                0x26, 0,    0x41, 0,    0xd0, 0x70,  // which is null
                0x26, 0,    0x41, 1,    0x11, 0,     // call_indirect
                0,    0x41, 0,    0x41, 1,    0x25,  // and back
                0,    0x26, 0,    0x0b};
  wasm.export_as("move", ExternKind::Func, wasm.function(get, code));
  return wasm.finish();
}

}  // namespace

// Instances end on one thread while another runs functions of theirs and moves them about.
TEST_CASE(looks_and_calls_of_other_threads) {
  Fixture fixture;
  Bytes second = table_filler(11, false);
  Bytes moves = mover();
  Instance* owner = fixture.instantiate(kTableOwner);
  Instance* moving = filler_of(fixture, *owner, moves);
  REQUIRE(moving != nullptr);
  close_instance(*filler_of(fixture, *owner, second));
  std::atomic<bool> stop{false};
  std::thread other([&] {
    ExecEnv* env = create_exec_env(*moving, 4096);
    while (!stop) {
      Slot result = 0;
      CHECK_EQ(call(*env, *moving, "move", {}, &result), Trap::None);
      CHECK_EQ(static_cast<uint32_t>(result), 11u);
      ExecEnv* next = create_exec_env(*moving, 4096);
      destroy_exec_env(*env);
      env = next;
    }
    destroy_exec_env(*env);
  });
  // A look finds nothing while the other thread has been interrupted in a call: then it goes on.
  bool is_some_gone = false;
  const uint32_t before = owner->store->size();
  for (uint32_t i = 0; i < 5000 || (!is_some_gone && i < 100000); i++) {
    // What it refers to is not in the table: it is garbage as soon as it is closed.
    Instance* one = caller_of(fixture, *caller_of(fixture, *fixture.instantiate(kLoner)));
    CHECK(join(*one, *owner, true));
    Instance* middle = one->imported_functions[0]->instance;
    close_instance(*middle->imported_functions[0]->instance);
    close_instance(*middle);
    close_instance(*one);
    is_some_gone |= owner->store->size() < before + 3 * (i + 1);
  }
  stop = true;
  other.join();
  CHECK(is_some_gone);
  close_instance(*moving);
  close_instance(*owner);
}

TEST_CASE(what_runs_on_anothers_exec_env_stays) {
  Fixture fixture;
  Leaving state = {};
  ImportBinding imports[] = {from_callback(&leave, &state)};
  InstantiateOptions options;
  options.imports = imports;
  Bytes leaves = caller_of_host();
  Instance* library = fixture.instantiate(kLoner);
  Instance* user = fixture.instantiate(leaves, options);
  ExecEnv* env = singleton_exec_env(*library);
  CHECK(!is_within_reach(*library, *user));
  CHECK(join(*library, *user, false));  // as capi does before such a call
  CHECK(is_within_reach(*library, *user));
  state = {user, library, 0};
  CHECK_EQ(call(*env, *user, "run"), Trap::None);
  CHECK_EQ(state.left, 2u);
  close_instance(*caller_of(fixture, *library));
  CHECK_EQ(library->store->size(), 1u);
  close_instance(*library);
}
