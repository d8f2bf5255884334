// Threads that use, reset, fault, stop and unload at random what other threads compile.
#include <atomic>
#include <cstdio>
#include <mutex>
#include <random>
#include <thread>

#include "../runtime/fixture.h"
#include "base/system_allocator.h"
#include "body_builder.h"
#include "jit/loop_engine.h"
#include "runtime/interrupt.h"
#include "runtime/reset.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

constexpr uint32_t kParts = 6;
constexpr uint32_t kThreads = 4;
constexpr uint32_t kRounds = 60;  // of each thread
constexpr uint32_t kOutside = 0x7fffffff;

// part k (n): k + 1 times all numbers up to n; run(n): all parts; spin(n) never ends; fault(at).
Bytes program() {
  WasmBuilder wasm;
  const uint32_t unary = wasm.type({kI32}, {kI32});
  wasm.memory(1);
  for (uint32_t k = 0; k < kParts; k++) {
    BodyBuilder part;
    part.block(Opcode::Loop).i32(64).get(1).get(0).i32(static_cast<int32_t>(k + 1));
    part.op(Opcode::I32Mul).op(Opcode::I32Add).op(Opcode::I32Store, 2, k * 8);
    part.i32(64).op(Opcode::I32Load, 2, k * 8).set(1);
    part.get(0).i32(1).op(Opcode::I32Sub).op(Opcode::LocalTee, 0).op(Opcode::BrIf, 0).end();
    wasm.function(unary, part.get(1).end(), {{1, kI32}});
  }
  BodyBuilder run;
  for (uint32_t k = 0; k < kParts; k++) {
    run.get(0).op(Opcode::Call, k);
    if (k > 0) run.op(Opcode::I32Add);
  }
  const uint32_t sum = wasm.function(unary, run.end());
  BodyBuilder endless;
  endless.block(Opcode::Loop).get(0).op(Opcode::Call, 0).op(Opcode::Drop).op(Opcode::Br, 0).end();
  const uint32_t spin = wasm.function(unary, endless.get(0).end());
  const uint32_t fault = wasm.function(unary, BodyBuilder().get(0).op(Opcode::I32Load, 2, 0).end());
  wasm.export_as("run", ExternKind::Func, sum);
  wasm.export_as("spin", ExternKind::Func, spin);
  wasm.export_as("fault", ExternKind::Func, fault);
  return wasm.finish();
}

uint32_t expected(uint32_t n) { return kParts * (kParts + 1) / 2 * (n * (n + 1) / 2); }

// What one thread has that another may stop.
struct Place {
  std::mutex mutex;
  Instance* instance = nullptr;

  void put(Instance* made) {
    std::lock_guard lock(mutex);
    instance = made;
  }
  void stop() {
    std::lock_guard lock(mutex);
    if (instance != nullptr) terminate(*instance);
  }
};

class Storm {
 public:
  explicit Storm(const Engine& engine) : engine_(engine) {
    RuntimeConfig config;
    config.allocator = system_allocator();
    config.engine = &engine;
    config.conventions = &kWamrConventions;
    config.log.write = [](void*, uint32_t, const char*) {};
    Diagnostic diagnostic;
    runtime_ = Runtime::create(config, diagnostic);
    REQUIRE(runtime_ != nullptr);
    shared_ = load();
    REQUIRE(shared_ != nullptr);
  }

  void run() {
    std::thread threads[kThreads];
    for (uint32_t i = 0; i < kThreads; i++) threads[i] = std::thread([this, i] { work(i); });
    std::minstd_rand random(1);
    while (ended_.load() < kThreads) {
      places_[random() % kThreads].stop();
      if (random() % 4 == 0) std::this_thread::yield();
    }
    for (std::thread& thread : threads) thread.join();
    shared_->release();
    runtime_->give_up();
    CHECK_EQ(wrong_.load(), 0u);
    CHECK(stopped_.load() > 0);
  }

 private:
  Module* load() {
    Diagnostic diagnostic;
    return load_module(runtime_->allocator(), runtime_->types(), bytes_, diagnostic,
                       kImplementedFeatures);
  }

  void work(uint32_t index) {
    std::minstd_rand random(index + 2);
    Place& place = places_[index];
    for (uint32_t round = 0; round < kRounds; round++) {
      // Of its own: unloaded while it is compiled.
      const bool is_own = random() % 2 == 0;
      Module* module = is_own ? load() : shared_;
      Diagnostic diagnostic;
      Trap trap = Trap::None;
      InstantiateOptions options;
      options.strict = true;
      Instance* instance = instantiate(*runtime_, *module, options, diagnostic, &trap);
      if (is_own) module->release();
      expect(instance != nullptr);
      if (instance == nullptr) continue;
      place.put(instance);
      for (uint32_t i = 0; i < 4; i++) use(*instance, static_cast<uint32_t>(random()));
      place.put(nullptr);
      close_instance(*instance);
    }
    ended_.fetch_add(1);
  }

  void use(Instance& instance, uint32_t random) {
    const uint32_t n = 1 + random / 16 % 64;
    Slot result = 0;
    switch (random % 4) {
      case 0: expect(is_stopped(instance, call(instance, "spin", {n}))); return renew(instance);
      case 1: {
        const Trap trap = call(instance, "fault", {kOutside});
        expect(trap == Trap::MemoryOutOfBounds || is_stopped(instance, trap));
        return renew(instance);
      }
      case 2: {
        Code& part = instance.code[random / 16 % kParts];
        ExecEnv* env = singleton_exec_env(instance);
        if (engine_.sample != nullptr) engine_.sample(*env, part, nullptr, 1);
        [[fallthrough]];
      }
      default:
        const Trap trap = call(instance, "run", {n}, &result);
        if (is_stopped(instance, trap)) return renew(instance);
        expect(trap == Trap::None && static_cast<uint32_t>(result) == expected(n));
    }
  }

  // While it ran, or before: then it is not called at all.
  bool is_stopped(const Instance& instance, Trap trap) {
    if (trap == Trap::None || instance.pending_trap() != Trap::Terminated) return false;
    stopped_.fetch_add(1);
    return true;
  }

  void renew(Instance& instance) {
    Diagnostic diagnostic;
    Trap trap = Trap::None;
    expect(reset_instance(instance, {}, diagnostic, trap) == Error::None);
  }

  // The test's own checks are counted without a lock.
  void expect(bool holds) {
    if (!holds) wrong_.fetch_add(1);
  }

  const Engine& engine_;
  const Bytes bytes_ = program();
  Runtime* runtime_ = nullptr;
  Module* shared_ = nullptr;
  Place places_[kThreads];
  std::atomic<uint32_t> ended_{0};
  std::atomic<uint32_t> stopped_{0};
  std::atomic<uint32_t> wrong_{0};
};

void storm(const Engine* (*find)(int& error)) {
  int error = 0;
  const Engine* engine = find(error);
  if (engine == nullptr) {
    std::printf("no machine code here (error %d): nothing to test\n", error);
    return;
  }
  Storm(*engine).run();
}

}  // namespace

TEST_CASE(a_storm_over_what_is_compiled_at_first_calls) { storm(&native_engine); }
TEST_CASE(a_storm_over_what_is_compiled_beside_it) { storm(&sampled_engine); }
TEST_CASE(a_storm_over_loops_that_take_frames_over) {
  storm([](int&) { return loop_tier::engine(); });
}
