// What a collection finds in frames, in each tier and in mixes of them: all that is used later, and
// in the interpreter nothing that is not.
#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "../runtime/fixture.h"
#include "body_builder.h"
#include "runtime/code.h"
#include "runtime/collection.h"
#include "runtime/exec_env.h"
#include "runtime/root_check.h"
#include "runtime/root_map.h"
#include "runtime/store.h"
#include "tier/engine.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

struct Numbered {
  Object header;
  uint64_t number;
};

uint64_t bytes_of(const Object&) { return sizeof(Numbered); }
constexpr ObjectKind kNumbered = {"numbered", bytes_of, nullptr};

uint64_t number_of(uint64_t slot) {
  return slot == 0 ? 0 : reinterpret_cast<const Numbered*>(slot)->number;
}

// What the guest's host functions have seen.
struct Log {
  std::string text;                       // all of it
  std::string checks;                     // what was used
  std::vector<std::set<uint64_t>> looks;  // what was found
  uint64_t last = 0;
};

bool look(ExecEnv* env, void* data, uint64_t*) {
  Log& log = *static_cast<Log*>(data);
  std::set<uint64_t> seen;
  MarkObserver observer{[](void* context, uint64_t slot) {
                          static_cast<std::set<uint64_t>*>(context)->insert(number_of(slot));
                        },
                        &seen};
  CHECK(collect(*env->instance, nullptr, observer) == Collected::Yes);
  log.text += '{';
  for (uint64_t number : seen) log.text += std::to_string(number) + ' ';
  log.text += "} ";
  log.looks.push_back(std::move(seen));
  return true;
}

bool make(ExecEnv* env, void* data, uint64_t* slots) {
  Log& log = *static_cast<Log*>(data);
  Object* object = nullptr;
  CHECK(new_object(*env, *env->instance, kNumbered, sizeof(Numbered), object) == Trap::None);
  if (object == nullptr) return false;
  reinterpret_cast<Numbered*>(object)->number = ++log.last;
  slots[0] = reinterpret_cast<uint64_t>(object);
  return true;
}

bool check(ExecEnv*, void* data, uint64_t* slots) {
  Log& log = *static_cast<Log*>(data);
  const std::string number = 'c' + std::to_string(number_of(slots[0])) + ' ';
  log.text += number;
  log.checks += number;
  return true;
}

enum : uint32_t { kLook, kMake, kCheck, kFirst };

// Types: 0 () -> (), 1 () -> ref, 2 (ref) -> (), 3 (ref, ref, i32) -> ref, 4 (ref) -> ref.
struct Program {
  WasmBuilder wasm;
  Program() {
    wasm.type({}, {});
    wasm.type({}, {kExternRef});
    wasm.type({kExternRef}, {});
    wasm.type({kExternRef, kExternRef, kI32}, {kExternRef});
    wasm.type({kExternRef}, {kExternRef});
    wasm.import_function("x", "look", 0);
    wasm.import_function("x", "make", 1);
    wasm.import_function("x", "check", 2);
    wasm.table(kExternRef, 4);
    wasm.global(kExternRef, true, {0xd0, 0x6f, 0x0b});
  }
};

// Calls "run" of the module on the engine.
Log run(const Bytes& bytes, const Engine& engine) {
  choose_engine(&engine);
  Log log;
  {
    Fixture fixture;
    ImportBinding imports[] = {from_callback(look, &log), from_callback(make, &log),
                               from_callback(check, &log)};
    InstantiateOptions options;
    options.imports = imports;
    Instance* instance = fixture.instantiate(bytes, options);
    CHECK(instance != nullptr);
    if (instance == nullptr) return log;
    CHECK(call(*instance, "run") == Trap::None);
    close_instance(*instance);
  }
  choose_engine(nullptr);
  return log;
}

const Engine& interpreter_engine() {
  choose_engine(nullptr);
  return chosen_engine();
}

std::string in_interpreter(const Bytes& bytes) { return run(bytes, interpreter_engine()).text; }

Bytes finish(Program& program, const Bytes& body,
             std::initializer_list<WasmBuilder::Locals> locals) {
  uint32_t function = program.wasm.function(0, body, locals);
  program.wasm.export_as("run", ExternKind::Func, function);
  return program.wasm.finish();
}

}  // namespace

