// Copies the bodies of small loops behind each other, so that one look whether the guest is to stop
// serves several turns. Of innermost loops without calls, which are left from their header alone
// and have one way back to it.
#pragma once

#include "base/error.h"
#include "base/poll.h"
#include "jit/ir/graph.h"

namespace wembed::jit {

Error unroll(Graph& graph, Arena& arena, Poll& poll);

}  // namespace wembed::jit
