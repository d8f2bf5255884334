// Runs one graph on the frame of a call.
#pragma once

#include "interp/native_stub.h"
#include "jit/ir/graph.h"
#include "runtime/code.h"
#include "runtime/engine.h"

namespace wembed::graph_tier {

// A node's address is its place, and the next one's is where a call returns to.
struct GraphBody : Body {
  GraphBody(Allocator& allocator, NativeBody run, uint32_t params, uint32_t slots)
      : stub(run, params, slots), arena(allocator), graph(arena), slots(slots), params(params) {}

  NativeStub stub;
  jit::Arena arena;
  jit::Graph graph;
  uint32_t slots;   // of the whole frame
  uint32_t params;  // of them
};

const Tier& tier();
Trap run(ExecEnv& env, Slot* link);

}  // namespace wembed::graph_tier
