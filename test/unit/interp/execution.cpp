// The interpreter as a tier: native stack, places of traps, large functions, failures and threads
// while translating.
#include <pthread.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "../runtime/fixture.h"
#include "base/system_allocator.h"
#include "interp/interpreter.h"
#include "isa/opcode.h"
#include "platform/virtual_memory.h"
#include "runtime/trap_record.h"
#include "sanitized.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

Bytes join(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) WasmBuilder::append(out, part);
  return out;
}

Bytes constant(int64_t value) {
  Bytes out{0x41};
  WasmBuilder::s64(out, value);
  return out;
}

Bytes with_index(uint8_t opcode, uint32_t index) {
  Bytes out{opcode};
  WasmBuilder::u32(out, index);
  return out;
}

// f(n): sum of 1 .. n, in a loop.
Bytes sum_module() {
  WasmBuilder wasm;
  uint32_t type = wasm.type({kI32}, {kI32});
  uint32_t f = wasm.function(type, {0x03, 0x40,                             // loop
                                    0x20, 1,    0x20, 0,    0x6a, 0x21, 1,  // sum += n
                                    0x20, 0,    0x41, 1,    0x6b, 0x22, 0,  // n -= 1
                                    0x0d, 0,    0x0b, 0x20, 1,    0x0b},    // until 0
                             {{1, kI32}});
  wasm.export_as("f", ExternKind::Func, f);
  return wasm.finish();
}

struct OnSmallStack {
  Instance* instance;
  Trap trap = Trap::Unreachable;
  Slot result = 0;
};

}  // namespace

