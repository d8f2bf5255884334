// Functions run as machine code from their first call on; those that have something the native tier
// does not know are interpreted, and so is code that counts instructions, is timed, or has a shared
// heap behind its memory.
#include "interp/interpreter.h"
#include "tiers/engines.h"
#include "tiers/joined_code.h"

namespace wembed {

namespace {

RunMode choose(RunMode wish, CodeMode& code) {
  switch (wish) {
    case RunMode::Best: return RunMode::Quick;
    case RunMode::Interpreted: code = CodeMode::Interpreted; return wish;
    case RunMode::Sampled: return RunMode::Best;
    default: return wish;
  }
}

}  // namespace

const Engine* native_engine(int& error) {
  error = jit::start();
  if (error != 0) return nullptr;
  static_cast<void>(interpreter::tier());
  static const Engine made = {.init = &init_joined,
                              .enter = &interpreter::enter,
                              .prepare = &prepare_joined,
                              .discard = &release_bodies,
                              .resume = &interpreter::resume,
                              .choose = &choose};
  return &made;
}

uint64_t native_code_bytes() { return jit::code_space().bytes(); }

}  // namespace wembed