TEST_CASE(locals_operands_and_arguments) {
  Program p;
  BodyBuilder b;
  auto host = [&](uint32_t function) -> BodyBuilder& { return b.op(Opcode::Call, function); };
  host(kMake).set(0);
  host(kMake);         // stays on the stack
  host(kLook);         // 1 2
  b.get(0);            // not read yet
  host(kMake).set(0);  // 3: the operand keeps 1
  host(kLook);         // 1 2 3
  host(kCheck);        // c1
  host(kLook);         // 2 3
  host(kCheck);        // c2
  host(kLook);         // 3
  b.op(Opcode::RefNull, 0x6f).set(0);
  host(kLook);
  b.end();
  CHECK_EQ(in_interpreter(finish(p, b, {{2, kExternRef}})),
           "{1 2 } {1 2 3 } c1 {2 3 } c2 {3 } {} ");
}

TEST_CASE(globals_and_tables) {
  Program p;
  BodyBuilder b;
  b.op(Opcode::Call, kMake).op(Opcode::GlobalSet, 0);
  b.i32(2).op(Opcode::Call, kMake).op(Opcode::TableSet, 0);
  b.op(Opcode::Call, kLook);
  b.op(Opcode::RefNull, 0x6f).op(Opcode::GlobalSet, 0).op(Opcode::Call, kLook);
  b.i32(2).op(Opcode::RefNull, 0x6f).op(Opcode::TableSet, 0).op(Opcode::Call, kLook).end();
  CHECK_EQ(in_interpreter(finish(p, b, {})), "{1 2 } {2 } {} ");
}

TEST_CASE(callers_keep_what_they_use_later) {
  Program p;
  // (ref, ref, i32) -> ref: looks, and gives the first.
  BodyBuilder inner;
  inner.op(Opcode::RefNull, 0x6f).set(1).op(Opcode::Call, kLook).get(0).end();
  uint32_t callee = p.wasm.function(3, inner);
  BodyBuilder b;
  b.op(Opcode::Call, kMake).set(0).get(0);
  b.op(Opcode::Call, kMake).op(Opcode::Call, kMake).i32(7).op(Opcode::Call, callee);
  b.op(Opcode::Call, kLook).op(Opcode::Call, kCheck).op(Opcode::Call, kCheck).end();
  CHECK_EQ(in_interpreter(finish(p, b, {{1, kExternRef}})), "{1 2 } {1 2 } c2 c1 ");
}

// A block's end in code that is not reached, a loop whose test is repeated at its end.
TEST_CASE(labels) {
  Program p;
  BodyBuilder b;
  b.block(Opcode::Block, kExternRef).op(Opcode::Call, kMake).op(Opcode::Br, 0);
  b.op(Opcode::Unreachable).end();
  b.op(Opcode::Call, kLook).op(Opcode::Call, kCheck);
  b.i32(3).set(0);
  b.op(Opcode::Call, kMake);
  b.block(Opcode::Block).block(Opcode::Loop).get(0).op(Opcode::I32Eqz).op(Opcode::BrIf, 1);
  b.get(0).i32(1).op(Opcode::I32Sub).set(0).op(Opcode::Call, kLook).op(Opcode::Br, 0).end().end();
  b.op(Opcode::Call, kCheck).op(Opcode::Call, kLook).end();
  CHECK_EQ(in_interpreter(finish(p, b, {{1, kI32}})), "{1 } c1 {2 } {2 } {2 } c2 {} ");
}

namespace {

// Random bodies of (ref, ref, i32) -> ref with three locals more: ref, ref, i32.
class Generator {
 public:
  explicit Generator(uint32_t seed) : random_(seed) {}

  Bytes module() {
    Program p;
    std::vector<uint32_t> functions;
    for (int i = 0; i < 4; i++) {
      callees_ = functions;
      b_ = BodyBuilder();
      left_ = 30;
      depth_ = 0;
      statements(0);
      reference(0);
      b_.end();
      functions.push_back(p.wasm.function(3, b_, {{2, kExternRef}, {1, kI32}}));
    }
    BodyBuilder run;
    run.op(Opcode::Call, kMake).op(Opcode::Call, kMake).i32(5).op(Opcode::Call, functions.back());
    run.op(Opcode::Call, kCheck).op(Opcode::Call, kLook).end();
    return finish(p, run, {});
  }

