// Instances of one module that are run in different ways, by each engine.
#include <cstring>
#include <optional>

#include "../runtime/fixture.h"
#include "runtime/exec_env_cold.h"
#include "runtime/run_mode.h"
#include "runtime/store.h"
#include "tiers/hot_functions.h"
#include "tiers/joined_code.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

constexpr uint32_t kFunctions = 2;

// answer(x) = x + 3, by another function.
Bytes build_program() {
  WasmBuilder wasm;
  const uint32_t unary = wasm.type({kI32}, {kI32});
  wasm.function(unary, {0x20, 0, 0x41, 3, 0x6a, 0x0b});
  wasm.function(unary, {0x20, 0, 0x10, 0, 0x0b});
  const char* names[] = {"inner", "answer"};
  for (uint32_t i = 0; i < kFunctions; i++) wasm.export_as(names[i], ExternKind::Func, i);
  return wasm.finish();
}

// Modules refer to them.
const Bytes& program() {
  static const Bytes bytes = build_program();
  return bytes;
}

using MakeEngine = const Engine* (*)(int& error);
constexpr MakeEngine kEngines[] = {native_engine, sampled_engine};

// Two instances of one module; null where there is no machine code.
struct Pair {
  explicit Pair(MakeEngine make, RunMode by_default = RunMode::Best) {
    int error;
    // Also where samples would find that out later.
    if (native_engine(error) == nullptr) return;
    choose_engine(make(error));
    fixture.emplace();
    module = fixture->load(program());
    CHECK(set_default_run_mode(*fixture->runtime, by_default));
    for (Instance*& at : both)
      at = instantiate(*fixture->runtime, *module, {}, diagnostic, nullptr);
  }
  ~Pair() {
    if (!fixture) return;
    for (Instance* at : both) {
      if (at != nullptr) close_instance(*at);
    }
    module->release();
    fixture.reset();
    choose_engine(nullptr);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  [[nodiscard]] bool is_there() const { return both[0] != nullptr && both[1] != nullptr; }

  std::optional<Fixture> fixture;
  Diagnostic diagnostic;
  Module* module = nullptr;
  Instance* both[2] = {};
};

bool answers(Instance& instance) {
  Slot result = 0;
  return call(instance, "answer", {4}, &result) == Trap::None && static_cast<uint32_t>(result) == 7;
}

bool is_compiled(const Instance& instance, uint32_t function) {
  return joined_code(instance.code[function]) != nullptr;
}

}  // namespace

TEST_CASE(an_interpreted_instance_runs_code_of_its_own) {
  for (MakeEngine make : kEngines) {
    Pair pair(make);
    if (!pair.is_there()) continue;
    Instance& native = *pair.both[0];
    Instance& interpreted = *pair.both[1];
    REQUIRE(set_run_mode(native, RunMode::Quick));
    REQUIRE(set_run_mode(interpreted, RunMode::Interpreted));
    for (int i = 0; i < 2; i++) CHECK(answers(native) && answers(interpreted));
    for (uint32_t function = 0; function < kFunctions; function++) {
      CHECK(is_compiled(native, function));
      CHECK(!is_compiled(interpreted, function));
      CHECK(!hot_functions().note(interpreted.code[function], nullptr, 1));
      CHECK(!is_compiled(interpreted, function));
    }
    // And back: it finds what the other's calls have made.
    REQUIRE(set_run_mode(interpreted, RunMode::Full));
    CHECK(interpreted.code == native.code);
    CHECK(answers(interpreted));
  }
}

// With machine code at first calls, where all code is looked at again with each instance.
TEST_CASE(a_refused_function_is_tried_once) {
  Pair pair(native_engine);
  if (!pair.is_there()) return;
  Code& code = pair.both[0]->code[0];
  JoinedCode* made = nullptr;
  FailingAllocator none(1, true);
  CHECK(make_joined(code, Poll(), none.allocator(), made) == Trap::None);
  CHECK(made == nullptr && is_refused(code));
  RefusalCount first;
  RefusalCount second;
  uint32_t reason = 0;
  while (refusal_count(reason, first) && std::strcmp(first.word, "no_memory") != 0) reason++;
  CHECK(first.functions > 0);
  CHECK(prepare_joined(code, Poll()) == Trap::None);
  CHECK(refusal_count(reason, second));
  CHECK_EQ(second.functions, first.functions);
  CHECK(joined_code(code) == nullptr && code.has_body());
  CHECK(answers(*pair.both[0]));
  CHECK(is_compiled(*pair.both[0], 1));
}

