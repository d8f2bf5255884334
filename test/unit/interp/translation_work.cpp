// What a translation takes: time and memory in proportion to the body, with questions in between.
#include <algorithm>
#include <ctime>
#include <string>

#include "../body_builder.h"
#include "../runtime/fixture.h"
#include "interp/translate.h"
#include "runtime/code_table.h"
#include "runtime/exec_env_cold.h"
#include "tiers/engines.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

using enum Opcode;

// A body of `count` times a piece that could take the longer the more of them there are.
struct Shape {
  const char* name;
  void (*make)(BodyBuilder& body, uint32_t count);
};

template <class Piece> void repeat(uint32_t count, Piece piece) {
  for (uint32_t i = 0; i < count; i++) piece(i);
}

const Shape kShapes[] = {
    {"nested if",
     [](BodyBuilder& body, uint32_t n) {
       repeat(n, [&](uint32_t) { body.get(0).block(If); });
       repeat(n, [&](uint32_t) { body.end(); });
     }},
    {"br_if out of nested blocks",
     [](BodyBuilder& body, uint32_t n) {
       repeat(n, [&](uint32_t) { body.block(Opcode::Block); });
       repeat(n, [&](uint32_t i) { body.get(0).op(BrIf, i); });
       repeat(n, [&](uint32_t) { body.end(); });
     }},
    {"nested loops that begin with a test",
     [](BodyBuilder& body, uint32_t n) {
       repeat(n, [&](uint32_t) { body.block(Opcode::Block).block(Loop).get(0).op(BrIf, 1); });
       repeat(n, [&](uint32_t) { body.op(Br, 0).end().end(); });
     }},
    {"local.set above many constants",
     [](BodyBuilder& body, uint32_t n) {
       body.get(0);
       repeat(n, [&](uint32_t) { body.i32(1); });
       repeat(n, [&](uint32_t) { body.i32(2).set(1); });
       repeat(n + 1, [&](uint32_t) { body.op(Drop); });
     }},
    {"blocks above many locals",
     [](BodyBuilder& body, uint32_t n) {
       repeat(n, [&](uint32_t) { body.get(0); });
       repeat(n, [&](uint32_t) { body.block(Opcode::Block).end(); });
       repeat(n, [&](uint32_t) { body.op(Drop); });
     }},
    {"calls above many operands",
     [](BodyBuilder& body, uint32_t n) {
       repeat(n, [&](uint32_t) { body.get(0); });
       repeat(n, [&](uint32_t) { body.op(Call, 0); });
       repeat(n, [&](uint32_t) { body.op(Drop); });
     }},
    {"branches to one label",
     [](BodyBuilder& body, uint32_t n) {
       body.block(Opcode::Block);
       repeat(n, [&](uint32_t) { body.get(0).op(BrIf, 0); });
       body.end();
     }},
    {"a br_table of many labels",
     [](BodyBuilder& body, uint32_t n) {
       repeat(n, [&](uint32_t) { body.block(Opcode::Block); });
       body.get(0).op(BrTable, n - 1);
       repeat(n, [&](uint32_t i) { body.number(i); });
       repeat(n, [&](uint32_t) { body.end(); });
     }},
    {"operations without a name",
     [](BodyBuilder& body, uint32_t n) {
       body.get(0);
       repeat(n, [&](uint32_t) { body.op(I32Clz); });
       body.op(Drop);
     }},
    {"one local after another",
     [](BodyBuilder& body, uint32_t n) {
       repeat(n, [&](uint32_t i) { body.get(i % 4).set(3 - i % 4); });
     }},
};

// Function 0 is () -> (), the exported one is f(i32) -> () with three locals.
Bytes module_of(const Bytes& code) {
  WasmBuilder wasm;
  uint32_t none = wasm.type({}, {});
  uint32_t unary = wasm.type({kI32}, {});
  wasm.function(none, BodyBuilder().end());
  uint32_t f = wasm.function(unary, code, {{3, kI32}});
  wasm.export_as("f", ExternKind::Func, f);
  return wasm.finish();
}

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// A body of that shape, ready to be translated.
class Work {
 public:
  Work(Fixture& fixture, void (*make)(BodyBuilder&, uint32_t), uint32_t count) : fixture_(fixture) {
    BodyBuilder body;
    make(body, count);
    body_size_ = body.end().bytes().size();
    bytes_ = module_of(body);
    module_ = fixture.load(bytes_);
    if (module_ == nullptr) return;
    codes_ = code_for(*module_, interpreted_engine(), {true, false});
  }
  ~Work() {
    if (module_ != nullptr) module_->release();
  }
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;

  [[nodiscard]] size_t body_size() const { return body_size_; }
  Error translate(const Poll& poll = {}) {
    if (codes_ == nullptr) return Error::OutOfMemory;
    Translation made;
    Error error = wembed::translate(codes_[1], poll, made);
    fixture_.memory.allocator().release(made.block);
    return error;
  }
  // The least of some times.
  double seconds() {
    double least = 1e9;
    for (int round = 0; round < 3; round++) {
      double begin = cpu_seconds();
      if (translate() != Error::None) return -1;
      least = std::min(least, cpu_seconds() - begin);
    }
    return least;
  }

 private:
  Fixture& fixture_;
  size_t body_size_ = 0;
  Bytes bytes_;
  Module* module_ = nullptr;
  Code* codes_ = nullptr;
};

