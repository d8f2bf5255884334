// Removes what nobody needs: nodes without effects whose values are not used, parameters too, with
// the arguments that go to them.
#pragma once

#include "base/error.h"
#include "base/poll.h"
#include "jit/ir/graph.h"

namespace wembed::jit {

Error clean(Graph& graph, Arena& arena, Poll& poll);

}  // namespace wembed::jit
