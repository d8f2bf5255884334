// Where interpreted callers continue when a function has a native body.
#pragma once

#include <cstdint>

#include "base/trap.h"
#include "runtime/exec_env.h"

namespace wembed {

// Runs the function whose link is complete: parameters in, results out where they begin. The other
// locals hold anything, unless the body begins with a loop: then the frame is as LoopEntry says.
// Trap::TailCall: a call in place of the function is left to its caller, see ExecEnv::tail.
using NativeBody = Trap (*)(ExecEnv& env, Slot* link);

// What Code::ops then points into: part of the native body's block.
class NativeStub {
 public:
  // `slots`: of the whole frame, link included; `local_slots` of them are parameters and locals.
  NativeStub(NativeBody body, uint32_t local_slots, uint32_t slots);
  [[nodiscard]] const uint64_t* ops() const { return words_ + 1; }

 private:
  uint64_t words_[3];
};

}  // namespace wembed
