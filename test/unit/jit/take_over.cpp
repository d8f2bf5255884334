// Loops that become machine code while they run: the frame goes on in it, and all that can happen
// to a frame happens there too.
#include <cstdio>
#include <optional>
#include <set>

#include "../runtime/fixture.h"
#include "base/system_allocator.h"
#include "body_builder.h"
#include "interp/interpreter.h"
#include "jit/build/build.h"
#include "jit/loop_engine.h"
#include "jit/opt/optimise.h"
#include "jit/verify.h"
#include "platform/clock.h"
#include "runtime/host_function.h"
#include "runtime/trap_record.h"
#include "runtime/waiting_call.h"
#include "tiers/engines.h"
#include "tiers/joined_code.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

constexpr uint64_t kSecond = 1'000'000'000;

// Runtimes made meanwhile have that engine.
struct Chosen {
  explicit Chosen(const Engine* engine) { choose_engine(engine); }
  ~Chosen() { choose_engine(nullptr); }
  Chosen(const Chosen&) = delete;
  Chosen& operator=(const Chosen&) = delete;
};

bool has_machine_code() {
  if (loop_tier::engine() != nullptr) return true;
  std::printf("no machine code here: nothing to test\n");
  return false;
}

// `f` of a module with that body, local 1 an i32, 2 an i64, 3 an f64; all of it in the module.
struct Shape {
  const char* name;
  BodyBuilder body;
};

Bytes module_of(const BodyBuilder& body) {
  WasmBuilder wasm;
  wasm.memory(1);
  wasm.function(wasm.type({kI32}, {kI32}), body, {{1, kI32}, {1, kI64}, {1, kF64}});
  wasm.export_as("f", ExternKind::Func, 0);
  return wasm.finish();
}

// i of local 0 down to zero, at the end of the loop `depth` labels out.
void count_down(BodyBuilder& body, uint32_t depth) {
  body.get(0).i32(1).op(Opcode::I32Sub).set(0).get(0).op(Opcode::BrIf, depth);
}

// sum of i * 3 from n on
BodyBuilder one_loop() {
  BodyBuilder body;
  body.block(Opcode::Loop);
  body.get(0).i32(3).op(Opcode::I32Mul).get(1).op(Opcode::I32Add).set(1);
  count_down(body, 0);
  body.end().get(1);
  return body;
}

// As compilers make `while`: a test that is repeated at the end.
BodyBuilder tested_loop() {
  BodyBuilder body;
  body.block(Opcode::Block).block(Opcode::Loop);
  body.get(0).op(Opcode::I32Eqz).op(Opcode::BrIf, 1);
  body.get(1).get(0).op(Opcode::I32Xor).i32(5).op(Opcode::I32Add).set(1);
  body.get(0).i32(1).op(Opcode::I32Sub).set(0).op(Opcode::Br, 0);
  body.end().end().get(1);
  return body;
}

// The outer loop sets what the inner one reads, and begins with an `if` around it.
BodyBuilder nested_loops() {
  BodyBuilder body;
  body.block(Opcode::Loop);
  body.get(2).get(0).op(Opcode::I64ExtendI32U).op(Opcode::I64Add).set(2);
  body.get(0).i32(1).op(Opcode::I32And).block(Opcode::If);
  body.i32(7).set(1);
  body.block(Opcode::Loop);
  body.get(2).get(1).op(Opcode::I64ExtendI32U).op(Opcode::I64Mul).i32(11);
  body.op(Opcode::I64ExtendI32U).op(Opcode::I64Add).set(2);
  body.get(3).get(0).op(Opcode::F64ConvertI32S).op(Opcode::F64Add).set(3);
  body.get(1).i32(1).op(Opcode::I32Sub).set(1).get(1).op(Opcode::BrIf, 0);
  body.end();
  body.end();
  count_down(body, 0);
  body.end();
  body.get(2).op(Opcode::I32WrapI64).get(3).op(Opcode::I32TruncF64S).op(Opcode::I32Add);
  return body;
}

// Operands wait below the loop: one that was computed, and a constant.
BodyBuilder loop_above_operands() {
  BodyBuilder body;
  body.get(0).i32(9).op(Opcode::I32Mul).i32(1234);
  body.block(Opcode::Loop);
  body.get(1).get(0).op(Opcode::I32Add).set(1);
  count_down(body, 0);
  body.end();
  body.op(Opcode::I32Add).get(1).op(Opcode::I32Sub);
  return body;
}

