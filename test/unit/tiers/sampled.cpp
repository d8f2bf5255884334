// Functions that are found running become machine code beside the guest, and are forgotten in time.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <thread>
#include <vector>

#include "../runtime/fixture.h"
#include "platform/clock.h"
#include "platform/code_memory.h"
#include "platform/worker.h"
#include "sanitized.h"
#include "tiers/hot_functions.h"
#include "tiers/joined_code.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

enum Number : uint32_t { kLeaf, kTop, kVector };
constexpr uint64_t kSecond = 1'000'000'000;

// leaf(x) = x + 3; top(n) adds leaf(1) n times; vector() has something the native tier does not
// know.
Bytes program() {
  WasmBuilder wasm;
  const uint32_t unary = wasm.type({kI32}, {kI32});
  wasm.function(unary, {0x20, 0, 0x41, 3, 0x6a, 0x0b});
  wasm.function(unary, {0x03, 0x40, 0x20, 1,    0x41, 1, 0x10, kLeaf, 0x6a, 0x21, 1, 0x20,
                        0,    0x41, 1,    0x6b, 0x22, 0, 0x0d, 0,     0x0b, 0x20, 1, 0x0b},
                {{1, kI32}});
  wasm.function(unary,
                {0xfd, 0x0c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xfd, 0x1b, 0, 0x0b});
  const char* names[] = {"leaf", "top", "vector"};
  for (uint32_t i = kLeaf; i <= kVector; i++) wasm.export_as(names[i], ExternKind::Func, i);
  return wasm.finish();
}

const Engine* sampled() {
  int error = 0;
  const Engine* engine = sampled_engine(error);
  if (engine == nullptr) std::printf("no machine code here (error %d): nothing to test\n", error);
  return engine;
}

// An instance whose functions are sampled.
struct Guest {
  explicit Guest(const Engine& engine) {
    choose_engine(&engine);
    fixture.emplace();
    instance = fixture->instantiate(bytes);
  }
  ~Guest() {
    if (instance != nullptr) close_instance(*instance);
    fixture.reset();
    choose_engine(nullptr);
  }
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;

  [[nodiscard]] Code& code(Number function) const { return instance->code[function]; }

  const Bytes bytes = program();
  std::optional<Fixture> fixture;
  Instance* instance = nullptr;
};

// As often as it takes; false: it takes longer than any machine should.
template <class Condition> bool until(Condition holds) {
  const uint64_t last = platform::monotonic_ns() + 60 * kSecond;
  while (!holds()) {
    if (platform::monotonic_ns() > last) return false;
  }
  return true;
}

uint64_t refusals(const char* word) {
  RefusalCount count;
  for (uint32_t reason = 0; refusal_count(reason, count); reason++) {
    if (std::strcmp(count.word, word) == 0) return count.functions;
  }
  return UINT64_MAX;
}

// It runs, as far as the samples say, until it is compiled or refused.
bool note_until_done(Code& code) {
  return until([&] { return !hot_functions().note(code, nullptr, 1); });
}

Slot run(Instance& instance, const char* name, Slot argument) {
  Slot result = 0;
  CHECK_EQ(call(instance, name, {argument}, &result), Trap::None);
  return static_cast<uint32_t>(result);
}

}  // namespace

// The first of all here: later ones find memory for machine code, which stays.
TEST_CASE(a_process_without_hot_functions_takes_nothing) {
  const Engine* engine = sampled();
  if (engine == nullptr) return;
  Guest guest(*engine);
  REQUIRE(guest.instance != nullptr);
  CHECK_EQ(run(*guest.instance, "leaf", 1), 4u);
  // Of another one: a sample of that call may have come.
  hot_functions().note(guest.code(kTop), nullptr, 1);
  CHECK_EQ(native_code_bytes(), 0u);
}

