// Functions of one module run by two tiers: whatever the mix, everything is as with one.
#include <pthread.h>

#include <optional>
#include <vector>

#include "../runtime/fixture.h"
#include "runtime/engine.h"
#include "runtime/reset.h"
#include "runtime/trap_record.h"
#include "sanitized.h"
#include "tier/mix.h"

using namespace wembed;
using test_tier::Mix;
using Bytes = WasmBuilder::Bytes;

namespace {

enum Function : uint32_t { kHost, kLeaf, kDirect, kIndirect, kThrough, kTop, kFunctions };
constexpr uint32_t kMixes = 1u << kFunctions;

// leaf(x) = 100 / x; the others reach it by a call, an indirect call, through the host, all ways.
Bytes program() {
  WasmBuilder wasm;
  uint32_t unary = wasm.type({kI32}, {kI32});
  wasm.import_function("x", "host", unary);
  wasm.table(kFuncRef, 2);
  wasm.function(unary, {0x01, 0x41, 0xe4, 0, 0x20, 0, 0x6d, 0x0b});
  wasm.function(unary, {0x20, 0, 0x10, kLeaf, 0x41, 1, 0x6a, 0x0b});
  wasm.function(unary, {0x41, 7, 0x1a, 0x20, 0, 0x41, 1, 0x11, 0, 0, 0x0b});
  wasm.function(unary, {0x20, 0, 0x01, 0x10, kHost, 0x0b});
  // Once round a loop for each way that is left.
  wasm.function(unary, {0x20, 0,    0x10,      kDirect, 0x03, 0x40, 0x20,     1,    0x41, 1,
                        0x6a, 0x22, 1,         0x41,    3,    0x49, 0x0d,     0,    0x0b, 0x20,
                        0,    0x10, kIndirect, 0x20,    0,    0x10, kThrough, 0x6a, 0x6a, 0x0b},
                {{1, kI32}});
  const char* names[] = {"", "leaf", "direct", "indirect", "through", "top"};
  for (uint32_t i = kLeaf; i < kFunctions; i++) wasm.export_as(names[i], ExternKind::Func, i);
  wasm.element(WasmBuilder::i32_const(1), {kLeaf});
  return wasm.finish();
}

struct SeenFrame {
  uint32_t function;
  uint64_t offset;

  bool operator==(const SeenFrame&) const = default;
};

// What there is to see of a call.
struct Seen {
  Trap trap = Trap::None;
  uint32_t result = 0;
  uint32_t total = 0;
  std::vector<SeenFrame> frames;

  bool operator==(const Seen& other) const {
    if (trap != other.trap || result != other.result || total != other.total) return false;
    return frames == other.frames;
  }
};

Seen look(Instance& instance, const char* name, Slot argument, int64_t fuel = -1) {
  CallLimits limits;
  limits.fuel = fuel;
  Slot result = 0;
  Seen seen;
  seen.trap = call(instance, name, {argument}, &result, &limits);
  seen.result = static_cast<uint32_t>(result);
  if (seen.trap == Trap::None) return seen;
  const TrapRecord& record = *trap_record(instance);
  seen.total = record.frame_total;
  for (uint32_t i = 0; i < record.frame_count; i++) {
    seen.frames.push_back({record.frames[i].function, record.frames[i].offset()});
  }
  instance.set_exception(nullptr);
  return seen;
}

// The host goes back in.
bool call_direct(ExecEnv* env, void*, uint64_t* slots) {
  Instance& instance = *env->instance;
  return call(*env, instance, "direct", {slots[0]}, &slots[0]) == Trap::None;
}

struct Guest {
  explicit Guest(const Bytes& code, SlotCallback host = call_direct, void* data = nullptr,
                 uint32_t stack_size = 64 * 1024)
      : bytes(code) {
    ImportBinding imports[] = {from_callback(host, data)};
    InstantiateOptions options;
    options.imports = imports;
    options.stack_size = stack_size;
    instance = fixture.instantiate(bytes, options);
  }
  ~Guest() {
    if (instance != nullptr) close_instance(*instance);
  }
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;
  Fixture fixture;
  Bytes bytes;
  Instance* instance;
};

std::vector<Seen> look_at_all(uint32_t mask) {
  Mix mix(mask);
  Guest guest(program());
  std::vector<Seen> all;
  if (guest.instance == nullptr) return all;
  // The last round meets functions that are there already.
  for (int round = 0; round < 2; round++) {
    for (const char* name : {"top", "through", "indirect", "direct", "leaf"}) {
      for (Slot argument : {Slot{5}, Slot{0}, Slot{7}}) {
        all.push_back(look(*guest.instance, name, argument));
      }
    }
  }
  return all;
}

}  // namespace

