// Whatever stops running code wakes what sleeps for a guest, and nothing else does.
#include "runtime/parking.h"

#include <unistd.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "fixture.h"
#include "platform/clock.h"
#include "runtime/interrupt.h"
#include "yardstick.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

// "host" calls the import.
Bytes program() {
  WasmBuilder wasm;
  uint32_t none = wasm.type({}, {});
  wasm.import_function("x", "host", none);
  uint32_t host = wasm.function(none, {0x10, 0, 0x0b});
  wasm.export_as("host", ExternKind::Func, host);
  return wasm.finish();
}

// A host function that sleeps.
struct Sleeper {
  std::atomic<Parking*> parking{nullptr};
  uint64_t deadline = platform::kNever;
  platform::Descriptor* descriptors = nullptr;
  size_t count = 0;
  platform::Woken woken = platform::Woken::Unable;
  Trap trap = Trap::None;
  std::mutex mutex;  // the parking stays while it is woken

  void await() {
    while (parking.load() == nullptr) std::this_thread::yield();
  }
  void wake() {
    await();
    std::lock_guard lock(mutex);
    parking.load()->wake();
  }
};

bool sleep_in(ExecEnv* env, void* data, uint64_t*) {
  auto& sleeper = *static_cast<Sleeper*>(data);
  Parking parking(*env);
  sleeper.parking = &parking;
  sleeper.trap = parking.sleep(sleeper.descriptors, sleeper.count, sleeper.deadline, sleeper.woken);
  std::lock_guard lock(sleeper.mutex);
  if (sleeper.trap != Trap::None) env->instance->set_exception("woken", sleeper.trap);
  return sleeper.trap == Trap::None;
}

struct Fast {
  Fixture fixture;
  Sleeper sleeper;
  Bytes bytes = program();
  Instance* instance;
  Fast() {
    ImportBinding sleeps[] = {from_callback(sleep_in, &sleeper)};
    InstantiateOptions options;
    options.imports = sleeps;
    instance = fixture.instantiate(bytes, options);
  }
  ~Fast() { close_instance(*instance); }

  // What came of the call, while `action` ran once it slept.
  template <class Action> Trap call_while(Action action, const CallLimits* limits = nullptr) {
    sleeper.parking = nullptr;
    std::thread thread([this, &action] {
      sleeper.await();
      std::this_thread::sleep_for(std::chrono::milliseconds(3));
      action();
    });
    Trap trap = call(*instance, "host", {}, nullptr, limits);
    thread.join();
    return trap;
  }
};

}  // namespace

TEST_CASE(what_it_waits_for_ends_a_sleep) {
  Fast fast;
  CHECK(fast.call_while([&] { fast.sleeper.wake(); }) == Trap::None);
  CHECK(fast.sleeper.woken == platform::Woken::ByOther);
  fast.sleeper.deadline = sleep_deadline(4'000'000);
  CHECK(fast.call_while([] {}) == Trap::None);
  CHECK(fast.sleeper.woken == platform::Woken::ByTime);
}

