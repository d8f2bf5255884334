// Deadlines, stop objects, termination and fuel, also across nested calls.
#include <thread>

#include "fixture.h"
#include "platform/clock.h"
#include "runtime/interrupt.h"
#include "runtime/native_stack.h"
#include "yardstick.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

// "loop" never ends, "host" calls the import, "count" (n) counts down from n to 0.
Bytes program() {
  WasmBuilder wasm;
  uint32_t none = wasm.type({}, {});
  uint32_t unary = wasm.type({kI32}, {kI32});
  wasm.import_function("x", "host", none);
  uint32_t loop = wasm.function(none, {0x03, 0x40, 0x0c, 0, 0x0b, 0x0b});
  uint32_t host = wasm.function(none, {0x10, 0, 0x0b});
  uint32_t count = wasm.function(
      unary, {0x03, 0x40, 0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b, 0x20, 0, 0x0b});
  // Recursion without a loop.
  uint32_t deep = wasm.function(none, {0x10, 4, 0x0b});
  wasm.export_as("loop", ExternKind::Func, loop);
  wasm.export_as("host", ExternKind::Func, host);
  wasm.export_as("count", ExternKind::Func, count);
  wasm.export_as("deep", ExternKind::Func, deep);
  return wasm.finish();
}

struct Nested {
  Instance* inner = nullptr;
  const char* function = "loop";
  Slot argument = 0;
  const CallLimits* limits = nullptr;
  bool swallow = false;  // the host function goes on although the inner call failed
  Trap seen = Trap::None;
};

bool call_inner(ExecEnv*, void* data, uint64_t*) {
  auto& nested = *static_cast<Nested*>(data);
  nested.seen = call(*nested.inner, nested.function, {nested.argument}, nullptr, nested.limits);
  if (nested.swallow) nested.inner->set_exception(nullptr);
  return nested.seen == Trap::None || nested.swallow;
}

bool do_nothing(ExecEnv*, void*, uint64_t*) { return true; }

struct Two {
  Fixture fixture;
  Nested nested;
  Bytes bytes = program();
  Instance* inner;
  Instance* outer;
  Two() {
    ImportBinding nothing[] = {from_callback(do_nothing)};
    ImportBinding calls[] = {from_callback(call_inner, &nested)};
    InstantiateOptions options;
    options.imports = nothing;
    inner = fixture.instantiate(bytes, options);
    options.imports = calls;
    outer = fixture.instantiate(bytes, options);
    nested.inner = inner;
  }
  ~Two() {
    close_instance(*outer);
    close_instance(*inner);
  }
};

template <class Action> void soon(Action action, std::thread& thread) {
  thread = std::thread([action, wait = patience(15)] {
    std::this_thread::sleep_for(std::chrono::milliseconds(wait));
    action();
  });
}

}  // namespace

TEST_CASE(an_outer_deadline_stops_an_inner_call) {
  Two two;
  CallLimits limits;
  limits.deadline_ms = patience(15);
  CHECK(call(*two.outer, "host", {}, nullptr, &limits) != Trap::None);
  CHECK(two.nested.seen == Trap::Deadline);
  two.outer->set_exception(nullptr);
  two.inner->set_exception(nullptr);
  Slot result = 1;
  CHECK(call(*two.inner, "count", {1000}, &result) == Trap::None);
  CHECK_EQ(static_cast<uint32_t>(result), 0u);
}

TEST_CASE(an_inner_deadline_leaves_the_outer_call_alone) {
  Two two;
  CallLimits limits;
  limits.deadline_ms = patience(10);
  two.nested.limits = &limits;
  two.nested.swallow = true;
  CHECK(call(*two.outer, "host") == Trap::None);
  CHECK(two.nested.seen == Trap::Deadline);
}

TEST_CASE(swallowing_a_deadline_does_not_help) {
  Two two;
  two.nested.swallow = true;
  CallLimits limits;
  limits.deadline_ms = patience(10);
  // The outer function has no loop of its own: it may end. A second call must not be stopped.
  call(*two.outer, "host", {}, nullptr, &limits);
  CHECK(two.nested.seen == Trap::Deadline);
  two.outer->set_exception(nullptr);
  CHECK(call(*two.outer, "count", {100000}) == Trap::None);
}

TEST_CASE(stop_objects_reach_inner_calls) {
  Two two;
  Stop* stop = Stop::create(*two.fixture.runtime);
  CallLimits limits;
  limits.stop = stop;
  std::thread thread;
  soon([stop] { stop->request(); }, thread);
  CHECK(call(*two.outer, "host", {}, nullptr, &limits) != Trap::None);
  thread.join();
  CHECK(two.nested.seen == Trap::Terminated);
  two.outer->set_exception(nullptr);
  two.inner->set_exception(nullptr);
  CHECK(call(*two.inner, "count", {10}, nullptr, &limits) == Trap::Terminated);
  two.inner->set_exception(nullptr);
  stop->clear();
  CHECK(call(*two.inner, "count", {10}, nullptr, &limits) == Trap::None);
  stop->destroy();
}