 private:
  uint32_t below(uint32_t count) { return random_() % count; }
  uint32_t reference_local() { return std::array<uint32_t, 4>{0, 1, 3, 4}[below(4)]; }

  void statements(uint32_t labels) {
    for (uint32_t n = below(4) + 1; n > 0 && left_ > 0; n--) statement(labels);
  }

  // `labels`: that many enclosing blocks without a result may be left.
  void statement(uint32_t labels) {
    left_--;
    switch (below(12)) {
      case 0: b_.op(Opcode::Call, kLook); break;
      case 1:
        reference(1);
        b_.op(Opcode::Call, kCheck);
        break;
      case 2:
      case 3:
      case 4:
        reference(1);
        b_.set(reference_local());
        break;
      case 5:
        reference(1);
        b_.op(Opcode::GlobalSet, 0);
        break;
      case 6:
        b_.i32(static_cast<int32_t>(below(4)));
        reference(1);
        b_.op(Opcode::TableSet, 0);
        break;
      case 7:
        reference(1);
        b_.op(Opcode::Drop);
        break;
      case 8:
        b_.block(Opcode::Block);
        statements(labels + 1);
        if (below(2) == 0) {
          condition();
          b_.op(Opcode::BrIf, below(labels + 1));
        }
        statements(labels + 1);
        b_.end();
        break;
      case 9:
        condition();
        b_.block(Opcode::If);
        statements(labels + 1);
        b_.op(Opcode::Else);
        statements(labels + 1);
        b_.end();
        break;
      case 10:
        // Twice; the body cannot leave it but to the outside.
        if (depth_ > 0) break;
        depth_++;
        b_.i32(2).set(5).block(Opcode::Loop);
        statements(0);
        b_.get(5).i32(1).op(Opcode::I32Sub).op(Opcode::LocalTee, 5).op(Opcode::BrIf, 0).end();
        depth_--;
        break;
      default:
        reference(1);
        statements(0);  // with an operand below
        b_.op(Opcode::Call, kCheck);
    }
  }

  void condition() {
    switch (below(3)) {
      case 0: b_.get(2); break;
      case 1:
        reference(2);
        b_.op(Opcode::RefIsNull);
        break;
      default: b_.i32(static_cast<int32_t>(below(2)));
    }
  }

  void reference(uint32_t level) {
    if (left_ > 0) left_--;
    const uint32_t kinds = level > 3 || left_ == 0 ? 5 : 11;
    switch (below(kinds)) {
      case 0:
      case 1: b_.get(reference_local()); break;
      case 2: b_.op(Opcode::Call, kMake); break;
      case 3: b_.op(Opcode::RefNull, 0x6f); break;
      case 4: b_.op(Opcode::GlobalGet, 0); break;
      case 5:
        reference(level + 1);
        b_.op(Opcode::LocalTee, reference_local());
        break;
      case 6:
        reference(level + 1);
        reference(level + 1);
        condition();
        b_.op(Opcode::SelectTyped, 1).number(0x6f);
        break;
      case 7:
        b_.block(Opcode::Block, kExternRef);
        reference(level + 1);
        condition();
        b_.op(Opcode::BrIf, 0);
        if (below(2) == 0) b_.op(Opcode::Call, kLook);
        b_.end();
        break;
      case 8:
        condition();
        b_.block(Opcode::If, kExternRef);
        reference(level + 1);
        b_.op(Opcode::Else);
        reference(level + 1);
        if (below(2) == 0) b_.op(Opcode::Br, 0);
        b_.end();
        break;
      case 9: b_.i32(static_cast<int32_t>(below(4))).op(Opcode::TableGet, 0); break;
      default:
        if (callees_.empty()) return reference(level + 1);
        reference(level + 1);
        reference(level + 1);
        condition();
        b_.op(Opcode::Call, callees_[below(static_cast<uint32_t>(callees_.size()))]);
    }
  }

  std::mt19937 random_;
  BodyBuilder b_;
  std::vector<uint32_t> callees_;
  int left_ = 0;
  int depth_ = 0;
};

}  // namespace

