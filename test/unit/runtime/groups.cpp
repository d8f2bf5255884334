// Instances that refer to each other stay alive together, whatever order they are closed in.
#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "capi/references.h"
#include "linked.h"
#include "runtime/funcref.h"
#include "runtime/store.h"
#include "runtime/trap_record.h"

using namespace wembed;

namespace {

constexpr CallLimits kFuel = {.fuel = 1000};

}  // namespace

TEST_CASE(code_under_fuel_is_made_for_a_whole_group_or_not_at_all) {
  Bytes first = loner();
  for (uint64_t n = 1;; n++) {
    Fixture fixture;
    Instance* callee = fixture.instantiate(first);
    Instance* middle = caller_of(fixture, *callee);
    Instance* caller = caller_of(fixture, *middle);
    REQUIRE(caller != nullptr);
    for (Instance* one : {callee, middle, caller}) REQUIRE(singleton_exec_env(*one) != nullptr);
    fixture.memory.arm(n);
    Slot result = 0;
    Trap trap = call(*caller, "run", {}, &result, &kFuel);
    bool failed = fixture.memory.failed();
    fixture.memory.arm(0);
    CHECK(trap == Trap::None || (failed && trap == Trap::OutOfMemory));
    // What was made is no reason to go on without the rest.
    for (Instance* one : {middle, caller}) {
      one->set_exception(nullptr);
      CHECK(call(*one, "run", {}, &result, &kFuel) == Trap::None);
      CHECK_EQ(static_cast<uint32_t>(result), 7u);
    }
    for (Instance* one : {callee, middle, caller}) close_instance(*one);
    if (!failed) break;
  }
}

TEST_CASE(a_group_that_could_not_be_joined_is_as_it_was) {
  Bytes first = loner();
  for (uint64_t n = 1;; n++) {
    Fixture fixture;
    Instance* metered = fixture.instantiate(first);
    CHECK(call(*metered, "seven", {}, nullptr, &kFuel) == Trap::None);
    Instance* callee = fixture.instantiate(first);
    Instance* middle = caller_of(fixture, *callee);
    Instance* caller = caller_of(fixture, *middle);
    REQUIRE(caller != nullptr && singleton_exec_env(*middle) != nullptr);
    fixture.memory.arm(n);
    bool joined = join(*metered, *caller);
    bool failed = fixture.memory.failed();
    fixture.memory.arm(0);
    CHECK_EQ(joined, !failed);
    Slot result = 0;
    CHECK(call(*middle, "run", {}, &result, &kFuel) == Trap::None);
    CHECK_EQ(static_cast<uint32_t>(result), 7u);
    for (Instance* one : {callee, metered, middle, caller}) close_instance(*one);
    if (!failed) break;
  }
}

