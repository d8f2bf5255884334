// Threads of the runtime's own.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wembed::platform {

// Runs `run` on a new thread with a native stack of at least so many bytes, which has to be joined.
// False: the system has no thread to give.
[[nodiscard]] bool start_thread(void (*run)(void* argument), void* argument, size_t stack_bytes,
                                uintptr_t& thread);

// Waits for its end.
void join_thread(uintptr_t thread);

}  // namespace wembed::platform
