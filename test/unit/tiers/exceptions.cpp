// Exceptions through frames of two tiers and of the host: whatever the mix, everything is as with
// one.
#include <optional>
#include <string>
#include <vector>

#include "../body_builder.h"
#include "../runtime/fixture.h"
#include "runtime/exception.h"
#include "runtime/trap_record.h"
#include "tier/mix.h"

using namespace wembed;
using test_tier::Mix;
using Bytes = WasmBuilder::Bytes;

namespace {

enum Function : uint32_t {
  kHost,
  kLeaf,
  kDirect,
  kIndirect,
  kThrough,
  kCatch,
  kLegacy,
  kLocals,
  kFunctions
};
constexpr uint32_t kMixes = 1u << kFunctions;

constexpr uint32_t kNumber = 0;  // tag of an i32
constexpr uint32_t kNothing = 1;

using Op = Opcode;

// leaf(x): 0 gives 5, an odd number is thrown, an even one is not, but something else is.
Bytes leaf() {
  return BodyBuilder()
      .get(0)
      .op(Op::I32Eqz)
      .block(Op::If)
      .i32(5)
      .op(Op::Return)
      .end()
      .get(0)
      .i32(1)
      .op(Op::I32And)
      .block(Op::If)
      .get(0)
      .op(Op::Throw, kNumber)
      .end()
      .op(Op::Throw, kNothing)
      .end();
}

// Returns what was thrown times 10 plus what each way that did not throw gave; -1 where it was
// something else.
Bytes catching() {
  BodyBuilder body;
  for (uint32_t way : {kLeaf, kDirect, kIndirect, kThrough}) {
    body.block(Op::Block, kI32);  // 0 of the value
    body.block(Op::Block);        // of the rest
    body.op(Op::TryTable, 0x40, 2, 0, kNumber, 1, 2,
            0);  // catch number -> value, catch_all -> rest
    body.get(1).get(0).op(Op::Call, way).op(Op::I32Add).set(1);
    body.i32(0).op(Op::Br, 2).end();
    body.end();
    body.i32(-1).end();
    body.i32(10).op(Op::I32Mul).get(1).op(Op::I32Add).set(1);
  }
  return body.get(1).end();
}

// The same for one way by the legacy form: the exception is thrown again and caught outside, where
// delegate leads to.
Bytes legacy() {
  BodyBuilder body;
  body.block(Op::Try, kI32);
  body.block(Op::Try);  // 1: passed over by delegate
  body.block(Op::Try);  // what delegates
  body.block(Op::Try, kI32);
  body.get(0).op(Op::Call, kThrough);
  body.op(Op::Catch, kNumber).i32(1).op(Op::I32Add).set(1).op(Op::Rethrow, 0).end();
  body.op(Op::Return);
  body.op(Op::Delegate, 1);  // to the outermost
  body.op(Op::CatchAll).i32(1000).set(1).end();
  body.i32(7);
  body.op(Op::Catch, kNumber).get(1).i32(100).op(Op::I32Mul).op(Op::I32Add);
  body.op(Op::CatchAll).i32(-7).end();
  return body.end();
}

// Locals have the values they had when it was thrown, and operands below stay.
Bytes locals() {
  return BodyBuilder()
      .i32(1000)
      .get(0)
      .block(Op::Block, kI32)
      .op(Op::TryTable, 0x40, 1, 0, kNumber, 0)
      .get(0)
      .i32(20)
      .op(Op::I32Add)
      .op(Op::LocalTee, 1)
      .set(2)
      .get(2)
      .i32(1)
      .op(Op::I32Add)
      .set(2)
      .get(0)
      .op(Op::Call, kDirect)
      .set(1)
      .end()
      .i32(0)
      .end()
      .op(Op::I32Add)
      .op(Op::I32Add)
      .get(1)
      .op(Op::I32Add)
      .get(2)
      .op(Op::I32Add)
      .end();
}

Bytes program() {
  WasmBuilder wasm;
  uint32_t unary = wasm.type({kI32}, {kI32});
  uint32_t number = wasm.type({kI32}, {});
  uint32_t nothing = wasm.type({}, {});
  wasm.import_function("x", "host", unary);
  wasm.table(kFuncRef, 2);
  wasm.tag(number);
  wasm.tag(nothing);
  wasm.function(unary, leaf());
  wasm.function(unary, BodyBuilder().get(0).op(Op::Call, kLeaf).i32(1).op(Op::I32Add).end());
  wasm.function(unary, BodyBuilder().get(0).i32(1).op(Op::CallIndirect, unary, 0).end());
  wasm.function(unary, BodyBuilder().get(0).op(Op::Call, kHost).end());
  wasm.function(unary, catching(), {{1, kI32}});
  wasm.function(unary, legacy(), {{1, kI32}});
  wasm.function(unary, locals(), {{2, kI32}});
  const char* names[] = {"", "leaf", "direct", "indirect", "through", "catch", "legacy", "locals"};
  for (uint32_t i = kLeaf; i < kFunctions; i++) wasm.export_as(names[i], ExternKind::Func, i);
  wasm.element(WasmBuilder::i32_const(1), {kLeaf});
  return wasm.finish();
}

// What it calls has left its exception with the instance.
bool call_leaf(ExecEnv* env, void*, uint64_t* slots) {
  Slot result = 0;
  Trap trap = call(*env, *env->instance, "leaf", {slots[0]}, &result);
  slots[0] = result;
  return trap == Trap::None;
}

class Guest {
 public:
  explicit Guest(const Bytes& bytes, SlotCallback host = call_leaf) : bytes_(bytes) {
    ImportBinding imports[] = {from_callback(host)};
    InstantiateOptions options;
    options.imports = imports;
    instance = fixture.instantiate(bytes_, options);
  }
  ~Guest() {
    if (instance != nullptr) close_instance(*instance);
  }

