// The plainest allocation: every value in a slot of its own, in a register only while one
// instruction uses it.
#pragma once

#include "jit/lower/machine.h"

namespace wembed::jit {

// False: no memory.
[[nodiscard]] bool allocate_plainly(const MachineFunction& function, Allocation& made);

}  // namespace wembed::jit
