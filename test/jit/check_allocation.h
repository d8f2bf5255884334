// Whether an allocation does what a function of machine instructions says, found by following
// which values each register and slot has, along all ways at once.
#pragma once

#include <string>

#include "jit/lower/machine.h"

namespace wembed::jit {

// What is wrong; empty: nothing.
std::string check_allocation(const MachineFunction& function, const Allocation& allocation);

}  // namespace wembed::jit
