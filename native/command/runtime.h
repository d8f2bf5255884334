// The process-wide runtime as the commands use it.
#pragma once

#include <cstdint>

#include "wembed.h"

namespace wembed::command {

// With checkpoints, see interruption.h. False: there is none, and why was said.
bool start_runtime(uint32_t log_level, uint32_t tier = WEMBED_TIER_DEFAULT);

}  // namespace wembed::command
