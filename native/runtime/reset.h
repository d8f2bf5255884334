// Putting an instance back to the state of a new one, without making anything anew that can stay.
#pragma once

#include "base/error.h"
#include "runtime/call.h"
#include "runtime/instance.h"

namespace wembed {

struct ResetOptions {
  bool skip_start = false;  // neither the start section's function nor constructors
  CallLimits limits;        // of these
};

// What the instance owns is as instantiation made it: memories, tables, globals, segments, heap.
// What it imports is left alone: active segments are not copied into it again. The exception and
// requests to terminate are cleared.
//
// InvalidState, and nothing is changed: something of it is running, or it is closed.
// Uninstantiable: a start function trapped; all else is reset, the exception is pending.
// Any other error: it is of no use until a reset succeeds. Calls of it fail, with an exception that
// cannot be cleared, and a memory that could not be restored has no bytes.
[[nodiscard]] Error reset_instance(Instance& instance, const ResetOptions& options,
                                   Diagnostic& diagnostic, Trap& trap);

}  // namespace wembed
