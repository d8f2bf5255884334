// A tier for tests that runs graphs of the native tier's intermediate form, node by node: what the
// builder and the passes make is compared with other tiers on whatever runs on one. Functions that
// are refused are interpreted.
#pragma once

#include <cstdint>

#include "runtime/engine.h"

namespace wembed::graph_tier {

// After the first `passes` of native/jit/opt/passes.def, or as many as that and up to `counts` - 1
// more, in turn from function to function. One choice at a time, made before its runtime is. What
// each pass makes of a graph is verified.
const Engine& engine(uint32_t passes, uint32_t counts = 1);

// Functions built, and left to the interpreter, since the program began.
struct Counts {
  uint64_t built;
  uint64_t refused;
};
Counts counts();

}  // namespace wembed::graph_tier
