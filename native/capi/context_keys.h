// Context keys: one pointer per instance for each of a few host libraries.
#pragma once

#include "runtime/instance.h"

namespace wembed {

// Calls the destructor of every key, also of those the instance never set.
void run_context_destructors(Instance& instance);

}  // namespace wembed
