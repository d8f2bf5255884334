// The order in which blocks are emitted.
#pragma once

#include "jit/lower/machine.h"

namespace wembed::jit {

constexpr BlockIndex kNoBlock = UINT32_MAX;

// All blocks, the first one first. A loop that is left from its header has it behind its other
// blocks, so that a turn takes one branch that is taken, not two. Blocks that end in a trap stand
// behind all others. False: no memory.
[[nodiscard]] bool lay_out(const MachineFunction& function, Vector<BlockIndex>& order);

}  // namespace wembed::jit