// Operands that are pushed in each turn of the outer loop.
BodyBuilder operands_between_loops() {
  BodyBuilder body;
  body.block(Opcode::Loop);
  body.get(0).i32(5).op(Opcode::I32Mul);
  body.i32(3).set(1);
  body.block(Opcode::Loop);
  body.get(2).get(1).op(Opcode::I64ExtendI32U).op(Opcode::I64Add).set(2);
  body.get(1).i32(1).op(Opcode::I32Sub).set(1).get(1).op(Opcode::BrIf, 0);
  body.end();
  body.op(Opcode::I64ExtendI32U).get(2).op(Opcode::I64Add).set(2);
  count_down(body, 0);
  body.end().get(2).op(Opcode::I32WrapI64);
  return body;
}

// Three loops in each other, with operands below the second and the third one, some of which are
// constants, and set again in each turn.
BodyBuilder operands_below_inner_loops() {
  BodyBuilder body;
  body.block(Opcode::Loop);
  body.get(0).i32(5).op(Opcode::I32Mul).i32(77);
  body.i32(3).set(1);
  body.block(Opcode::Loop);
  body.get(2).get(1).op(Opcode::I64ExtendI32U).op(Opcode::I64Add);
  body.block(Opcode::Loop);
  body.get(3).get(1).op(Opcode::F64ConvertI32S).op(Opcode::F64Add).set(3);
  body.get(3).op(Opcode::I32TruncF64S).i32(3).op(Opcode::I32And).op(Opcode::BrIf, 0);
  body.end();
  body.set(2);
  body.get(1).i32(1).op(Opcode::I32Sub).set(1).get(1).op(Opcode::BrIf, 0);
  body.end();
  body.op(Opcode::I32Xor).op(Opcode::I64ExtendI32U).get(2).op(Opcode::I64Add).set(2);
  count_down(body, 0);
  body.end().get(2).op(Opcode::I32WrapI64).get(3).op(Opcode::I32TruncF64S).op(Opcode::I32Add);
  return body;
}

Slot run(Instance& instance, Slot argument, Trap expected = Trap::None) {
  Slot result = 0;
  CHECK_EQ(call(instance, "f", {argument}, &result), expected);
  return static_cast<uint32_t>(result);
}

Slot interpreted(const Bytes& bytes, Slot argument) {
  Fixture fixture;
  Instance* instance = fixture.instantiate(bytes);
  CHECK(instance != nullptr);
  if (instance == nullptr) return 0;
  const Slot result = run(*instance, argument);
  close_instance(*instance);
  return result;
}

}  // namespace

TEST_CASE(loops_of_all_shapes_go_on_as_they_began) {
  if (!has_machine_code()) return;
  const Shape shapes[] = {{"one", one_loop()},
                          {"tested", tested_loop()},
                          {"nested", nested_loops()},
                          {"above operands", loop_above_operands()},
                          {"operands between", operands_between_loops()},
                          {"operands below", operands_below_inner_loops()}};
  for (const Shape& shape : shapes) {
    BodyBuilder body = shape.body;
    const Bytes bytes = module_of(body.end());
    const Slot expected = interpreted(bytes, 50);
    const Chosen engine(loop_tier::engine());
    Fixture fixture;
    Instance* instance = fixture.instantiate(bytes);
    REQUIRE(instance != nullptr);
    const uint64_t before = native_count().loops;
    const Slot result = run(*instance, 50);
    if (result != expected) std::printf("  loop: %s\n", shape.name);
    CHECK_EQ(result, expected);
    if (native_count().loops == before) std::printf("  loop: %s\n", shape.name);
    CHECK(native_count().loops > before);
    // The loops that there are now do for the next call.
    const uint64_t made = native_count().loops;
    CHECK_EQ(run(*instance, 50), expected);
    CHECK_EQ(native_count().loops, made);
    close_instance(*instance);
  }
}

