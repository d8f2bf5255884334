// Machine code, with all that leads into it and out of it, goes instruction by instruction: at each
// one somebody may ask for something.
#include <ucontext.h>
#include <csignal>

#include <cstdio>
#include <optional>
#include <utility>
#include <vector>

#include "../runtime/fixture.h"
#include "body_builder.h"
#include "jit/stubs.h"
#include "runtime/interrupt.h"
#include "runtime/trap_record.h"
#include "sanitized.h"
#include "tiers/joined_code.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

enum Number : uint32_t { kHost, kLeaf, kVector, kTop, kOuter, kFunctions };
constexpr Slot kRounds = 2;
constexpr uint32_t kSum = kRounds * (4 + 12 + 2 + 4 + 7);

// With something before it that has no effect, and that the native tier does not know.
Bytes interpreted(const BodyBuilder& body) {
  Bytes bytes = {0xfd, 0x0c};
  bytes.resize(18);
  for (uint8_t byte : {0xfd, 0x1b, 0x00, 0x1a}) bytes.push_back(byte);
  bytes.insert(bytes.end(), body.bytes().begin(), body.bytes().end());
  return bytes;
}

// leaf(x) = x + 3 in machine code; vector(x) = leaf(x) + 8, interpreted. top(n) adds up, n times,
// leaf(1), vector(1), host(1) = 2, leaf(1) through the table and a 7 from memory; outer(n) = top(n)
// is interpreted again.
Bytes program() {
  WasmBuilder wasm;
  const uint32_t unary = wasm.type({kI32}, {kI32});
  wasm.import_function("x", "host", unary);
  wasm.memory(1);
  wasm.table(kFuncRef, 1);
  wasm.function(unary, BodyBuilder().get(0).i32(3).op(Opcode::I32Add).end());
  wasm.function(
      unary,
      interpreted(BodyBuilder().get(0).op(Opcode::Call, kLeaf).i32(8).op(Opcode::I32Add).end()));
  BodyBuilder top;
  top.block(Opcode::Loop).get(1);
  for (uint32_t callee : {kLeaf, kVector, kHost}) {
    top.i32(1).op(Opcode::Call, callee).op(Opcode::I32Add);
  }
  top.i32(1).i32(0).op(Opcode::CallIndirect, 0, 0).op(Opcode::I32Add);
  top.i32(64).i32(7).op(Opcode::I32Store, 2, 0).i32(64).op(Opcode::I32Load, 2, 0);
  top.op(Opcode::I32Add).set(1);
  top.get(0).i32(1).op(Opcode::I32Sub).op(Opcode::LocalTee, 0).op(Opcode::BrIf, 0).end();
  wasm.function(unary, top.get(1).end(), {{1, kI32}});
  wasm.function(unary, interpreted(BodyBuilder().get(0).op(Opcode::Call, kTop).end()));
  wasm.export_as("outer", ExternKind::Func, kOuter);
  wasm.element(WasmBuilder::i32_const(0), {kLeaf});
  return wasm.finish();
}

bool add_one(ExecEnv*, void*, uint64_t* slots) {
  slots[0] = static_cast<uint32_t>(slots[0]) + 1;
  return true;
}

// What is done at instructions of machine code while single steps are made.
struct Steps {
  static constexpr greg_t kTrapFlag = 0x100;
  using Range = std::pair<uintptr_t, uintptr_t>;
  // Who is asked again before the last answer goes on asking for ever.
  static constexpr uint64_t kApart = 64;

  std::vector<Range> code;
  uint64_t seen = 0;
  std::vector<uint64_t> seen_in;  // by range
  ExecEnv* asked = nullptr;       // for nothing, at this one and from then on
  uint64_t ask_at = 0;
  Stop* stop = nullptr;  // at that one
  uint64_t stop_at = UINT64_MAX;

  // False: that is not machine code.
  bool note(uintptr_t at) {
    for (size_t i = 0; i < code.size(); i++) {
      if (at < code[i].first || at >= code[i].second) continue;
      seen_in[i]++;
      return true;
    }
    return false;
  }
};
Steps steps;

// Sent by hand it begins stepping, or ends it.
void on_trap(int, siginfo_t* info, void* context) {
  greg_t* registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  if (info->si_code != TRAP_TRACE) {
    registers[REG_EFL] ^= Steps::kTrapFlag;
    return;
  }
  if (!steps.note(static_cast<uintptr_t>(registers[REG_RIP]))) return;
  if (steps.asked != nullptr && steps.seen == steps.ask_at) {
    steps.ask_at += Steps::kApart;
    post_interrupt(*steps.asked, kInterruptTerminate);
  }
  if (steps.seen++ != steps.stop_at) return;
  steps.stop->request();
  registers[REG_EFL] &= ~Steps::kTrapFlag;
}

