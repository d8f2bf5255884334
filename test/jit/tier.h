// A tier for tests that runs graphs of the native tier's intermediate form, node by node: what the
// builder and the passes make is compared with other tiers on whatever runs on one. Functions that
// are refused are interpreted.
#pragma once

#include <cstdint>

#include "runtime/engine.h"

namespace wembed::graph_tier {

// After the first `passes` of native/jit/opt/passes.def. One number at a time, set before its
// runtime is made.
const Engine& engine(uint32_t passes);

// Functions built, and left to the interpreter, since the program began.
struct Counts {
  uint64_t built;
  uint64_t refused;
};
Counts counts();

}  // namespace wembed::graph_tier