TEST_CASE(a_trap_has_the_place_of_its_instruction) {
  if (!has_machine_code()) return;
  BodyBuilder body = nested_loops();
  body.op(Opcode::Drop);
  body.block(Opcode::Loop);
  body.i32(65536 - 20).get(0).op(Opcode::I32Add).op(Opcode::I32Load, 2, 0).set(1);
  body.get(0).i32(1).op(Opcode::I32Add).set(0).get(0).op(Opcode::BrIf, 0);
  body.end().get(1);
  const Bytes bytes = module_of(body.end());
  uint64_t offsets[2] = {0, 1};
  for (int round = 0; round < 2; round++) {
    const Chosen engine(round == 0 ? nullptr : loop_tier::engine());
    Fixture fixture;
    Instance* instance = fixture.instantiate(bytes);
    REQUIRE(instance != nullptr);
    run(*instance, 20, Trap::MemoryOutOfBounds);
    const TrapRecord& record = *trap_record(*instance);
    CHECK_EQ(record.frame_count, 1u);
    offsets[round] = record.frames[0].offset();
    close_instance(*instance);
  }
  CHECK_EQ(offsets[0], offsets[1]);
}

TEST_CASE(a_loop_without_end_is_stopped) {
  if (!has_machine_code()) return;
  BodyBuilder body;
  body.block(Opcode::Loop).get(1).i32(1).op(Opcode::I32Add).set(1).op(Opcode::Br, 0).end();
  const Bytes bytes = module_of(body.op(Opcode::Unreachable).end());
  const Chosen engine(loop_tier::engine());
  Fixture fixture;
  Instance* instance = fixture.instantiate(bytes);
  REQUIRE(instance != nullptr);
  const uint64_t before = native_count().loops;
  CallLimits limits;
  limits.deadline_ms = 20;
  CHECK_EQ(call(*instance, "f", {1}, nullptr, &limits), Trap::Deadline);
  CHECK_EQ(native_count().loops, before + 1);
  close_instance(*instance);
}

namespace {

// What a loop asks at each turn: whether to go on. Not once it runs as machine code.
struct Watch {
  Instance* instance = nullptr;
  uint64_t last = platform::monotonic_ns() + 60 * kSecond;
  bool is_native = false;
};

bool goes_on(ExecEnv* env, void* data, uint64_t* slots) {
  Watch& watch = *static_cast<Watch*>(data);
  const Code& code = watch.instance->code[0];
  const Body* body = body_at(code, env->place, false);
  watch.is_native = body != nullptr && body->tier == &jit::loop_tier();
  slots[0] = !watch.is_native && platform::monotonic_ns() < watch.last;
  return true;
}

}  // namespace

TEST_CASE(a_call_that_goes_on_for_long_becomes_machine_code) {
  int error = 0;
  const Engine* sampled = sampled_engine(error);
  if (sampled == nullptr) return;
  WasmBuilder wasm;
  const uint32_t ask = wasm.import_function("host", "ask", wasm.type({}, {kI32}));
  BodyBuilder body;
  body.block(Opcode::Loop).get(0).i32(1).op(Opcode::I32Add).set(0);
  body.op(Opcode::Call, ask).op(Opcode::BrIf, 0).end().get(0);
  const uint32_t f = wasm.function(wasm.type({kI32}, {kI32}), body.end());
  wasm.export_as("f", ExternKind::Func, f);
  const Bytes bytes = wasm.finish();
  const Chosen engine(sampled);
  Fixture fixture;
  Watch watch;
  const ImportBinding import = from_callback(&goes_on, &watch);
  InstantiateOptions options;
  options.imports = {&import, 1};
  Instance* instance = fixture.instantiate(bytes, options);
  REQUIRE(instance != nullptr);
  watch.instance = instance;
  CHECK(run(*instance, 5) > 5);
  CHECK(watch.is_native);
  close_instance(*instance);
}

namespace {

bool triple(ExecEnv*, void* data, uint64_t* slots) {
  ++*static_cast<uint32_t*>(data);
  slots[0] = static_cast<uint32_t>(slots[0] * 3);
  return true;
}

}  // namespace

