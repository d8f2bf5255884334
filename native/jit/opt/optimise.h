// The passes of passes.def.
#pragma once

#include "base/error.h"
#include "base/poll.h"
#include "jit/ir/graph.h"

namespace wembed::jit {

constexpr uint32_t kPasses = 0
#define PASS(name) +1
#include "jit/opt/passes.def"
    ;

// The first so many of them: fewer, to find out which one is wrong; without those that are done.
Error optimise(Graph& graph, Arena& arena, Poll& poll, uint32_t passes = kPasses,
               uint32_t done = 0);

}  // namespace wembed::jit
