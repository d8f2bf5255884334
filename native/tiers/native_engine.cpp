// Functions run as machine code from their first call on; those that have something the native tier
// does not know are interpreted, and so is code that counts instructions, is timed, or has a shared
// heap behind its memory.
#include "interp/interpreter.h"
#include "tiers/engines.h"
#include "tiers/joined_code.h"

namespace wembed {

namespace {

Trap prepare(Code& code, const Poll& poll) {
  if (!may_be_joined(code)) return interpreter::prepare(code, poll);
  if (const JoinedCode* joined = joined_code(code); joined != nullptr) {
    use_joined(code, *joined);
    return Trap::None;
  }
  JoinedCode* made;
  Trap trap = make_joined(code, poll, code.module().allocator(), made);
  if (trap != Trap::None) return trap;
  if (made == nullptr) return interpreter::prepare(code, poll);
  publish_joined(code, *made);
  return Trap::None;
}

}  // namespace

const Engine* native_engine(int& error) {
  error = jit::start();
  if (error != 0) return nullptr;
  static_cast<void>(interpreter::tier());
  static const Engine made = {&init_joined, &interpreter::enter, &prepare, &release_bodies,
                              &interpreter::resume};
  return &made;
}

uint64_t native_code_bytes() { return jit::code_space().bytes(); }

}  // namespace wembed