  Fixture fixture;
  Instance* instance = nullptr;

 private:
  Bytes bytes_;
};

int32_t result_of(Instance& instance, const char* name, uint32_t argument, int64_t fuel = -1) {
  CallLimits limits;
  limits.fuel = fuel;
  Slot result = 0;
  CHECK_EQ(call(instance, name, {argument}, &result, &limits), Trap::None);
  return static_cast<int32_t>(result);
}

}  // namespace

TEST_CASE(every_mix_catches_the_same) {
  for (uint32_t mask = 0; mask < kMixes; mask += 2) {
    Mix mix(mask);
    Guest guest(program());
    REQUIRE(guest.instance != nullptr);
    for (int64_t fuel : {int64_t{-1}, int64_t{1'000'000}}) {
      CHECK_EQ(result_of(*guest.instance, "catch", 0, fuel), 5 + 6 + 5 + 5);
      CHECK_EQ(result_of(*guest.instance, "catch", 3, fuel), 4 * 30);
      CHECK_EQ(result_of(*guest.instance, "catch", 2, fuel), -40);
      CHECK_EQ(result_of(*guest.instance, "legacy", 0, fuel), 5);
      CHECK_EQ(result_of(*guest.instance, "legacy", 3, fuel), 403);
      CHECK_EQ(result_of(*guest.instance, "legacy", 2, fuel), -7);
      CHECK_EQ(result_of(*guest.instance, "locals", 3, fuel), 1000 + 3 + 3 + 23 + 24);
      CHECK_EQ(result_of(*guest.instance, "locals", 0, fuel), 1000 + 0 + 0 + 6 + 21);
    }
  }
}

namespace {

struct Uncaught {
  Trap trap;
  Slot value;
  std::vector<uint32_t> functions;
  bool operator==(const Uncaught&) const = default;
};

Uncaught look(Instance& instance, const char* name, uint32_t argument) {
  Uncaught seen{call(instance, name, {argument}), 0, {}};
  const TrapRecord& record = *trap_record(instance);
  for (uint32_t i = 0; i < record.frame_count; i++) {
    seen.functions.push_back(record.frames[i].function);
    bool is_host = record.frames[i].function == kHost;
    CHECK_EQ(record.frames[i].offset() != kNoOffset, !is_host);
  }
  Exception* exception = pending_exception(instance);
  CHECK(exception != nullptr);
  if (exception == nullptr) return seen;
  CHECK(exception->tag == instance.tags()[kNumber]);
  seen.value = exception->values()[0];
  CHECK_EQ(std::string(instance.exception_text()), "Exception: uncaught wasm exception");
  instance.set_exception(nullptr);
  CHECK(pending_exception(instance) == nullptr);
  return seen;
}

}  // namespace

TEST_CASE(what_nobody_catches_shows_where_it_was_thrown) {
  for (uint32_t mask = 0; mask < kMixes / 4; mask += 2) {
    Mix mix(mask);
    Guest guest(program());
    REQUIRE(guest.instance != nullptr);
    const Uncaught direct{Trap::Exception, 7, {kLeaf, kDirect}};
    CHECK(look(*guest.instance, "direct", 7) == direct);
    const Uncaught indirect{Trap::Exception, 9, {kLeaf, kIndirect}};
    CHECK(look(*guest.instance, "indirect", 9) == indirect);
    // What was inside of the host function is gone.
    const Uncaught through{Trap::Exception, 5, {kHost, kThrough}};
    CHECK(look(*guest.instance, "through", 5) == through);
    CHECK_EQ(result_of(*guest.instance, "catch", 3), 4 * 30);
  }
}

