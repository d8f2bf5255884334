// The native stack of the calling thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wembed::platform {

// The stack grows down from `high` towards `low`. Both are 0 when the thread runs on a stack the
// system does not know (a coroutine's) or the system cannot tell now.
struct StackBounds {
  uintptr_t low = 0;
  uintptr_t high = 0;
};

// A thread-local read once it is known (microseconds to find out); as long as it is not, each call
// asks the system again. C libraries allocate to find out; with `may_allocate` false it is done
// without, which costs more in a process with very many mappings.
StackBounds native_stack_bounds(bool may_allocate = true);

// What the system puts on a stack to deliver a signal, with the processor's widest registers.
size_t signal_frame_bytes();

}  // namespace wembed::platform