TEST_CASE(threads_meter_a_group_at_the_same_time) {
  Bytes first = loner();
  for (int round = 0; round < 200; round++) {
    Fixture fixture;
    Instance* callee = fixture.instantiate(first);
    Instance* callers[] = {caller_of(fixture, *callee), caller_of(fixture, *callee)};
    std::atomic<int> ready{0};
    std::atomic<int> good{0};
    std::vector<std::thread> threads;
    for (Instance* caller : callers) {
      threads.emplace_back([&, caller] {
        ExecEnv* env = singleton_exec_env(*caller);
        for (ready++; ready < 2;) {
        }
        Slot result = 0;
        if (call(*env, *caller, "run", {}, &result, &kFuel) == Trap::None && result == 7) good++;
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK_EQ(good.load(), 2);
    for (Instance* one : {callers[0], callers[1], callee}) close_instance(*one);
  }
}

// Linking moves the members of a group into another one, under frames that a trap is recorded for.
TEST_CASE(a_trap_record_is_whole_while_others_link) {
  WasmBuilder wasm;
  uint32_t get = wasm.type({}, {kI32});
  wasm.export_as("seven", ExternKind::Func, wasm.function(get, {0x00, 0x0b}));
  Bytes bytes = wasm.finish();
  Fixture fixture;
  Instance* callee = fixture.instantiate(bytes);
  Instance* caller = caller_of(fixture, *callee);
  REQUIRE(caller != nullptr);
  std::atomic<bool> stop{false};
  std::thread linker([&] {
    while (!stop) {
      Instance* other = caller_of(fixture, *callee);
      if (other != nullptr) close_instance(*other);
    }
  });
  for (int i = 0; i < 3000; i++) {
    CHECK_EQ(call(*caller, "run"), Trap::Unreachable);
    CHECK_EQ(trap_record(*caller)->frame_count, 2u);
    caller->set_exception(nullptr);
  }
  stop = true;
  linker.join();
  close_instance(*caller);
  close_instance(*callee);
}

TEST_CASE(functions_in_tables_outlive_their_instance) {
  Fixture fixture;
  Bytes first = table_owner();
  Bytes second = table_filler(11, false);
  Instance* owner = fixture.instantiate(first);
  ImportBinding imports[] = {from_export(*owner, "table")};
  InstantiateOptions options;
  options.imports = imports;
  Instance* filler = fixture.instantiate(second, options);
  REQUIRE(filler != nullptr);
  CHECK(owner->store == filler->store);
  close_instance(*filler);
  Slot result = 0;
  CHECK(call(*owner, "call", {}, &result) == Trap::None);
  CHECK_EQ(static_cast<uint32_t>(result), 11u);
  close_instance(*owner);
}

TEST_CASE(what_a_failed_instance_left_in_a_table_works) {
  Fixture fixture;
  Bytes first = table_owner();
  Bytes second = table_filler(12, true);
  Instance* owner = fixture.instantiate(first);
  ImportBinding imports[] = {from_export(*owner, "table")};
  InstantiateOptions options;
  options.imports = imports;
  CHECK(fixture.instantiate(second, options) == nullptr);
  CHECK(fixture.instantiate_trap == Trap::Unreachable);
  CHECK_EQ(static_cast<const char*>(fixture.diagnostic.message), "Exception: unreachable");
  Slot result = 0;
  CHECK(call(*owner, "call", {}, &result) == Trap::None);
  CHECK_EQ(static_cast<uint32_t>(result), 12u);
  close_instance(*owner);
}

TEST_CASE(the_owner_may_go_first) {
  Fixture fixture;
  Bytes first = table_owner();
  Bytes second = table_filler(13, false);
  Instance* owner = fixture.instantiate(first);
  ImportBinding imports[] = {from_export(*owner, "table")};
  InstantiateOptions options;
  options.imports = imports;
  Instance* filler = fixture.instantiate(second, options);
  ExecEnv* env = create_exec_env(*filler, 4096);
  close_instance(*owner);
  CHECK_EQ(filler->tables[0]->size, 4u);
  Slot result = 0;
  CHECK(call(*env, *filler, "give", {}, &result) == Trap::None);
  CHECK_EQ(static_cast<uint32_t>(result), 13u);
  close_instance(*filler);
  destroy_exec_env(*env);  // late, which is forgiven
}

TEST_CASE(strangers_join_when_a_reference_passes) {
  Fixture fixture;
  Bytes first = loner();
  Instance* a = fixture.instantiate(first);
  Instance* b = fixture.instantiate(first);
  CHECK(a->store != b->store);
  const Function* seven = exported(*b, "seven");
  Slot reference = reinterpret_cast<uintptr_t>(seven);
  ValType types[] = {kFuncRef};
  CHECK_EQ(adopt_references(*a, types, &reference), Trap::None);
  CHECK(a->store == b->store);
  uint32_t index = 0;
  CHECK(funcref_to_index(*a, reference, index));
  CHECK_EQ(index, 1u);  // above its own functions
  Slot back = 0;
  CHECK(index_to_funcref(*a, index, back) == Trap::None);
  CHECK(back == reference);
  CHECK(index_to_funcref(*a, 2, back) == Trap::UndefinedElement);
  close_instance(*b);
  Slot result = 0;
  ExecEnv* env = singleton_exec_env(*a);
  Slot* slots = call_slots(*env, seven->type);
  CHECK(invoke(*env, *seven, slots) == Trap::None);
  result = slots[0];
  CHECK_EQ(static_cast<uint32_t>(result), 7u);
  close_instance(*a);
}

TEST_CASE(host_functions_go_with_their_instance) {
  Fixture fixture;
  WasmBuilder wasm;
  uint32_t get = wasm.type({}, {kI32});
  wasm.import("x", "table", ExternKind::Table, {0x70, 0, 1});
  uint32_t host = wasm.import_function("x", "host", get);
  wasm.element(WasmBuilder::i32_const(0), {host});
  Bytes first = table_owner();
  Bytes second = wasm.finish();
  Instance* owner = fixture.instantiate(first);
  auto nine = [](ExecEnv*, void* data, uint64_t* slots) {
    slots[0] = *static_cast<uint32_t*>(data);
    return true;
  };
  uint32_t data = 9;
  ImportBinding imports[] = {from_export(*owner, "table"), from_callback(nine, &data)};
  InstantiateOptions options;
  options.imports = imports;
  Instance* user = fixture.instantiate(second, options);
  REQUIRE(user != nullptr);
  Slot result = 0;
  CHECK(call(*owner, "call", {}, &result) == Trap::None);
  CHECK_EQ(static_cast<uint32_t>(result), 9u);
  close_instance(*user);  // `data` may go now
  CHECK(call(*owner, "call") == Trap::HostException);
  CHECK_EQ(static_cast<const char*>(owner->exception),
           "Exception: host function of an instance that was closed");
  close_instance(*owner);
}

TEST_CASE(runtimes_do_not_mix) {
  Fixture one;
  Fixture two;
  Bytes first = table_owner();
  Bytes second = table_filler(1, false);
  Instance* owner = one.instantiate(first);
  ImportBinding imports[] = {from_export(*owner, "table")};
  InstantiateOptions options;
  options.imports = imports;
  CHECK(two.instantiate(second, options) == nullptr);
  CHECK(two.diagnostic.code == Error::Unlinkable);
  close_instance(*owner);
}

TEST_CASE(many_live_users_are_linked_in_time_that_does_not_rise) {
  Fixture fixture;
  Bytes first = loner();
  Instance* library = fixture.instantiate(first);
  std::vector<Instance*> users;
  for (int i = 0; i < 2000; i++) {
    users.push_back(plugin_of(fixture, *library));
    // The larger group stays as it is, whichever side of the link it is on.
    CHECK(users.back()->store == &library->cold->first_store);
  }
  CHECK_EQ(library->store->size(), 2001u);
  close_instance(*library);
  for (size_t i = 0; i + 1 < users.size(); i++) close_instance(*users[i]);
  Slot result = 0;
  CHECK(call(*users.back(), "run", {}, &result) == Trap::None);
  CHECK_EQ(static_cast<uint32_t>(result), 7u);
  close_instance(*users.back());
}

// Any shape of imports, closed in any order: what is open works. The sanitizers see what does not.
TEST_CASE(random_graphs_of_instances) {
  for (uint32_t seed = 1; seed <= 60; seed++) {
    std::mt19937 random(seed);
    Fixture fixture;
    Bytes table = table_owner();
    Bytes filler = table_filler(11, false);
    Bytes alone = loner();
    Bytes caller = caller_of_seven();
    struct Node {
      Instance* instance;
      int kind;  // 0: seven, 1: a table's owner, 2: a table's filler
    };
    std::vector<Node> open;
    auto pick = [&](int kind) -> Instance* {
      std::vector<Instance*> fit;
      for (const Node& node : open) {
        if (node.kind == kind) fit.push_back(node.instance);
      }
      return fit.empty() ? nullptr : fit[random() % fit.size()];
    };
    for (int step = 0; step < 300; step++) {
      uint32_t action = random() % 8;
      if (action < 5) {
        Node node = {nullptr, 0};
        Instance* seven = pick(0);
        Instance* owner = pick(1);
        InstantiateOptions options;
        ImportBinding imports[1];
        if (action == 4) {
          node = {fixture.instantiate(table), 1};
        } else if (action == 3 && owner != nullptr) {
          imports[0] = from_export(*owner, "table");
          options.imports = imports;
          node = {fixture.instantiate(filler, options), 2};
        } else if (action > 0 && seven != nullptr) {
          node.instance = action == 1 ? plugin_of(fixture, *seven) : caller_of(fixture, *seven);
          if (action == 1) node.kind = 3;
        } else {
          node.instance = fixture.instantiate(alone);
        }
        REQUIRE(node.instance != nullptr);
        open.push_back(node);
      } else if (!open.empty()) {
        size_t at = random() % open.size();
        Node node = open[at];
        if (action == 5) {
          Slot result = 7;
          const char* names[] = {"seven", "call", "give", "run"};
          Trap trap = call(*node.instance, names[node.kind], {}, &result);
          if (trap == Trap::None) {
            CHECK_EQ(static_cast<uint32_t>(result), node.kind == 1 || node.kind == 2 ? 11u : 7u);
          } else {
            CHECK(node.kind == 1 && trap == Trap::UninitializedElement);
            node.instance->set_exception(nullptr);
          }
        } else {
          close_instance(*node.instance);
          open.erase(open.begin() + static_cast<ptrdiff_t>(at));
        }
      }
    }
    for (const Node& node : open) close_instance(*node.instance);
  }
}
