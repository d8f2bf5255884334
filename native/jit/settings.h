// What compilations are told by the environment, so that it can be found out which one is wrong:
//   WEMBED_JIT_LIMIT=n      only the first n functions that could be compiled are
//   WEMBED_JIT_PASSES=n     only the first n passes of opt/passes.def are made
//   WEMBED_JIT_REGISTERS=n  values have n registers of each class, at least four
// Read once, at the first compilation.
#pragma once

#include "jit/asm/registers.h"

namespace wembed::jit {

struct Settings {
  uint32_t passes;
  RegisterSet registers;
};

const Settings& settings();

// Whether another function may be compiled; counts it.
[[nodiscard]] bool within_limit();

}  // namespace wembed::jit
