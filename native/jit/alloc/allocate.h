// Gives virtual registers registers and slots of the frame.
#pragma once

#include "base/error.h"
#include "base/poll.h"
#include "jit/ir/arena.h"
#include "jit/lower/machine.h"

namespace wembed::jit {

struct AllocationOptions {
  // To choose from; what an instruction has fixed may be any. Four of each class are enough.
  RegisterSet allowed = kAllocatable;
};

// None: `made` is whole. Limit: values live in more places than the function's size allows, which
// bounds time and memory. Else there is no memory, or what `poll` says.
Error allocate(const MachineFunction& function, const AllocationOptions& options, Arena& arena,
               Poll& poll, Allocation& made);

}  // namespace wembed::jit