// Says no when asked for the n-th time.
struct Patience {
  int left;
  int asked = 0;
  static Error ask(void* context) {
    auto& self = *static_cast<Patience*>(context);
    self.asked++;
    return --self.left > 0 ? Error::None : Error::Deadline;
  }
  Poll poll() { return {&ask, this}; }
};

}  // namespace

TEST_CASE(time_is_linear_in_the_body) {
  constexpr uint32_t kCount = 2000;
  constexpr uint32_t kTimes = 16;  // then 256 times the time if it is not
  for (const Shape& shape : kShapes) {
    Fixture fixture;
    double small = Work(fixture, shape.make, kCount).seconds();
    double large = Work(fixture, shape.make, kTimes * kCount).seconds();
    bool good = small > 0 && large > 0 && large < 4 * kTimes * small;
    if (!good) check::fail(__FILE__, __LINE__, shape.name, check::Shown(large / small).text);
  }
}

TEST_CASE(memory_is_a_small_multiple_of_the_body) {
  constexpr uint32_t kCount = 60'000;
  constexpr uint64_t kMost = 64;  // bytes for one of the body
  for (const Shape& shape : kShapes) {
    Fixture fixture;
    Work work(fixture, shape.make, kCount);
    uint64_t before = fixture.memory.live_bytes();
    fixture.memory.forget_peak();
    CHECK(work.translate() == Error::None);
    uint64_t took = fixture.memory.peak_bytes() - before;
    if (took > kMost * work.body_size()) {
      double times = static_cast<double>(took) / static_cast<double>(work.body_size());
      check::fail(__FILE__, __LINE__, shape.name, check::Shown(times).text);
    }
  }
}

TEST_CASE(a_translation_asks_whether_to_go_on) {
  constexpr uint32_t kCount = 60'000;
  for (const Shape& shape : kShapes) {
    Fixture fixture;
    Work work(fixture, shape.make, kCount);
    Patience endless{INT32_MAX};
    CHECK(work.translate(endless.poll()) == Error::None);
    // At least once in so many instructions, of which there are `kCount` or more.
    CHECK(endless.asked >= static_cast<int>(kCount / Poll::kInterval));
    for (int most : {1, 3, 14}) {
      Patience patience{most};
      CHECK(work.translate(patience.poll()) == Error::Deadline);
      CHECK_EQ(patience.asked, most);
    }
  }
}

// The call's own exec_env is what is asked; the function stays as it was.
TEST_CASE(a_first_call_is_interrupted_while_it_translates) {
  Fixture fixture;
  BodyBuilder body;
  kShapes[0].make(body, 200'000);
  Bytes bytes = module_of(body.end());
  InstantiateOptions options;
  options.stack_size = 8 << 20;
  Instance* instance = fixture.instantiate(bytes, options);
  REQUIRE(instance != nullptr);
  const Function* f = exported(*instance, "f");
  ExecEnv* env = singleton_exec_env(*instance);
  REQUIRE(f != nullptr && env != nullptr);
  for (int round = 0; round < 2; round++) {
    env->cold->deadline = 1;  // long ago
    env->interrupt = kInterruptDeadline;
    CHECK_EQ(call(*instance, "f", {1}), Trap::Deadline);
    CHECK(!instance->code[f->defined].has_body());
    CHECK(env->interrupt != 0);  // whoever is outside of the call has to notice as well
    env->cold->deadline = 0;
    instance->set_exception(nullptr);
  }
  CHECK_EQ(call(*instance, "f", {1}), Trap::None);
  CHECK(instance->code[f->defined].has_body());
  close_instance(*instance);
}

TEST_CASE(a_load_asks_whether_to_go_on) {
  // Code, and lists of other sections.
  WasmBuilder wasm;
  uint32_t none = wasm.type({}, {});
  BodyBuilder body;
  for (int i = 0; i < 100'000; i++) body.block(Opcode::Block).end();
  uint32_t f = wasm.function(none, body.end());
  for (int i = 0; i < 20'000; i++) {
    wasm.export_as("e" + std::to_string(i), ExternKind::Func, f);
  }
  Bytes bytes = wasm.finish();
  Fixture fixture;
  for (int most : {1, 5, 20, 60}) {
    Patience patience{most};
    Diagnostic diagnostic;
    Module* module = Module::load(fixture.runtime->allocator(), fixture.runtime->types(), 0,
                                  ModuleBytes(bytes.data(), bytes.size(), nullptr, nullptr),
                                  diagnostic, patience.poll());
    CHECK(module == nullptr);
    CHECK(diagnostic.code == Error::Deadline);
    CHECK_EQ(patience.asked, most);
  }
}

// A few bytes may stand for fifty thousand locals, or for a type with a thousand parameters.
TEST_CASE(validating_is_linear_in_functions_with_many_locals) {
  auto module_with = [](uint32_t functions, bool many) {
    WasmBuilder wasm;
    uint32_t type = wasm.type({}, {});
    for (uint32_t i = 0; i < functions; i++) {
      wasm.function(type, BodyBuilder().end(), {{many ? 40'000u : 40u, i % 2 == 0 ? kI32 : kI64}});
    }
    return wasm.finish();
  };
  Fixture fixture;
  double seconds[2];
  for (bool many : {false, true}) {
    Bytes bytes = module_with(20'000, many);
    double least = 1e9;
    for (int round = 0; round < 3; round++) {
      double begin = cpu_seconds();
      Module* module = fixture.load(bytes);
      least = std::min(least, cpu_seconds() - begin);
      REQUIRE(module != nullptr);
      module->release();
    }
    seconds[many ? 1 : 0] = least;
  }
  CHECK(seconds[1] < 20 * seconds[0]);
}