TEST_CASE(deferred_functions_are_left_to_the_caller_or_called) {
  if (!has_machine_code()) return;
  WasmBuilder wasm;
  const uint32_t unary = wasm.type({kI32}, {kI32});
  const uint32_t host = wasm.import_function("host", "triple", unary);
  BodyBuilder body;
  body.block(Opcode::Loop);
  body.get(0).op(Opcode::Call, host).get(1).op(Opcode::I32Add).set(1);
  count_down(body, 0);
  body.end().get(1);
  wasm.export_as("f", ExternKind::Func, wasm.function(unary, body.end(), {{1, kI32}}));
  const Bytes bytes = wasm.finish();
  const Chosen engine(loop_tier::engine());
  Fixture fixture;
  uint32_t called = 0, left = 0;
  ImportBinding import = from_callback(&triple, &called);
  import.source = ImportSource::Deferred;
  InstantiateOptions options;
  options.imports = {&import, 1};
  Instance* instance = fixture.instantiate(bytes, options);
  REQUIRE(instance != nullptr);
  const uint64_t before = native_count().loops;
  ExecEnv& env = *singleton_exec_env(*instance);
  const Function& f = *exported(*instance, "f");
  Slot* slots = resumable_slots(env, *f.type);
  REQUIRE(slots != nullptr);
  slots[0] = 10;
  Slot result = 0;
  CallState state = start_call(env, f, slots, &result, nullptr, false);
  for (; state == CallState::Waiting; left++) {
    env.host_slots[0] = static_cast<uint32_t>(env.host_slots[0] * 3);
    state = resume_call(env, true, &result);
  }
  REQUIRE(state == CallState::Done);
  CHECK_EQ(static_cast<uint32_t>(result), 165u);
  CHECK_EQ(called + left, 10u);
  CHECK(left > 0);
  CHECK_EQ(native_count().loops, before + 1);
  close_instance(*instance);
}

namespace {

std::set<const void*> seen_places;

const uint64_t* see_place(Code&, const void* place) {
  seen_places.insert(place);
  return nullptr;
}

// Its body stays interpreted; the places that its branches lead to are seen.
struct Seen {
  explicit Seen(BodyBuilder body) : looking(*loop_tier::engine()), bytes(module_of(body.end())) {
    looking.take_over = &see_place;
    seen_places.clear();
    const Chosen engine(&looking);
    fixture.emplace();
    instance = fixture->instantiate(bytes);
    if (instance != nullptr) run(*instance, 50);
  }
  ~Seen() {
    if (instance != nullptr) close_instance(*instance);
  }
  Seen(const Seen&) = delete;
  Seen& operator=(const Seen&) = delete;

  Engine looking;
  Bytes bytes;
  std::optional<Fixture> fixture;
  Instance* instance = nullptr;
};

}  // namespace

TEST_CASE(graphs_that_begin_with_a_loop_are_well_formed) {
  if (!has_machine_code()) return;
  uint32_t graphs = 0;
  for (const BodyBuilder& body : {one_loop(), tested_loop(), nested_loops(), loop_above_operands(),
                                  operands_between_loops(), operands_below_inner_loops()}) {
    const Seen seen(body);
    REQUIRE(seen.instance != nullptr);
    const Code& code = seen.instance->code[0];
    for (const void* place : seen_places) {
      Allocator memory = system_allocator();
      LoopEntry entry(memory);
      bool is_found = false;
      REQUIRE(interpreter::loop_at(code, place, Poll(), entry, is_found) == Error::None);
      if (!is_found) continue;
      jit::Arena arena(memory);
      jit::Graph graph(arena);
      WalkScratch scratch(memory);
      const jit::BuildResult built =
          jit::build(code.module(), 0, {true, false, true, &entry}, scratch, arena, graph);
      REQUIRE(built.is_built());
      CHECK_EQ(jit::verify(graph), std::string());
      CHECK(jit::optimise(graph, arena, scratch.poll, UINT32_MAX) == Error::None);
      CHECK_EQ(jit::verify(graph), std::string());
      graphs++;
    }
  }
  CHECK(graphs >= 10);
}

TEST_CASE(without_memory_the_loop_stays_interpreted) {
  if (!has_machine_code()) return;
  const Seen seen(loop_above_operands());
  REQUIRE(seen.instance != nullptr && seen_places.size() == 1);
  Code& code = seen.instance->code[0];
  uint64_t failures = 0;
  for (uint64_t n = 1;; n++) {
    FailingAllocator memory(n);
    Allocator allocator = memory.allocator();
    JoinedCode* made = nullptr;
    CHECK_EQ(make_joined_loop(code, *seen_places.begin(), Poll(), allocator, made), Trap::None);
    const bool is_made = made != nullptr;
    if (is_made) jit::loop_tier().release(code, *made);
    CHECK_EQ(memory.live(), uint64_t{0});
    CHECK(!memory.wrong_size());
    CHECK_EQ(is_made, !memory.failed());
    if (!memory.failed()) break;
    failures++;
  }
  CHECK(failures > 10);
}
