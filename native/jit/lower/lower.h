// A graph as machine instructions of x86-64, on virtual registers.
#pragma once

#include "base/poll.h"
#include "jit/ir/graph.h"
#include "jit/lower/machine.h"
#include "module/module.h"
#include "runtime/code.h"

namespace wembed::jit {

struct LowerInput {
  const Graph& graph;
  const Module& module;
  Code* siblings;        // of the functions that the module defines
  uint32_t local_slots;  // between the first parameter and the link
};

// False: there is no memory, or the graph has what is not known here (`is_known` says which).
[[nodiscard]] bool lower(const LowerInput& input, MachineFunction& made, bool& is_known);

}  // namespace wembed::jit
