// Machine instructions as text, with the places that an allocation gives them.
#pragma once

#include <string>

#include "jit/lower/machine.h"

namespace wembed::jit {

std::string print(const MachineFunction& function, const Allocation* allocation);

}  // namespace wembed::jit
