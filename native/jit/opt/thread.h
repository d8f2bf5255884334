// Branches that are decided by the way that leads to them: a block that does nothing but branch by
// its parameter goes, and what led there branches itself, or not at all where it brings a constant.
// Blocks that only lead on go as well.
#pragma once

#include "base/error.h"
#include "base/poll.h"
#include "jit/ir/graph.h"

namespace wembed::jit {

Error thread(Graph& graph, Arena& arena, Poll& poll);

}  // namespace wembed::jit
