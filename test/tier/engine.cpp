#include "tier/engine.h"

#include <atomic>

#include "interp/interpreter.h"
#include "runtime/instance.h"
#include "runtime/root_map.h"
#include "runtime/roots.h"
#include "tier/body.h"
#include "tier/run.h"
#include "tiers/engines.h"

namespace wembed::test_tier {

namespace {

uint64_t locate(const Code&, const Body&, const void* place, bool is_return) {
  return (static_cast<const Instr*>(place) - (is_return ? 1 : 0))->offset;
}

uint32_t position(const Body& body, const void* place, bool is_return) {
  auto at = static_cast<const Instr*>(place) - static_cast<const Instr*>(body.begin);
  return static_cast<uint32_t>(at) - (is_return ? 1 : 0);
}

const void* place_of(const Body& body, uint32_t position) {
  return static_cast<const Instr*>(body.begin) + position;
}

// Made with the body.
RootMap* root_map(const Code&, const Body& body) { return body.roots; }

void release(Code& code, Body& body) {
  code.module().allocator().release(const_cast<HandlerTable*>(body.handlers));
  code.module().allocator().release(body.roots);
  delete static_cast<TestBody*>(&body);
}

// Has callers run the function in this tier.
Trap use_this(Code& code, const Poll& poll) {
  const Body* body = code.body_of(tier());
  if (body == nullptr) {
    Error error = Error::None;
    TestBody* made = make_body(code, &run, poll, error);
    if (made == nullptr) {
      switch (error) {
        case Error::OutOfMemory: return Trap::OutOfMemory;
        case Error::BytesLost: return Trap::BytesLost;
        case Error::Deadline: return Trap::Deadline;
        case Error::Terminated: return Trap::Terminated;
        default: return Trap::InvalidCode;
      }
    }
    body = &publish_once(code, *made);
    if (body != made) release(code, *made);
  }
  code.entry.store(&enter, std::memory_order_release);
  code.ops.store(static_cast<const TestBody*>(body)->stub.ops(), std::memory_order_release);
  return Trap::None;
}

Trap enter_function(ExecEnv& env, const Function& function, Slot* args) {
  Instance& instance = *function.instance;
  Code* table = env.fuel_limit >= 0 ? instance.metered_code : instance.code;
  Code& code = table[function.defined];
  before_call(code);
  return code.entry.load(std::memory_order_acquire)(env, code, instance, args, nullptr);
}

std::atomic<Choose> choose{nullptr};
std::atomic<void*> choose_context{nullptr};

bool is_chosen(const Code& code) { return choose.load()(code, choose_context.load()); }

Trap prepare_chosen(Code& code, const Poll& poll) {
  return is_chosen(code) ? use_this(code, poll) : interpreter::prepare(code, poll);
}

// A body that is not there yet is left to the first call.
void choose_again(Code& code) {
  if (code.has_body()) static_cast<void>(prepare_chosen(code, {}));
}

std::atomic<uint64_t> random_state{0};

bool choose_at_random(const Code&, void*) {
  uint64_t x = random_state.fetch_add(0x9e3779b97f4a7c15, std::memory_order_relaxed);
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return ((x >> 31) & 1) != 0;
}

}  // namespace

const Tier& tier() {
  static const Tier made = {"test", &locate, &position, &place_of, &root_map, &release};
  return made;
}

const Engine& engine() {
  static_cast<void>(interpreter::tier());
  static const Engine made = {&interpreter::init, &enter_function, &use_this, &release_bodies,
                              nullptr};
  before_call = [](Code&) {};
  return made;
}

const Engine& mixed_engine(Choose wanted, void* context) {
  static_cast<void>(interpreter::tier());
  static const Engine made = {&interpreter::init, &enter_function, &prepare_chosen, &release_bodies,
                              nullptr};
  choose = wanted;
  choose_context = context;
  before_call = &choose_again;
  return made;
}

const Engine* mixed_native_engine(Choose wanted, void* context) {
  static int error = 0;
  static const Engine* native = native_engine(error);
  if (native == nullptr) return nullptr;
  static const Engine made = {native->init, native->enter,
                              [](Code& code, const Poll& poll) {
                                return is_chosen(code) ? native->prepare(code, poll)
                                                       : interpreter::prepare(code, poll);
                              },
                              native->discard, native->resume};
  choose = wanted;
  choose_context = context;
  return &made;
}

const Engine& random_engine(uint64_t seed) {
  random_state = seed;
  return mixed_engine(&choose_at_random, nullptr);
}

}  // namespace wembed::test_tier