TEST_CASE(calls_of_every_kind_meet_any_tier) {
  const std::vector<Seen> expected = look_at_all(0);
  REQUIRE(expected.size() == 30);
  CHECK_EQ(expected[0].result, 21u + 20u + 21u);
  CHECK_EQ(expected[1].trap, Trap::DivideByZero);
  CHECK_EQ(expected[1].total, 3u);  // leaf, direct, top
  CHECK_EQ(expected[4].total, 2u);  // leaf, direct; the outer call has its own record
  for (uint32_t mask = 2; mask < kMixes; mask += 2) CHECK(look_at_all(mask) == expected);
}

// --- fuel ----------------------------------------------------------------------------------------

TEST_CASE(every_mix_uses_the_same_fuel) {
  int64_t units = 0;
  std::vector<Seen> expected;
  for (uint32_t mask = 0; mask < kMixes; mask += 2) {
    Mix mix(mask);
    Guest guest(program());
    REQUIRE(guest.instance != nullptr);
    auto run = [&](int64_t fuel) { return look(*guest.instance, "top", 5, fuel); };
    if (mask == 0) {
      while (run(units).trap == Trap::InstructionLimit) units++;
      CHECK(units > 60);
    }
    std::vector<Seen> all;
    for (int64_t fuel = 0; fuel <= units; fuel++) all.push_back(run(fuel));
    if (mask == 0) expected = all;
    CHECK_EQ(all.back().trap, Trap::None);
    CHECK_EQ(all[units - 1].trap, Trap::InstructionLimit);
    CHECK(all == expected);
  }
}

// --- a body takes another's place ----------------------------------------------------------------

namespace {

// deep(n): calls the host, then itself with n - 1; at 0 unreachable.
Bytes deep_program() {
  WasmBuilder wasm;
  uint32_t none = wasm.type({}, {});
  uint32_t unary = wasm.type({kI32}, {kI32});
  wasm.import_function("x", "host", none);
  wasm.function(unary, {0x10, 0, 0x20, 0, 0x45, 0x04, 0x40, 0x00, 0x0b, 0x20, 0, 0x41, 1, 0x6b,
                        0x10, 1, 0x0b});
  wasm.export_as("deep", ExternKind::Func, 1);
  return wasm.finish();
}

struct Switching {
  Mix mix{0};
  uint32_t calls = 0;
};

// Every second call of the host, the other tier's body takes over.
bool switch_bodies(ExecEnv* env, void* data, uint64_t*) {
  auto& switching = *static_cast<Switching*>(data);
  if (switching.calls++ % 2 == 0) switching.mix.mask ^= 2;
  return env->instance->runtime->engine().prepare(env->instance->code[0], {}) == Trap::None;
}

}  // namespace

TEST_CASE(frames_of_a_replaced_body_keep_their_places) {
  Switching switching;
  Guest guest(deep_program(), switch_bodies, &switching);
  REQUIRE(guest.instance != nullptr);
  for (int round = 0; round < 3; round++) {
    Seen seen = look(*guest.instance, "deep", 20);
    CHECK_EQ(seen.trap, Trap::Unreachable);
    REQUIRE(seen.frames.size() == 21);
    uint64_t start = guest.instance->module->body(1).offset + 1;
    CHECK_EQ(seen.frames[0].offset, start + 7);
    for (size_t i = 1; i < 21; i++) CHECK_EQ(seen.frames[i].offset, start + 14);
  }
  // Both are kept, and made once.
  const Body* body = guest.instance->code[0].bodies;
  REQUIRE(body != nullptr && body->next != nullptr);
  CHECK(body->tier != body->next->tier);
  CHECK(body->next->next == nullptr);
}

// --- limits --------------------------------------------------------------------------------------