TEST_CASE(terminating_either_instance_stops_both) {
  for (bool inner : {false, true}) {
    Two two;
    std::thread thread;
    Instance* target = inner ? two.inner : two.outer;
    soon([target] { terminate(*target); }, thread);
    CHECK(call(*two.outer, "host") != Trap::None);
    thread.join();
    CHECK(two.nested.seen == Trap::Terminated);
    two.outer->set_exception(nullptr);
    two.inner->set_exception(nullptr);
    CHECK(call(*two.inner, "count", {1000}) == Trap::None);
    CHECK(call(*two.outer, "count", {1000}) == Trap::None);
  }
}

TEST_CASE(recursion_notices_too) {
  Two two;
  ExecEnv* env = create_exec_env(*two.outer, 512 << 20);
  REQUIRE(env != nullptr);
  CallLimits limits;
  limits.deadline_ms = 1;
  Trap trap = call(*env, *two.outer, "deep", {}, nullptr, &limits);
  // A tier whose frames lie on the native stack as well may find that one full first.
  auto is_overflow = [](Trap found) {
    return found == Trap::StackOverflow || found == Trap::NativeStackOverflow;
  };
  CHECK(trap == Trap::Deadline || is_overflow(trap));
  two.outer->set_exception(nullptr);
  CHECK(is_overflow(call(*env, *two.outer, "deep")));
  destroy_exec_env(*env);
}

TEST_CASE(terminating_a_stranger_disturbs_nobody) {
  Two two;
  terminate(*two.inner);
  CHECK(call(*two.outer, "count", {100000}) == Trap::None);
  CHECK(call(*two.inner, "count", {1}) == Trap::HostException);  // pending
  two.inner->set_exception(nullptr);
  CHECK(call(*two.inner, "count", {1}) == Trap::None);
}

TEST_CASE(fuel_is_shared_with_inner_calls) {
  Two two;
  two.nested.function = "count";
  two.nested.argument = 100000;
  CallLimits limits;
  limits.fuel = 1000;
  CHECK(call(*two.outer, "host", {}, nullptr, &limits) != Trap::None);
  CHECK(two.nested.seen == Trap::InstructionLimit);
  two.outer->set_exception(nullptr);
  two.inner->set_exception(nullptr);
  two.nested.argument = 10;
  CHECK(call(*two.outer, "host", {}, nullptr, &limits) == Trap::None);
  CHECK(singleton_exec_env(*two.outer)->fuel_limit < 0);
  CHECK(singleton_exec_env(*two.inner)->fuel_limit < 0);
}

TEST_CASE(asking_for_more_fuel_inside_does_not_help) {
  Two two;
  two.nested.inner = two.outer;  // the same exec_env
  two.nested.function = "count";
  two.nested.argument = 100000;
  CallLimits more;
  more.fuel = 10'000'000;
  two.nested.limits = &more;
  CallLimits limits;
  limits.fuel = 1000;
  CHECK(call(*two.outer, "host", {}, nullptr, &limits) == Trap::InstructionLimit);
  CHECK(two.nested.seen == Trap::InstructionLimit);
}

TEST_CASE(an_exec_env_is_left_as_it_was_found) {
  Two two;
  ExecEnv& env = *singleton_exec_env(*two.outer);
  Slot* top = env.top;
  CallLimits limits;
  limits.fuel = 50;
  CHECK(call(*two.outer, "loop", {}, nullptr, &limits) == Trap::InstructionLimit);
  CHECK(env.top == top);
  CHECK(env.fp == nullptr);
  CHECK_EQ(env.depth, 0u);
  CHECK(env.instance == two.outer);
  CHECK(thread_state.current == nullptr);
}

namespace {

struct Ring {
  Instance* instances[2] = {};
  int level = 0;
};

// Each level calls the other instance, on its own exec_env: that of the first one runs twice.
bool go_round(ExecEnv*, void* data, uint64_t*) {
  Ring& ring = *static_cast<Ring*>(data);
  int level = ++ring.level;
  if (level == 3) {
    terminate(*ring.instances[1]);
    return true;
  }
  return call(*ring.instances[level % 2], "host") == Trap::None;
}

}  // namespace

TEST_CASE(an_exec_env_may_be_entered_again_from_another) {
  Fixture fixture;
  Ring ring;
  Bytes bytes = program();
  ImportBinding calls[] = {from_callback(go_round, &ring)};
  InstantiateOptions options;
  options.imports = calls;
  for (Instance*& instance : ring.instances) instance = fixture.instantiate(bytes, options);
  REQUIRE(ring.instances[0] != nullptr && ring.instances[1] != nullptr);
  CHECK(call(*ring.instances[0], "host") != Trap::None);  // the one in the middle was terminated
  CHECK_EQ(ring.level, 3);
  for (Instance* instance : ring.instances) {
    instance->set_exception(nullptr);
    CHECK(call(*instance, "count", {5}) == Trap::None);
  }
  for (Instance* instance : ring.instances) close_instance(*instance);
}
