// Doing ahead what calls would do when they first need it.
#pragma once

#include "base/error.h"
#include "runtime/runtime.h"

namespace wembed {

// Makes the functions of the instance, code for all that its module defines, and room for a trap's
// frames. Afterwards a call without host functions and growth takes no memory.
[[nodiscard]] Error prepare_instance(Instance& instance, const Prepare& wish,
                                     Diagnostic& diagnostic);

}  // namespace wembed