namespace {

struct Deep {
  Instance* instance;
  Trap trap = Trap::None;
  Trap again = Trap::None;
};

// On a small native stack, with a wasm stack that would take far more frames than fit there.
void recurse_on_small_stack(Deep& deep) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  REQUIRE(pthread_attr_setstacksize(
              &attributes, (kAddressSanitizer || kThreadSanitizer ? 2048 : 256) * 1024) == 0);
  pthread_t thread;
  auto body = [](void* context) -> void* {
    auto& work = *static_cast<Deep*>(context);
    work.trap = call(*work.instance, "even", {1'000'000});
    work.instance->set_exception(nullptr);
    work.again = call(*work.instance, "even", {10});
    return nullptr;
  };
  REQUIRE(pthread_create(&thread, &attributes, body, &deep) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

}  // namespace

TEST_CASE(recursion_through_two_tiers_is_a_trap) {
  WasmBuilder wasm;
  uint32_t none = wasm.type({}, {});
  uint32_t unary = wasm.type({kI32}, {kI32});
  wasm.import_function("x", "host", none);
  for (uint8_t other : {uint8_t{2}, uint8_t{1}}) {
    wasm.function(unary, {0x20, 0, 0x45, 0x04, 0x7f, 0x41, 0, 0x05, 0x20, 0, 0x41, 1, 0x6b, 0x10,
                          other, 0x0b, 0x0b});
  }
  wasm.export_as("even", ExternKind::Func, 1);
  for (uint32_t mask : {2u, 4u, 6u}) {
    Mix mix(mask);
    auto nothing = [](ExecEnv*, void*, uint64_t*) { return true; };
    Guest guest(wasm.finish(), nothing, nullptr, 1 << 26);
    REQUIRE(guest.instance != nullptr);
    Deep deep{guest.instance};
    recurse_on_small_stack(deep);
    CHECK_EQ(deep.trap, Trap::NativeStackOverflow);
    CHECK_EQ(deep.again, Trap::None);
  }
}

// --- state that a callee of the other tier changes -----------------------------------------------

TEST_CASE(memory_that_the_other_tier_grew_is_there) {
  // grow: one page more. use: grows by a call, then writes and reads behind the old end.
  WasmBuilder wasm;
  uint32_t none = wasm.type({}, {});
  uint32_t get = wasm.type({kI32}, {kI32});
  wasm.import_function("x", "host", none);
  wasm.memory(1, 3);
  wasm.function(none, {0x41, 1, 0x40, 0, 0x1a, 0x0b});
  wasm.function(get, {0x10, 1, 0x41, 0x84, 0x80, 4, 0x20, 0, 0x36, 2, 0, 0x41, 0x84, 0x80, 4, 0x28,
                      2, 0, 0x0b});
  wasm.export_as("use", ExternKind::Func, 2);
  for (Backend backend : {Backend::Mapped, Backend::Heap}) {
    for (uint32_t mask : {0u, 2u, 4u, 6u}) {
      Mix mix(mask);
      Fixture fixture;
      Bytes bytes = wasm.finish();
      ImportBinding imports[] = {from_callback([](ExecEnv*, void*, uint64_t*) { return true; })};
      InstantiateOptions options;
      options.imports = imports;
      options.backend = backend;
      Instance* instance = fixture.instantiate(bytes, options);
      REQUIRE(instance != nullptr);
      Slot result = 0;
      CHECK_EQ(call(*instance, "use", {77}, &result), Trap::None);
      CHECK_EQ(static_cast<uint32_t>(result), 77u);
      close_instance(*instance);
    }
  }
}

namespace {

bool try_reset(ExecEnv* env, void*, uint64_t* slots) {
  Diagnostic diagnostic;
  Trap trap = Trap::None;
  Error error = reset_instance(*env->instance, {}, diagnostic, trap);
  slots[0] = error == Error::InvalidState ? 5 : 0;
  return true;
}

}  // namespace

TEST_CASE(an_instance_with_frames_of_any_tier_is_not_reset) {
  for (uint32_t mask = 0; mask < kMixes; mask += 2) {
    Mix mix(mask);
    Guest guest(program(), try_reset);
    REQUIRE(guest.instance != nullptr);
    CHECK_EQ(look(*guest.instance, "through", 1).result, 5u);
    Diagnostic diagnostic;
    Trap trap = Trap::None;
    CHECK_EQ(reset_instance(*guest.instance, {}, diagnostic, trap), Error::None);
  }
}