struct Guest {
  explicit Guest(const Engine& engine) {
    choose_engine(&engine);
    fixture.emplace();
    ImportBinding imports[] = {from_callback(add_one)};
    InstantiateOptions options;
    options.imports = imports;
    instance = fixture->instantiate(bytes, options);
    REQUIRE(instance != nullptr);
    env = singleton_exec_env(*instance);
    stop = Stop::create(*fixture->runtime);
    REQUIRE(env != nullptr && stop != nullptr);
    struct sigaction action = {};
    action.sa_sigaction = &on_trap;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGTRAP, &action, &before);
    CHECK_EQ(run(), Trap::None);  // compiles what is compiled
    find_code();
  }
  ~Guest() {
    sigaction(SIGTRAP, &before, nullptr);
    stop->destroy();
    close_instance(*instance);
    fixture.reset();
    choose_engine(nullptr);
  }
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;

  Trap run() {
    CallLimits limits;
    limits.stop = stop;
    result = 0;
    return call(*env, *instance, "outer", {kRounds}, &result, &limits);
  }
  Trap step() {
    std::raise(SIGTRAP);
    const Trap trap = run();
    if (steps.seen <= steps.stop_at) std::raise(SIGTRAP);
    return trap;
  }
  [[nodiscard]] bool is_right() const { return static_cast<uint32_t>(result) == kSum; }

  // The stubs stand behind each other in the order of their fields.
  void find_code() const {
    const jit::Stubs& stubs = jit::stubs();
    constexpr uintptr_t kMostBytes = 1024;
    steps = {};
    for (uint32_t i = 0; i < kFunctions - kLeaf; i++) {
      const JoinedCode* joined = joined_code(instance->code[i]);
      if (joined == nullptr) continue;
      steps.code.push_back(
          {reinterpret_cast<uintptr_t>(joined->begin), reinterpret_cast<uintptr_t>(joined->end)});
    }
    steps.code.push_back({stubs.enter, stubs.interpret});
    steps.code.push_back({stubs.interpret, stubs.make_room});
    steps.code.push_back({stubs.make_room, stubs.poll});
    steps.code.push_back({stubs.poll, stubs.poll + kMostBytes});
    steps.seen_in.resize(steps.code.size());
  }

  const Bytes bytes = program();
  std::optional<Fixture> fixture;
  Instance* instance = nullptr;
  ExecEnv* env = nullptr;
  Stop* stop = nullptr;
  Slot result = 0;
  struct sigaction before = {};
};

// Null where machine code, or single steps, cannot be had.
const Engine* engine_to_step() {
  int error = 0;
  const Engine* engine = kThreadSanitizer ? nullptr : native_engine(error);
  if (engine == nullptr) std::printf("no machine code to step through here: nothing to test\n");
  return engine;
}

}  // namespace

TEST_CASE(whoever_asks_for_nothing_changes_nothing) {
  const Engine* engine = engine_to_step();
  if (engine == nullptr) return;
  Guest guest(*engine);
  steps.asked = guest.env;
  // Where the library is instrumented it takes several times as many steps, here and below.
  for (uint64_t first = 0; first < Steps::kApart; first += kAddressSanitizer ? 7 : 1) {
    steps.seen = 0;
    steps.ask_at = first;
    CHECK_EQ(guest.step(), Trap::None);
    CHECK(guest.is_right());
  }
  CHECK(steps.seen > 100);
  // All of it was gone through, the stub that makes room included: limits are taken away.
  CHECK_EQ(steps.code.size(), 6u);
  for (uint64_t seen : steps.seen_in) CHECK(seen > 0);
}

TEST_CASE(a_stop_at_an_instruction_stops_or_comes_too_late) {
  const Engine* engine = engine_to_step();
  if (engine == nullptr) return;
  Guest guest(*engine);
  CHECK_EQ(guest.step(), Trap::None);
  const uint64_t all = steps.seen;
  // Of some: each costs a run of thousands of steps.
  const uint64_t each = kAddressSanitizer ? 37 : 9;
  uint64_t stopped = 0;
  steps.stop = guest.stop;
  for (uint64_t at = 0; at < all; at += each) {
    steps.seen = 0;
    steps.stop_at = at;
    const Trap trap = guest.step();
    CHECK_EQ(steps.seen, at + 1);
    if (trap == Trap::Terminated) {
      stopped++;
      const TrapRecord& record = *trap_record(*guest.instance);
      REQUIRE(record.frame_count >= 2);
      CHECK_EQ(record.frames[record.frame_count - 1].function, kOuter);
      CHECK_EQ(record.frames[record.frame_count - 2].function, kTop);
    } else {
      CHECK(trap == Trap::None && guest.is_right());
    }
    guest.instance->set_exception(nullptr);
    guest.stop->clear();
    CHECK(guest.run() == Trap::None && guest.is_right());
  }
  CHECK(stopped * 2 > all / each);
}
