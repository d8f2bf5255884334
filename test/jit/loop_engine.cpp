#include "jit/loop_engine.h"

#include <cstdlib>
#include <mutex>
#include <set>
#include <string_view>

#include "base/system_allocator.h"
#include "interp/interpreter.h"
#include "runtime/exec_env.h"
#include "runtime/function.h"
#include "runtime/instance.h"
#include "tiers/engines.h"
#include "tiers/joined_code.h"

namespace wembed::loop_tier {

namespace {

// Places that no machine code begins with: most of what branches lead to is no loop.
class Refused {
 public:
  bool has(const Code& code, const void* place) {
    std::lock_guard lock(mutex_);
    return places_.contains({&code, place});
  }
  void add(const Code& code, const void* place) {
    code.array().is_noted.store(true, std::memory_order_relaxed);
    std::lock_guard lock(mutex_);
    places_.insert({&code, place});
  }
  void forget(const Code* codes, uint32_t count) {
    std::lock_guard lock(mutex_);
    places_.erase(places_.lower_bound({codes, nullptr}),
                  places_.lower_bound({codes + count, nullptr}));
  }

 private:
  std::mutex mutex_;
  std::set<std::pair<const Code*, const void*>> places_;
};
Refused refused;

void ask_again(ExecEnv& env) {
  env.interrupt.fetch_or(kInterruptSample, std::memory_order_relaxed);
}

// A body that is only made when it is entered would be asked before it has a frame, for nothing.
Trap enter(ExecEnv& env, const Function& function, Slot* args) {
  static_cast<void>(interpreter::prepare(function.instance->code[function.defined], Poll()));
  ask_again(env);
  return interpreter::enter(env, function, args);
}

bool sample(ExecEnv& env, Code&, const void*, uint32_t) {
  ask_again(env);
  return false;
}

const uint64_t* make_and_take_over(Code& code, const void* place) {
  if (const uint64_t* ops = take_over(code, place); ops != nullptr) return ops;
  if (!may_be_joined(code) || refused.has(code, place)) return nullptr;
  Allocator allocator = system_allocator();
  JoinedCode* made = nullptr;
  static_cast<void>(make_joined_loop(code, place, Poll(), allocator, made));
  if (made != nullptr) {
    publish_joined(code, *made);
  } else {
    refused.add(code, place);
  }
  return take_over(code, place);
}

void forget(const Code* codes, uint32_t count) { refused.forget(codes, count); }

// WEMBED_TIER=loops: the engine of every runtime the program makes.
[[maybe_unused]] const bool chosen = [] {
  const char* wanted = std::getenv("WEMBED_TIER");
  const bool is_wanted = wanted != nullptr && std::string_view(wanted) == "loops";
  if (is_wanted) choose_engine(engine());
  return is_wanted;
}();

}  // namespace

const Engine* engine() {
  if (jit::start() != 0) return nullptr;
  static_cast<void>(interpreter::tier());
  static const Engine made = {.init = &init_joined,
                              .enter = &enter,
                              .prepare = &interpreter::prepare,
                              .discard = &release_bodies,
                              .resume = &interpreter::resume,
                              .sample = &sample,
                              .forget = &forget,
                              .take_over = &make_and_take_over};
  return &made;
}

}  // namespace wembed::loop_tier
