// The native stack of the calling thread.
#pragma once

#include <cstdint>

namespace wembed::platform {

// The stack grows down from `high` towards `low`. Both are 0 when the thread runs on a stack the
// system does not know (a coroutine's) or the system cannot tell.
struct StackBounds {
  uintptr_t low = 0;
  uintptr_t high = 0;
};

// Asked of the system once per thread (microseconds), a thread-local read after that. C libraries
// allocate to find out; with `may_allocate` false it is done without, which costs more in a process
// with very many mappings.
StackBounds native_stack_bounds(bool may_allocate = true);

}  // namespace wembed::platform