TEST_CASE(sleeping_for_ever_is_the_longest_time) {
  CHECK(sleep_deadline(-1) == platform::kNever);
  CHECK(sleep_deadline(INT64_MIN) == platform::kNever);
  CHECK(sleep_deadline(0) <= platform::monotonic_ns());
  CHECK(sleep_deadline(INT64_MAX) > platform::monotonic_ns() + INT64_MAX - 1'000'000'000);
}

TEST_CASE(terminate_ends_a_sleep) {
  Fast fast;
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  platform::Descriptor waited = {ends[0], true, false};
  for (int i = 0; i < 4; i++) {
    fast.sleeper.descriptors = i % 2 == 0 ? nullptr : &waited;
    fast.sleeper.count = static_cast<size_t>(i % 2);
    CHECK(fast.call_while([&] { terminate(*fast.instance); }) != Trap::None);
    CHECK(fast.sleeper.trap == Trap::Terminated);
    fast.instance->set_exception(nullptr);
  }
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE(a_deadline_ends_a_sleep) {
  Fast fast;
  CallLimits limits;
  limits.deadline_ms = 10;
  CHECK(fast.call_while([] {}, &limits) != Trap::None);
  CHECK(fast.sleeper.trap == Trap::Deadline);
  fast.instance->set_exception(nullptr);
  // The next one is not the worse for it.
  limits.deadline_ms = static_cast<int64_t>(patience(60'000));
  CHECK(fast.call_while([&] { fast.sleeper.wake(); }, &limits) == Trap::None);
}

TEST_CASE(a_stop_object_ends_a_sleep) {
  Fast fast;
  Stop* stop = Stop::create(*fast.fixture.runtime);
  REQUIRE(stop != nullptr);
  CallLimits limits;
  limits.stop = stop;
  CHECK(fast.call_while([&] { stop->request(); }, &limits) != Trap::None);
  CHECK(fast.sleeper.trap == Trap::Terminated);
  stop->destroy();
}

TEST_CASE(fuel_ends_a_sleep) {
  Fast fast;
  CallLimits limits;
  limits.fuel = 5000;
  CHECK(fast.call_while([] {}, &limits) != Trap::None);
  CHECK(fast.sleeper.trap == Trap::InstructionLimit);
  fast.instance->set_exception(nullptr);
  limits.fuel = INT64_MAX;
  CHECK(fast.call_while([&] { fast.sleeper.wake(); }, &limits) == Trap::None);
  CHECK(fast.sleeper.woken == platform::Woken::ByOther);
}

TEST_CASE(a_request_for_somebody_else_does_not_end_a_sleep) {
  Fast fast;
  ExecEnv& env = *singleton_exec_env(*fast.instance);
  CHECK(fast.call_while([&] {
    for (int i = 0; i < 50; i++) post_interrupt(env, kInterruptDeadline);
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    CHECK(env.depth.load() == 1);
    fast.sleeper.wake();
  }) == Trap::None);
  CHECK(fast.sleeper.woken == platform::Woken::ByOther);
}

TEST_CASE(a_request_that_came_before_the_sleep_prevents_it) {
  Fast fast;
  for (bool wake : {false, true}) {
    fast.sleeper.parking = nullptr;
    ExecEnv& env = *singleton_exec_env(*fast.instance);
    Parking parking(env);
    if (wake) parking.wake();
    terminate(*fast.instance);
    platform::Woken woken;
    CHECK(parking.sleep(platform::kNever, woken) == Trap::Terminated);
    fast.instance->set_exception(nullptr);
  }
}

// What ends the outer call ends what sleeps inside of it on another exec_env.
TEST_CASE(outer_limits_end_an_inner_sleep) {
  Fast fast;
  struct Outer {
    Instance* inner;
    Trap seen;
  } outer = {fast.instance, Trap::None};
  ImportBinding calls[] = {from_callback(
      [](ExecEnv*, void* data, uint64_t*) {
        auto& own = *static_cast<Outer*>(data);
        own.seen = call(*own.inner, "host");
        return own.seen == Trap::None;
      },
      &outer)};
  InstantiateOptions options;
  options.imports = calls;
  Instance* instance = fast.fixture.instantiate(fast.bytes, options);
  REQUIRE(instance != nullptr);
  CallLimits limits;
  // Long enough to be asleep by then on a busy machine.
  limits.deadline_ms = 200;
  CHECK(call(*instance, "host", {}, nullptr, &limits) != Trap::None);
  CHECK(fast.sleeper.trap == Trap::Deadline);
  instance->set_exception(nullptr);
  fast.instance->set_exception(nullptr);
  fast.sleeper.parking = nullptr;
  std::thread thread([&] {
    fast.sleeper.await();
    terminate(*instance);
  });
  CHECK(call(*instance, "host") != Trap::None);
  thread.join();
  CHECK(fast.sleeper.trap == Trap::Terminated);
  close_instance(*instance);
}

// Wake-ups, requests and time-outs at the same moment, over and over: none is lost, none is late.
TEST_CASE(all_that_ends_a_sleep_may_come_at_once) {
  Fast fast;
  ExecEnv& env = *singleton_exec_env(*fast.instance);
  std::atomic<bool> done{false};
  std::thread pest([&] {
    while (!done) post_interrupt(env, kInterruptDeadline);
  });
  for (int i = 0; i < 300; i++) {
    fast.sleeper.parking = nullptr;
    fast.sleeper.deadline = i % 3 == 0 ? platform::monotonic_ns() + 20'000 : platform::kNever;
    std::thread waker;
    if (i % 3 == 1) waker = std::thread([&] { fast.sleeper.wake(); });
    if (i % 3 == 2) waker = std::thread([&] { terminate(*fast.instance); });
    Trap trap = call(*fast.instance, "host");
    if (waker.joinable()) waker.join();
    CHECK_EQ(trap == Trap::None, i % 3 != 2);
    fast.instance->set_exception(nullptr);
  }
  done = true;
  pest.join();
}
