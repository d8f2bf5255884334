// The ways a native is entered. Which one serves an import is decided when it is linked.
#pragma once

#include "runtime/host_function.h"
#include "runtime/host_plan.h"
#include "runtime/natives.h"

namespace wembed {

// The way to enter a native by its plan, which the result refers to.
HostFunction bind_host_plan(const HostPlan& plan, const NativeRegistry::Found& native);

}  // namespace wembed
