// A tier for tests that runs graphs of the native tier's intermediate form, node by node: what the
// builder and the passes make is compared with other tiers on whatever runs on one. Functions that
// are refused are interpreted.
#pragma once

#include "jit/ir/graph.h"
#include "runtime/engine.h"

namespace wembed::graph_tier {

// What is done to a graph before it runs; false: there is no memory. Null: nothing.
using Transform = bool (*)(jit::Arena& arena, jit::Graph& graph);

// One transformation at a time, set before its runtime is made.
const Engine& engine(Transform transform);

// Functions built, and left to the interpreter, since the program began.
struct Counts {
  uint64_t built;
  uint64_t refused;
};
Counts counts();

}  // namespace wembed::graph_tier
