#include "tiers/engines.h"

#include <atomic>

#include "interp/interpreter.h"

namespace wembed {

namespace {

constinit std::atomic<const Engine*> chosen{nullptr};

}  // namespace

const Engine& interpreted_engine() {
  static const Engine engine = [] {
    static_cast<void>(interpreter::tier());
    return Engine{&interpreter::init, &interpreter::enter, &interpreter::prepare, &release_bodies,
                  &interpreter::resume};
  }();
  return engine;
}

const Engine& chosen_engine() {
  const Engine* engine = chosen.load(std::memory_order_acquire);
  return engine == nullptr ? interpreted_engine() : *engine;
}

bool is_engine_chosen() { return chosen.load(std::memory_order_acquire) != nullptr; }

void choose_engine(const Engine* engine) { chosen.store(engine, std::memory_order_release); }

}  // namespace wembed
