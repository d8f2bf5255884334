// An engine under which functions are interpreted, and each loop becomes machine code when a branch
// first leads to it: as the sampled one would have it if it were always asked and never waited.
#pragma once

#include "runtime/engine.h"

namespace wembed::loop_tier {

// Null: there is no machine code here.
const Engine* engine();

}  // namespace wembed::loop_tier
