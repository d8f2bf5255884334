// Function references that come from the host.
#pragma once

#include <span>

#include "isa/types.h"
#include "runtime/value.h"

namespace wembed {

struct Instance;

// Values from the host are about to be seen by `instance`: functions of other groups join its own.
// False: no memory, or a function of another runtime.
[[nodiscard]] bool adopt_references(Instance& instance, std::span<const ValType> types,
                                    const Slot* slots);

}  // namespace wembed
