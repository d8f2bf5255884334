// Threads that wait for a word of a shared memory, and who wakes them.
//
// Queues are the process's, found by memory and offset. What is compared, enqueued and woken is so
// under the queue's lock; a notify without waiters takes none.
#pragma once

#include <cstdint>

#include "base/trap.h"
#include "runtime/exec_env.h"

namespace wembed {

struct Memory;

// What memory.atomic.wait gives to the guest.
enum class WaitResult : uint32_t { Woken = 0, NotEqual = 1, TimedOut = 2 };

// The word of `bytes` (4 or 8) at an aligned offset in the shared memory: sleeps while it is
// `expected`, at most `timeout_ns`; negative: for ever. A trap: why the guest has to stop.
[[nodiscard]] Trap wait_for_word(ExecEnv& env, Memory& memory, uint64_t offset, uint32_t bytes,
                                 uint64_t expected, int64_t timeout_ns, WaitResult& result);

// Wakes at most `most` of those that wait at the offset, the longest there first; how many it was.
uint32_t wake_waiters(Memory& memory, uint64_t offset, uint32_t most);

// How many there are.
uint32_t count_waiters(const Memory& memory);

}  // namespace wembed