TEST_CASE(where_machine_code_is_forbidden_functions_stay_interpreted) {
  const pid_t child = kThreadSanitizer ? -1 : fork();
  if (child < 0) return;
  if (child == 0) {
    platform::refuse_code_memory(EACCES);
    Guest guest(*sampled());
    const bool is_done = note_until_done(guest.code(kLeaf)) && note_until_done(guest.code(kTop));
    const bool is_right = run(*guest.instance, "top", 100) == 400;
    const bool is_interpreted = joined_code(guest.code(kLeaf)) == nullptr;
    _exit(is_done && is_right && is_interpreted && native_code_bytes() == 0 ? 0 : 1);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST_CASE(what_runs_often_becomes_machine_code) {
  const Engine* engine = sampled();
  if (engine == nullptr) return;
  Guest guest(*engine);
  REQUIRE(guest.instance != nullptr);
  const bool is_compiled = until([&] {
    CHECK_EQ(run(*guest.instance, "top", 10'000), 40'000u);
    return joined_code(guest.code(kLeaf)) != nullptr && joined_code(guest.code(kTop)) != nullptr;
  });
  CHECK(is_compiled);
  CHECK_EQ(run(*guest.instance, "top", 10'000), 40'000u);
}

TEST_CASE(nothing_is_learned_of_what_is_compiled_or_refused) {
  const Engine* engine = sampled();
  if (engine == nullptr) return;
  Guest guest(*engine);
  REQUIRE(guest.instance != nullptr);
  const uint64_t before = refusals("vectors");
  CHECK_EQ(run(*guest.instance, "vector", 1), 0u);
  CHECK(note_until_done(guest.code(kVector)));
  CHECK(joined_code(guest.code(kVector)) == nullptr);
  CHECK(is_refused(guest.code(kVector)));
  CHECK_EQ(refusals("vectors"), before + 1);
  CHECK(note_until_done(guest.code(kVector)));
  CHECK_EQ(refusals("vectors"), before + 1);
  CHECK_EQ(run(*guest.instance, "vector", 1), 0u);
  CHECK(note_until_done(guest.code(kLeaf)));
  CHECK(joined_code(guest.code(kLeaf)) != nullptr);
}

TEST_CASE(code_that_counts_instructions_stays_interpreted) {
  const Engine* engine = sampled();
  if (engine == nullptr) return;
  Guest guest(*engine);
  REQUIRE(guest.instance != nullptr);
  CallLimits limits;
  limits.fuel = 1'000'000;
  Slot result = 0;
  const uint64_t before = refusals("metered");
  REQUIRE(call(*guest.instance, "leaf", {2}, &result, &limits) == Trap::None);
  CHECK(!hot_functions().note(guest.instance->metered_code[kLeaf], nullptr, 1));
  CHECK_EQ(refusals("metered"), before + 1);
}

TEST_CASE(an_instance_ends_while_its_functions_are_compiled) {
  const Engine* engine = sampled();
  if (engine == nullptr) return;
  for (int round = 0; round < 50; round++) {
    Guest guest(*engine);
    REQUIRE(guest.instance != nullptr);
    for (Number function : {kLeaf, kTop, kVector}) {
      for (int sample = 0; sample < 2; sample++)
        hot_functions().note(guest.code(function), nullptr, 1);
    }
  }
}

TEST_CASE(threads_run_what_is_being_compiled) {
  const Engine* engine = sampled();
  if (engine == nullptr) return;
  Guest guest(*engine);
  REQUIRE(guest.instance != nullptr);
  std::vector<std::thread> threads;
  std::vector<ExecEnv*> envs;
  std::atomic<uint32_t> wrong{0};
  for (int i = 0; i < 4; i++) envs.push_back(create_exec_env(*guest.instance, 64 * 1024));
  for (ExecEnv* env : envs) {
    threads.emplace_back([&, env] {
      for (int round = 0; round < 200; round++) {
        Slot result = 0;
        const Trap trap = call(*env, *guest.instance, "top", {100}, &result);
        if (trap != Trap::None || static_cast<uint32_t>(result) != 400) wrong++;
      }
    });
  }
  CHECK(note_until_done(guest.code(kTop)));
  for (std::thread& thread : threads) thread.join();
  for (ExecEnv* env : envs) destroy_exec_env(*env);
  CHECK_EQ(wrong.load(), 0u);
}

// The child has no worker: it starts again there.
TEST_CASE(a_child_of_a_fork_compiles_too) {
  const Engine* engine = sampled();
  if (engine == nullptr || kThreadSanitizer) return;
  Guest guest(*engine);
  REQUIRE(guest.instance != nullptr);
  CHECK(note_until_done(guest.code(kTop)));
  const pid_t child = fork();
  if (child == 0) {
    const bool is_done = note_until_done(guest.code(kLeaf));
    _exit(is_done && joined_code(guest.code(kLeaf)) != nullptr ? 0 : 1);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
