// Doing ahead what calls would do when they first need it.
#pragma once

#include "base/error.h"
#include "base/poll.h"
#include "base/trap.h"
#include "runtime/runtime.h"

namespace wembed {

// Makes the functions of the instance, code for all that its module defines, and room for a trap's
// frames. Afterwards a call without host functions and growth takes no memory. `trap` says when
// `poll` was what ended it.
[[nodiscard]] Error prepare_instance(Instance& instance, const Prepare& wish, const Poll& poll,
                                     Diagnostic& diagnostic, Trap& trap);

}  // namespace wembed