TEST_CASE(an_engine_says_what_is_in_force) {
  for (MakeEngine make : kEngines) {
    Pair pair(make);
    if (!pair.is_there()) continue;
    Instance& instance = *pair.both[0];
    const bool is_sampled = make == &sampled_engine;
    CHECK(run_mode(instance) == (is_sampled ? RunMode::Sampled : RunMode::Quick));
    CHECK_EQ(set_run_mode(instance, RunMode::Sampled), is_sampled);
    for (RunMode mode : {RunMode::Full, RunMode::Quick, RunMode::Interpreted}) {
      CHECK(set_run_mode(instance, mode));
      CHECK(run_mode(instance) == mode);
    }
  }
}

TEST_CASE(an_engine_with_one_way_interprets) {
  Fixture fixture;
  Instance* instance = fixture.instantiate(program());
  REQUIRE(instance != nullptr);
  CHECK(run_mode(*instance) == RunMode::Interpreted);
  CHECK(set_run_mode(*instance, RunMode::Best));
  CHECK(set_run_mode(*instance, RunMode::Interpreted));
  for (RunMode mode : {RunMode::Quick, RunMode::Full, RunMode::Sampled}) {
    CHECK(!can_run(*fixture.runtime, mode));
    CHECK(!set_run_mode(*instance, mode));
    CHECK(!set_default_run_mode(*fixture.runtime, mode));
  }
  CHECK(run_mode(*instance) == RunMode::Interpreted);
  close_instance(*instance);
}

// Nobody has a timer or a thread for samples that nobody wants.
TEST_CASE(calls_of_interpreted_instances_are_not_sampled) {
  Pair pair(sampled_engine, RunMode::Interpreted);
  if (!pair.is_there()) return;
  ExecEnv* env = singleton_exec_env(*pair.both[0]);
  REQUIRE(env != nullptr);
  CHECK(!env->cold->needs_pulse);
  REQUIRE(set_run_mode(*pair.both[0], RunMode::Sampled));
  CHECK(env->cold->needs_pulse);
}

TEST_CASE(a_thread_of_a_guest_runs_as_its_instance_does) {
  Pair pair(sampled_engine);
  if (!pair.is_there()) return;
  REQUIRE(set_run_mode(*pair.both[0], RunMode::Interpreted));
  InstantiateOptions options;
  options.shared_with = pair.both[0];
  Instance* thread =
      instantiate(*pair.fixture->runtime, *pair.module, options, pair.diagnostic, nullptr);
  REQUIRE(thread != nullptr);
  CHECK(run_mode(*thread) == RunMode::Interpreted);
  CHECK(thread->code == pair.both[0]->code);
  close_instance(*thread);
}

TEST_CASE(without_memory_an_instance_stays_as_it_is) {
  for (uint64_t request = 1;; request++) {
    Pair pair(native_engine);
    if (!pair.is_there()) return;
    Instance& instance = *pair.both[0];
    REQUIRE(meter(instance));
    const Code* before = instance.code;
    const Code* metered = instance.metered_code;
    pair.fixture->memory.arm(request);
    const bool is_set = set_run_mode(instance, RunMode::Interpreted);
    const bool has_failed = pair.fixture->memory.failed();
    pair.fixture->memory.arm(0);
    CHECK_EQ(is_set, !has_failed);
    CHECK_EQ(instance.code != before, is_set);
    CHECK_EQ(instance.metered_code != metered, is_set);
    CHECK(run_mode(instance) == (is_set ? RunMode::Interpreted : RunMode::Quick));
    CHECK(answers(instance));
    if (!has_failed) return;
  }
}

// Also where all code is to be there before the first call.
TEST_CASE(code_that_is_made_early_is_made_for_the_new_mode) {
  int error;
  const Engine* engine = native_engine(error);
  if (engine == nullptr) return;
  for (uint64_t request = 1;; request++) {
    FailingAllocator memory;
    Diagnostic diagnostic;
    RuntimeConfig config;
    config.allocator = memory.allocator();
    config.engine = engine;
    config.conventions = &kWamrConventions;
    config.prepare.plain = true;
    Runtime* runtime = Runtime::create(config, diagnostic);
    Module* module = load_module(runtime->allocator(), runtime->types(), program(), diagnostic,
                                 kImplementedFeatures);
    Instance* instance = instantiate(*runtime, *module, {}, diagnostic, nullptr);
    REQUIRE(instance != nullptr);
    memory.arm(request);
    const bool is_set = set_run_mode(*instance, RunMode::Interpreted);
    const bool has_failed = memory.failed();
    memory.arm(0);
    CHECK(is_set || has_failed);  // some memory can be done without
    CHECK(instance->code[0].has_body() && instance->code[1].has_body());
    CHECK_EQ(is_compiled(*instance, 0), !is_set);
    close_instance(*instance);
    module->release();
    runtime->destroy();
    CHECK_EQ(memory.live(), 0u);
    if (!has_failed) return;
  }
}