TEST_CASE(every_mix_uses_the_same_fuel) {
  std::optional<int64_t> expected;
  for (uint32_t mask = 0; mask < kMixes; mask += 6) {
    Mix mix(mask);
    Guest guest(program());
    REQUIRE(guest.instance != nullptr);
    int64_t low = 0;
    for (int64_t step = 1024; step > 0; step /= 2) {
      CallLimits limits;
      limits.fuel = low + step;
      Trap trap = call(*guest.instance, "legacy", {3}, nullptr, &limits);
      if (trap == Trap::InstructionLimit) low += step;
      guest.instance->set_exception(nullptr);
    }
    if (!expected) expected = low;
    CHECK_EQ(low, *expected);
    CHECK(low > 20);
  }
}

// --- what must not be caught ---------------------------------------------------------------------

namespace {

// f(x): 0 divides, 1 recurses for ever, 2 is unreachable; all within catch_all of both forms.
Bytes trapping() {
  WasmBuilder wasm;
  uint32_t unary = wasm.type({kI32}, {kI32});
  wasm.import_function("x", "host", unary);
  BodyBuilder body;
  body.get(0).i32(1).op(Op::I32Eq).block(Op::If);
  body.get(0).op(Op::Call, 1).op(Op::Drop).end();
  body.get(0).i32(2).op(Op::I32Eq).block(Op::If).op(Op::Unreachable).end();
  body.i32(1).get(0).op(Op::I32DivU).end();
  wasm.function(unary, body);
  BodyBuilder outer;
  outer.block(Op::Try, kI32).block(Op::Block);
  outer.op(Op::TryTable, 0x40, 1, 2, 0).get(0).op(Op::Call, 1).op(Op::Return).end();
  outer.end().i32(-1).op(Op::CatchAll).i32(-2).end().end();
  wasm.function(unary, outer);
  wasm.export_as("f", ExternKind::Func, 2);
  return wasm.finish();
}

}  // namespace

TEST_CASE(traps_are_not_caught) {
  for (uint32_t mask : {0u, 2u, 4u, 6u}) {
    Mix mix(mask);
    Guest guest(trapping());
    REQUIRE(guest.instance != nullptr);
    CHECK_EQ(call(*guest.instance, "f", {0}), Trap::DivideByZero);
    guest.instance->set_exception(nullptr);
    Trap deep = call(*guest.instance, "f", {1});
    CHECK(deep == Trap::StackOverflow || deep == Trap::NativeStackOverflow);
    guest.instance->set_exception(nullptr);
    CHECK_EQ(call(*guest.instance, "f", {2}), Trap::Unreachable);
    guest.instance->set_exception(nullptr);
    CallLimits limits;
    limits.fuel = 1000;
    CHECK_EQ(call(*guest.instance, "f", {1}, nullptr, &limits), Trap::InstructionLimit);
    guest.instance->set_exception(nullptr);
  }
}

// --- values of all kinds -------------------------------------------------------------------------

TEST_CASE(values_of_every_type_arrive) {
  WasmBuilder wasm;
  uint32_t none = wasm.type({}, {kI64});
  uint32_t all = wasm.type({kI32, kV128, kI64, kF32, kF64, kFuncRef, kExternRef, kExnRef}, {});
  uint32_t caught =
      wasm.type({}, {kI32, kV128, kI64, kF32, kF64, kFuncRef, kExternRef, kExnRef, kExnRef});
  wasm.import_function("x", "host", none);
  wasm.tag(all);
  BodyBuilder body;
  body.typed(Op::Block, caught);
  body.op(Op::TryTable, 0x40, 1, 1, 0, 0);
  body.i32(1);
  Bytes vector = body.bytes();
  WasmBuilder::append(vector, {0xfd, 0x0c, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0});
  BodyBuilder rest;
  rest.op(Op::I64Const, 4);
  WasmBuilder::append(vector, rest);
  WasmBuilder::append(vector, {0x43, 0, 0, 0xa0, 0x40});                    // 5
  WasmBuilder::append(vector, {0x44, 0, 0, 0, 0, 0, 0, 0x18, 0x40});        // 6
  WasmBuilder::append(vector, {0xd2, 1, 0xd0, 0x6f, 0xd0, 0x69, 0x08, 0});  // and throw
  WasmBuilder::append(vector, {0x0b, 0x00, 0x0b});  // ends of try_table and block
  // Not null, null, null, not null: 8 in each wrong case.
  WasmBuilder::append(vector,
                      {0xd1, 0x21, 0,    0xd1, 0x45, 0x20, 0, 0x6a, 0x21, 0, 0xd1, 0x45, 0x20,
                       0,    0x6a, 0x21, 0,    0xd1, 0x20, 0, 0x6a, 0x41, 3, 0x74, 0x21, 0});
  // The f64, f32 and i64, the vector's lanes, the i32.
  WasmBuilder::append(vector, {0xfc, 6,    0x21, 1,    0xfc, 4,    0x20, 1,    0x7c, 0x21, 1,
                               0x20, 1,    0x7c, 0x21, 1,    0x21, 2,    0x20, 2,    0xfd, 0x1d,
                               0,    0x20, 2,    0xfd, 0x1d, 1,    0x7c, 0x20, 1,    0x7c, 0x21,
                               1,    0xad, 0x20, 1,    0x7c, 0x20, 0,    0xad, 0x7c, 0x0b});
  wasm.function(none, vector, {{1, kI32}, {1, kI64}, {1, kV128}});
  wasm.export_as("f", ExternKind::Func, 1);
  for (uint32_t mask : {0u, 2u}) {
    Mix mix(mask);
    Guest guest(wasm.finish());
    REQUIRE(guest.instance != nullptr);
    Slot result = 0;
    CHECK_EQ(call(*guest.instance, "f", {}, &result), Trap::None);
    CHECK_EQ(result, 1u + 2 + 3 + 4 + 5 + 6);
  }
}