namespace {

// The interpreter finds no more than the test tier, to which everything on the stack is a root, and
// which has arguments twice where another tier takes them.
void check_agrees(const Log& log, const Log& test) {
  CHECK_EQ(log.checks, test.checks);
  CHECK_EQ(log.looks.size(), test.looks.size());
  for (size_t i = 0; i < std::min(log.looks.size(), test.looks.size()); i++) {
    CHECK(std::includes(test.looks[i].begin(), test.looks[i].end(), log.looks[i].begin(),
                        log.looks[i].end()));
  }
}

}  // namespace

TEST_CASE(random_programs_agree_in_every_tier) {
  for (uint32_t seed = 0; seed < 300; seed++) {
    const Bytes bytes = Generator(seed).module();
    const Log log = run(bytes, interpreter_engine());
    check_agrees(log, run(bytes, test_tier::engine()));
    CHECK_EQ(run(bytes, test_tier::random_engine(seed)).checks, log.checks);
  }
}

TEST_CASE(random_programs_with_a_collection_at_each_poll_and_object) {
  for (uint32_t seed = 0; seed < 150; seed++) {
    const Bytes bytes = Generator(seed).module();
    const std::string expected = run(bytes, interpreter_engine()).checks;
    collect_always(true);
    CHECK_EQ(run(bytes, interpreter_engine()).checks, expected);
    CHECK_EQ(run(bytes, test_tier::engine()).checks, expected);
    CHECK_EQ(run(bytes, test_tier::random_engine(seed)).checks, expected);
    collect_always(false);
  }
}

namespace {

// The caller's map has nothing but its locals from now on.
void spoil_map(const ExecEnv& env) {
  const Code& code = *reinterpret_cast<const Code*>(env.fp[kLinkCode]);
  const Body& body = *body_at(code, env.place, false);
  Allocator& allocator = code.module().allocator();
  RootMapBuilder builder(allocator);
  builder.add_local(-1);
  const RootMap::Extent& extent = body.roots->extent();
  CHECK(extent.is_exact);
  builder.set_extent(extent);
  builder.begin_instruction(0);
  allocator.release(body.roots);
  body.roots = builder.finish(allocator);
}

bool collect_with_wrong_map(ExecEnv* env, void*, uint64_t*) {
  CHECK(collect(*env->instance, nullptr, {}) == Collected::Yes);
  spoil_map(*env);
  return collect(*env->instance, nullptr, {}) == Collected::Yes;
}

struct Wrong {
  uint32_t count = 0;
  int32_t slot = 0;
  Slot value = 0;
};
Wrong wrong;

void note_wrong(const Code&, int32_t slot, Slot value) { wrong = {wrong.count + 1, slot, value}; }

bool see(ExecEnv*, void* data, uint64_t* slots) {
  *static_cast<uint64_t*>(data) = slots[0];
  return true;
}

}  // namespace

// An operand that no map names, of an object that lives: the guest has something else when it uses
// it, and the next collection that finds this says so.
TEST_CASE(a_wrong_map_is_found) {
  Program p;
  BodyBuilder b;
  b.op(Opcode::Call, kMake).op(Opcode::GlobalSet, 0).op(Opcode::GlobalGet, 0);
  b.op(Opcode::Call, kLook).set(0).get(0).op(Opcode::Call, kCheck);
  b.op(Opcode::Call, kLook).end();
  const Bytes bytes = finish(p, b, {{1, kExternRef}});
  for (const bool always : {false, true}) {
    wrong = {};
    collect_always(always);
    on_wrong_root(&note_wrong);
    choose_engine(nullptr);
    Log log;
    uint64_t seen = 0;
    {
      Fixture fixture;
      ImportBinding imports[] = {from_callback(collect_with_wrong_map), from_callback(make, &log),
                                 from_callback(see, &seen)};
      InstantiateOptions options;
      options.imports = imports;
      Instance* instance = fixture.instantiate(bytes, options);
      CHECK(instance != nullptr);
      if (instance != nullptr) {
        CHECK(call(*instance, "run") == Trap::None);
        close_instance(*instance);
      }
    }
    on_wrong_root(nullptr);
    collect_always(false);
    CHECK_EQ(seen == kDeadReference, always);
    CHECK_EQ(wrong.count > 0, always);
    if (!always) continue;
    CHECK_EQ(wrong.slot, -1);
    CHECK_EQ(wrong.value, kDeadReference);
  }
}
