// One thread for the whole process that does what can wait, one piece of work at a time, below the
// priority of others.
//
// It starts with the first work and ends with the last release_worker(). In the child of a fork it
// starts again with the next work; what it was doing is not done there.
#pragma once

#include <cstddef>

namespace wembed::platform {

// Brackets of everybody who has work.
void retain_worker();
void release_worker();

// Calls `run(context)` on the thread, soon. It may not give work itself. Returns 0, or the error
// number: EBUSY: it has work; ENOSYS: this system has no threads.
[[nodiscard]] int give_work(void (*run)(void* context), void* context);

// After this nothing is being done: returns at once when nothing was.
void wait_for_worker();

}  // namespace wembed::platform
