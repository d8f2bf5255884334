// What runs by itself when an instance begins: the start section's function and, as WAMR has it,
// exported constructors.
#pragma once

#include "base/error.h"
#include "runtime/call.h"
#include "runtime/instance.h"

namespace wembed {

// `constructors`: __post_instantiate and __wasm_call_ctors too. When one traps, `trap` has the
// code, the exception is pending, and the result is Uninstantiable with its text.
[[nodiscard]] Error run_start_functions(Instance& instance, bool constructors,
                                        const CallLimits& limits, Diagnostic& diagnostic,
                                        Trap& trap);

}  // namespace wembed
