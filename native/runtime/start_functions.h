// What runs by itself when an instance begins: the start section's function and exported
// constructors.
#pragma once

#include "base/error.h"
#include "runtime/call.h"
#include "runtime/instance.h"

namespace wembed {

// `constructors`: those of the runtime's conventions too. When one traps, `trap` has the
// code, the exception is pending, and the result is Uninstantiable with its text.
[[nodiscard]] Error run_start_functions(Instance& instance, bool constructors,
                                        const CallLimits& limits, Diagnostic& diagnostic,
                                        Trap& trap);

}  // namespace wembed