// --- memory that runs out ------------------------------------------------------------------------

namespace {

// Keeps the last of so many exceptions in a global and a table, and throws it again.
Bytes keeping() {
  WasmBuilder wasm;
  uint32_t unary = wasm.type({kI32}, {kI32});
  uint32_t number = wasm.type({kI32}, {});
  wasm.import_function("x", "host", unary);
  wasm.table(kExnRef, 2);
  wasm.tag(number);
  wasm.global(kExnRef, true, {0xd0, 0x69, 0x0b});
  BodyBuilder body;
  body.block(Op::Loop).block(Op::Block, kExnRef);
  body.op(Op::TryTable, 0x40, 1, 3, 0).get(0).op(Op::Throw, kNumber).end().op(Op::Unreachable);
  body.end().op(Op::GlobalSet, 0);
  body.i32(1).op(Op::GlobalGet, 0).op(Op::TableSet, 0);
  body.get(0).i32(1).op(Op::I32Sub).op(Op::LocalTee, 0).op(Op::BrIf, 0).end();
  body.block(Op::Block, kI32).op(Op::TryTable, 0x40, 1, 0, kNumber, 0);
  body.i32(1).op(Op::TableGet, 0).op(Op::ThrowRef).end().op(Op::Unreachable).end();
  wasm.function(unary, body.end());
  wasm.export_as("f", ExternKind::Func, 1);
  return wasm.finish();
}

// Whether all went well.
bool keep_some(Fixture& fixture, uint32_t count) {
  if (fixture.runtime == nullptr) return false;
  Bytes bytes = keeping();
  ImportBinding imports[] = {from_callback(call_leaf)};
  InstantiateOptions options;
  options.imports = imports;
  Instance* instance = fixture.instantiate(bytes, options);
  if (instance == nullptr) return false;
  Slot result = 0;
  Trap trap = call(*instance, "f", {count}, &result);
  CHECK(trap == Trap::None || trap == Trap::OutOfMemory);
  if (trap == Trap::None) CHECK_EQ(static_cast<uint32_t>(result), 1u);
  instance->set_exception(nullptr);
  // Later it may be thrown as always.
  if (trap == Trap::OutOfMemory && !fixture.memory.failed()) {
    CHECK_EQ(call(*instance, "f", {count}, &result), Trap::None);
  }
  close_instance(*instance);
  return trap == Trap::None;
}

}  // namespace

TEST_CASE(each_allocation_may_fail) {
  for (uint32_t mask : {0u, 2u}) {
    Mix mix(mask);
    uint64_t failures = 0;
    for (uint64_t n = 1; n < 5000; n++) {
      Fixture fixture(n);
      bool good = keep_some(fixture, 300);
      if (!fixture.memory.failed()) {
        CHECK(good);
        break;
      }
      failures++;
    }
    CHECK(failures > 300);
    CHECK(failures < 4000);
  }
}

TEST_CASE(exceptions_in_globals_and_tables_stay) {
  Guest guest(keeping());
  REQUIRE(guest.instance != nullptr);
  // On an exec_env that goes, with what it has kept.
  ExecEnv* env = create_exec_env(*guest.instance, 64 * 1024);
  REQUIRE(env != nullptr);
  Slot result = 0;
  CHECK_EQ(call(*env, *guest.instance, "f", {1000}, &result), Trap::None);
  const Slot kept = guest.instance->globals[0].slots[0];
  destroy_exec_env(*env);
  REQUIRE(kept != 0 && guest.instance->globals[0].slots[0] == kept);
  CHECK_EQ(exception_of(kept)->values()[0], 1u);
  const uint64_t before = guest.fixture.memory.live();
  CHECK_EQ(call(*guest.instance, "f", {100000}, &result), Trap::None);
  CHECK(guest.fixture.memory.live() < before + 2000);
}