// A dispatch that leaves anything on the native stack would need hundreds of megabytes here.
TEST_CASE(operations_leave_nothing_on_the_native_stack) {
  Fixture fixture;
  Bytes bytes = sum_module();
  Instance* instance = fixture.instantiate(bytes);
  REQUIRE(instance != nullptr);
  OnSmallStack work{instance};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  REQUIRE(pthread_attr_setstacksize(&attributes, 256 * 1024) == 0);
  pthread_t thread;
  auto body = [](void* context) -> void* {
    auto& work = *static_cast<OnSmallStack*>(context);
    work.trap = call(*work.instance, "f", {5'000'000}, &work.result);
    return nullptr;
  };
  REQUIRE(pthread_create(&thread, &attributes, body, &work) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  CHECK_EQ(work.trap, Trap::None);
  CHECK_EQ(static_cast<uint32_t>(work.result), 1647668640u);
  close_instance(*instance);
}

// --- where accesses trap -------------------------------------------------------------------------

namespace {

struct AddressForm {
  const char* name;
  Bytes code;
};

// Every way in which the translator lets an access reach its address; `scale` fits the access.
std::vector<AddressForm> address_forms(uint8_t scale) {
  Bytes held{0x20, 0, 0x41, 0, 0x72};  // in the accumulator
  return {{"slot", {0x20, 0}},
          {"accumulator", held},
          {"sum", {0x20, 0, 0x20, 1, 0x6a}},
          {"sum with accumulator", join({held, {0x20, 1, 0x6a}})},
          {"element", {0x20, 1, 0x20, 0, 0x41, scale, 0x74, 0x6a}},
          {"element with accumulator", join({{0x20, 1}, held, {0x41, scale, 0x74, 0x6a}})},
          {"constant", constant(-100)},
          {"slot and constant", {0x20, 0, 0x41, 5, 0x6a}},
          {"accumulator and constant", join({held, {0x41, 5, 0x6a}})}};
}

struct Access {
  uint32_t function;
  uint32_t at;  // offset of the instruction in the function's code
  std::string label;
};

void check_traps(Backend backend) {
  WasmBuilder wasm;
  uint32_t type = wasm.type({kI32, kI32}, {});
  wasm.memory(1);
  std::vector<Access> accesses;
  auto add = [&](uint8_t opcode, const AddressForm& form, const Bytes& value, uint8_t after) {
    Bytes code{0x01, 0x01};
    WasmBuilder::append(code, form.code);
    WasmBuilder::append(code, value);
    uint32_t at = static_cast<uint32_t>(code.size());
    code.insert(code.end(), {opcode, 0, 8, after, 0x01, 0x0b});
    uint32_t index = wasm.function(type, code);
    accesses.push_back({index, at, std::string(form.name) + ", opcode " + std::to_string(opcode)});
  };
  for (uint8_t opcode = 0x28; opcode <= 0x35; opcode++) {
    for (const AddressForm& form : address_forms(natural_alignment(Opcode{opcode}))) {
      add(opcode, form, {}, 0x1a);
    }
  }
  for (uint8_t opcode = 0x36; opcode <= 0x3e; opcode++) {
    std::vector<Bytes> values;
    switch (opcode) {
      case 0x38: values = {{0x43, 0, 0, 0, 0}, {0x43, 0, 0, 0, 0, 0x8c}}; break;
      case 0x39:
        values = {{0x44, 0, 0, 0, 0, 0, 0, 0, 0}, {0x44, 0, 0, 0, 0, 0, 0, 0, 0, 0x9a}};
        break;
      case 0x37:
      case 0x3c:
      case 0x3d:
      case 0x3e: values = {{0x42, 1}, {0x20, 0, 0xad}}; break;
      default: values = {{0x41, 1}, {0x20, 1}, {0x20, 1, 0x67}}; break;
    }
    for (const Bytes& value : values) {
      for (const AddressForm& form : address_forms(natural_alignment(Opcode{opcode}))) {
        add(opcode, form, value, 0x01);
      }
    }
  }
  // A caller of each, so that the frame below is right as well.
  size_t count = accesses.size();
  for (size_t i = 0; i < count; i++) {
    Bytes code{0x20, 0, 0x20, 1};
    WasmBuilder::append(code, with_index(0x10, accesses[i].function));
    code.push_back(0x0b);
    uint32_t caller = wasm.function(type, code);
    wasm.export_as("f" + std::to_string(i), ExternKind::Func, caller);
  }
  Bytes bytes = wasm.finish();

  Fixture fixture;
  InstantiateOptions options;
  options.backend = backend;
  Instance* instance = fixture.instantiate(bytes, options);
  REQUIRE(instance != nullptr);
  bool may_guard = backend == Backend::Mapped && platform::reservations_are_cheap();
  CHECK_EQ(instance->variant.guarded, may_guard);
  for (size_t i = 0; i < count; i++) {
    Trap trap = call(*instance, "f" + std::to_string(i), {0x10000000, 0x10});
    instance->set_exception(nullptr);
    const TrapRecord* record = trap_record(*instance);
    REQUIRE(record != nullptr);
    bool good = trap == Trap::MemoryOutOfBounds && record->frame_count == 2 &&
                record->frames[0].function == accesses[i].function;
    // One byte says that there are no locals.
    uint64_t start = instance->module->body(accesses[i].function).offset + 1;
    good = good && record->frames[0].offset() == start + accesses[i].at;
    uint64_t caller = instance->module->body(record->frames[1].function).offset + 1;
    good = good && record->frames[1].offset() == caller + 4;
    if (!good) check::fail(__FILE__, __LINE__, accesses[i].label.c_str());
  }
  close_instance(*instance);
}

}  // namespace

TEST_CASE(guarded_accesses_tell_their_place) { check_traps(Backend::Mapped); }
TEST_CASE(checked_accesses_tell_their_place) { check_traps(Backend::Heap); }

// --- functions whose slots do not fit 16 bits ----------------------------------------------------

namespace {

// Works on four i32 locals and one f64 through many kinds of operations.
Bytes busy_code(uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t x) {
  auto get = [](uint32_t local) { return with_index(0x20, local); };
  auto set = [](uint32_t local) { return with_index(0x21, local); };
  auto tee = [](uint32_t local) { return with_index(0x22, local); };
  return join({constant(1000),
               set(a),
               constant(3),
               set(b),
               get(0),
               set(c),
               {0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f},
               set(x),        // x = 1.5
               {0x03, 0x40},  // loop
               get(c),
               get(a),
               {0x6a},
               tee(c),
               get(b),
               {0x6c, 0x41, 7, 0x73},
               tee(d),
               {0x1a},
               get(x),
               get(x),
               {0xa0},
               get(d),
               {0xb7, 0xa0},
               set(x),  // x = x + x + d
               get(a),
               get(b),
               get(c),
               get(d),
               {0x4a, 0x1b},
               set(b),  // b = c > d ? a : b
               get(b),
               {0x41, 0xff, 1, 0x71, 0x41, 2, 0x74},
               get(d),
               {0x36, 2, 0},
               get(b),
               {0x41, 0xff, 1, 0x71, 0x41, 2, 0x74, 0x28, 2, 0},
               get(c),
               {0x73},
               set(c),
               {0x02, 0x40, 0x02, 0x40},
               get(c),
               {0x41, 3, 0x71, 0x0e, 1, 0, 1, 0x0b},
               get(c),
               {0x10, 0},
               set(c),
               {0x0b},
               get(a),
               {0x41, 1, 0x6b},
               tee(a),
               {0x0d, 0, 0x0b},  // until a is 0
               get(c),
               get(x),
               {0xfc, 2, 0x73},
               get(b),
               {0x6a, 0x0b}});
}

uint32_t run_busy(uint32_t extra_locals) {
  WasmBuilder wasm;
  uint32_t type = wasm.type({kI32}, {kI32});
  wasm.memory(1);
  wasm.function(type, {0x20, 0, 0x41, 1, 0x6a, 0x0b});
  uint32_t last = extra_locals;
  uint32_t f = wasm.function(type, busy_code(1, last / 2, last - 1, last, last + 1),
                             {{extra_locals, kI32}, {1, kF64}});
  wasm.export_as("f", ExternKind::Func, f);
  Bytes bytes = wasm.finish();
  Fixture fixture;
  InstantiateOptions options;
  options.stack_size = 1 << 20;
  Instance* instance = fixture.instantiate(bytes, options);
  if (instance == nullptr) return 0;
  Slot result = 0;
  Trap trap = call(*instance, "f", {12345}, &result);
  CHECK_EQ(trap, Trap::None);
  close_instance(*instance);
  return static_cast<uint32_t>(result);
}

}  // namespace

TEST_CASE(locals_beyond_16_bits_behave_like_others) {
  uint32_t expected = run_busy(6);
  CHECK(expected != 0);
  CHECK_EQ(run_busy(49'000), expected);
  CHECK_EQ(run_busy(32'760), expected);
}

namespace {

// What f({1, 2}, {3, 4}) makes of its vectors, with so many numbers between its parameters and its
// own vectors; 0: it could not be run.
uint64_t run_vectors(uint32_t numbers) {
  WasmBuilder wasm;
  uint32_t type = wasm.type({kV128, kV128}, {kV128});
  wasm.memory(1);
  wasm.function(type, {0x20, 0, 0x20, 1, 0xfd, 0xd1, 1, 0x0b});  // the difference
  const uint32_t n = 2 + numbers, x = n + 1, y = n + 2;
  Bytes code = join({{0x20, 0, 0x20, 1, 0xfd, 0xce, 1},
                     with_index(0x22, x),  // x = the sum
                     {0x20, 1, 0xfd, 0x51},
                     with_index(0x21, y),  // y = x ^ the second
                     with_index(0x20, x),
                     with_index(0x20, y),
                     {0x10, 0},
                     with_index(0x21, x),
                     {0x41, 8},
                     with_index(0x20, y),
                     {0xfd, 11, 0, 0},  // into memory, and a part of it back
                     {0x41, 12},
                     with_index(0x20, x),
                     {0xfd, 0x56, 0, 0, 1},
                     with_index(0x20, y),
                     {0xfd, 0x0d, 0, 17, 2, 19, 4, 21, 6, 23, 8, 25, 10, 27, 12, 29, 14, 31},
                     with_index(0x22, x),
                     with_index(0x20, y),
                     with_index(0x20, n),
                     {0x45, 0x1b},  // select: x
                     {0x41, 5, 0xfd, 0x8b, 1},
                     {0xfd, 12, 9, 9, 9, 9, 9, 9, 9, 9, 8, 8, 8, 8, 8, 8, 8, 8, 0xfd, 0x6e},
                     with_index(0x20, x),
                     with_index(0x20, y),
                     {0xfd, 0x52, 0x0b}});
  uint32_t f = wasm.function(type, code, {{numbers, kI64}, {1, kI32}, {2, kV128}});
  wasm.export_as("f", ExternKind::Func, f);
  Bytes bytes = wasm.finish();
  Fixture fixture;
  InstantiateOptions options;
  options.stack_size = 1 << 20;
  Instance* instance = fixture.instantiate(bytes, options);
  if (instance == nullptr) return 0;
  Slot result = 0;
  CHECK_EQ(call(*instance, "f", {1, 2, 3, 4}, &result), Trap::None);
  close_instance(*instance);
  return result;
}

}  // namespace

TEST_CASE(vectors_beyond_16_bits_behave_like_others) {
  uint64_t expected = run_vectors(1);
  CHECK(expected != 0);
  CHECK_EQ(run_vectors(32'755), expected);  // their slots are the last that fit, and the next ones
  CHECK_EQ(run_vectors(32'764), expected);
  CHECK_EQ(run_vectors(40'000), expected);
}

TEST_CASE(operands_beyond_16_bits_behave_like_others) {
  constexpr uint32_t kCount = 40'000;
  WasmBuilder wasm;
  uint32_t type = wasm.type({kI32}, {kI32});
  Bytes code;
  for (uint32_t i = 0; i < kCount; i++) WasmBuilder::append(code, {0x20, 0, 0x41, 1, 0x72});
  for (uint32_t i = 1; i < kCount; i++) code.push_back(0x6a);
  code.push_back(0x0b);
  uint32_t f = wasm.function(type, code);
  wasm.export_as("f", ExternKind::Func, f);
  Bytes bytes = wasm.finish();
  Fixture fixture;
  InstantiateOptions options;
  options.stack_size = 1 << 20;
  Instance* instance = fixture.instantiate(bytes, options);
  REQUIRE(instance != nullptr);
  Slot result = 0;
  CHECK_EQ(call(*instance, "f", {2}, &result), Trap::None);
  CHECK_EQ(static_cast<uint32_t>(result), 3 * kCount);
  close_instance(*instance);
}

// --- calls ---------------------------------------------------------------------------------------

TEST_CASE(endless_recursion_is_a_trap) {
  WasmBuilder wasm;
  uint32_t type = wasm.type({kI32}, {kI32});
  uint32_t f = wasm.function(type, {0x20, 0, 0x41, 1, 0x6a, 0x10, 0, 0x41, 1, 0x6a, 0x0b});
  wasm.export_as("f", ExternKind::Func, f);
  Bytes bytes = wasm.finish();
  Fixture fixture;
  Instance* instance = fixture.instantiate(bytes);
  REQUIRE(instance != nullptr);
  for (int i = 0; i < 3; i++) {
    CHECK_EQ(call(*instance, "f", {0}), Trap::StackOverflow);
    CHECK(trap_record(*instance)->frame_total > 64);
    instance->set_exception(nullptr);
  }
  close_instance(*instance);
}

// Results that lie over the link and the operands of the frame that returns them.
TEST_CASE(more_results_than_locals_come_back) {
  WasmBuilder wasm;
  uint32_t many = wasm.type({}, {kI32, kI64, kI32, kI32, kI32, kI32, kI32, kI32});
  uint32_t one = wasm.type({}, {kI32});
  uint32_t g = wasm.function(
      many, {0x41, 1, 0x42, 2, 0x41, 3, 0x41, 4, 0x41, 5, 0x41, 6, 0x41, 7, 0x41, 8, 0x0b});
  uint32_t f = wasm.function(
      one, {0x10, 0, 0x6c, 0x6a, 0x6a, 0x6a, 0x6a, 0x21, 0, 0xa7, 0x6a, 0x20, 0, 0x6c, 0x0b},
      {{1, kI32}});
  wasm.export_as("f", ExternKind::Func, f);
  static_cast<void>(g);
  Bytes bytes = wasm.finish();
  Fixture fixture;
  Instance* instance = fixture.instantiate(bytes);
  REQUIRE(instance != nullptr);
  Slot result = 0;
  CHECK_EQ(call(*instance, "f", {}, &result), Trap::None);
  CHECK_EQ(static_cast<uint32_t>(result), 3u * (3 + 4 + 5 + 6 + 7 * 8));
  close_instance(*instance);
}

// The value a loop begins again with is its parameter, not its result.
TEST_CASE(a_loop_that_only_begins_again_keeps_its_parameter) {
  WasmBuilder wasm;
  uint32_t type = wasm.type({kI32}, {kI32});
  uint32_t f =
      wasm.function(type, {0x41, 5, 0x03, 0,    0x22, 1,    0x45, 0x04, 0x40,  // loop: if !n
                           0x41, 7, 0x0f, 0x0b,                                // return 7
                           0x20, 1, 0x41, 1,    0x6b, 0x0c, 0,    0x0b,        // n - 1
                           0x21, 0, 0x20, 0,    0x0b},
                    {{1, kI32}});
  wasm.export_as("f", ExternKind::Func, f);
  Bytes bytes = wasm.finish();
  Fixture fixture;
  Instance* instance = fixture.instantiate(bytes);
  REQUIRE(instance != nullptr);
  Slot result = 0;
  CHECK_EQ(call(*instance, "f", {1}, &result), Trap::None);
  CHECK_EQ(static_cast<uint32_t>(result), 7u);
  close_instance(*instance);
}

TEST_CASE(a_copy_after_a_post_increment_leaves_it_alone) {
  WasmBuilder wasm;
  uint32_t type = wasm.type({kI32}, {kI32});
  uint32_t f = wasm.function(type, {0x20, 0, 0x21, 1,                               // y = x
                                    0x20, 1, 0x41, 1,  0x6a, 0x21, 0,               // x = y + 1
                                    0x20, 2, 0x21, 3,                               // b = a
                                    0x20, 0, 0x41, 10, 0x6c, 0x20, 1, 0x6a, 0x0b},  // x * 10 + y
                             {{3, kI32}});
  wasm.export_as("f", ExternKind::Func, f);
  Bytes bytes = wasm.finish();
  Fixture fixture;
  Instance* instance = fixture.instantiate(bytes);
  REQUIRE(instance != nullptr);
  Slot result = 0;
  CHECK_EQ(call(*instance, "f", {5}, &result), Trap::None);
  CHECK_EQ(static_cast<uint32_t>(result), 65u);
  close_instance(*instance);
}

// --- translating ---------------------------------------------------------------------------------

TEST_CASE(a_failed_translation_can_be_repeated) {
  Fixture fixture;
  Bytes bytes = sum_module();
  Instance* instance = fixture.instantiate(bytes);
  REQUIRE(instance != nullptr);
  REQUIRE(singleton_exec_env(*instance) != nullptr && exported(*instance, "f") != nullptr);
  Slot result = 0;
  int failures = 0;
  for (uint64_t n = 1;; n++) {
    fixture.memory.arm(n);
    Trap trap = call(*instance, "f", {10}, &result);
    bool failed = fixture.memory.failed();
    fixture.memory.arm(0);
    instance->set_exception(nullptr);
    if (trap == Trap::None) break;
    CHECK(failed);
    CHECK_EQ(trap, Trap::OutOfMemory);
    failures++;
    REQUIRE(n < 100);
  }
  CHECK(failures > 2);
  CHECK_EQ(static_cast<uint32_t>(result), 55u);
  close_instance(*instance);
}

TEST_CASE(changed_bytes_are_noticed) {
  Fixture fixture;
  Bytes bytes = sum_module();
  Instance* instance = fixture.instantiate(bytes);
  REQUIRE(instance != nullptr);
  uint32_t code = instance->module->body(0).offset + 3;
  CHECK_EQ(bytes[code], 0x03);
  bytes[code] = 0xff;
  CHECK_EQ(call(*instance, "f", {10}), Trap::InvalidCode);
  instance->set_exception(nullptr);
  bytes[code] = 0x03;
  Slot result = 0;
  CHECK_EQ(call(*instance, "f", {10}, &result), Trap::None);
  CHECK_EQ(static_cast<uint32_t>(result), 55u);
  close_instance(*instance);
}

TEST_CASE(threads_translate_the_same_function) {
  for (int round = 0; round < 20; round++) {
    RuntimeConfig config;
    config.conventions = &kWamrConventions;
    config.allocator = system_allocator();
    config.engine = &interpreted_engine();
    Diagnostic diagnostic;
    Runtime* runtime = Runtime::create(config, diagnostic);
    REQUIRE(runtime != nullptr);
    Bytes bytes = sum_module();
    Module* module = load_module(runtime->allocator(), runtime->types(), bytes, diagnostic);
    REQUIRE(module != nullptr);
    std::atomic<int> good{0};
    std::atomic<bool> go{false};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++) {
      threads.emplace_back([&] {
        Diagnostic mine;
        Trap trap = Trap::None;
        Instance* instance = instantiate(*runtime, *module, {}, mine, &trap);
        if (instance == nullptr) return;
        while (!go) std::this_thread::yield();
        Slot result = 0;
        if (call(*instance, "f", {100}, &result) == Trap::None && result == 5050) good++;
        close_instance(*instance);
      });
    }
    go = true;
    for (std::thread& thread : threads) thread.join();
    CHECK_EQ(good.load(), 4);
    module->release();
    runtime->destroy();
  }
}

TEST_CASE(metered_code_counts_and_agrees) {
  Fixture fixture;
  Bytes bytes = sum_module();
  Instance* instance = fixture.instantiate(bytes);
  REQUIRE(instance != nullptr);
  CallLimits limits;
  limits.fuel = 1'000'000;
  Slot result = 0;
  CHECK_EQ(call(*instance, "f", {1000}, &result, &limits), Trap::None);
  CHECK_EQ(static_cast<uint32_t>(result), 500500u);
  limits.fuel = 5000;
  CHECK_EQ(call(*instance, "f", {1000}, &result, &limits), Trap::InstructionLimit);
  instance->set_exception(nullptr);
  CHECK_EQ(call(*instance, "f", {1000}, &result), Trap::None);
  close_instance(*instance);
}

TEST_CASE(the_dispatch_form_is_told) {
  std::string_view name = interpreter::dispatch();
  CHECK(name == "tail" || name == "loop");
  if (kAddressSanitizer || kThreadSanitizer) CHECK_EQ(name, std::string_view("loop"));
}
