// What threads may do to one memory at the same time, and must not: grow it, change its heap.
#pragma once

#include <mutex>

#include "runtime/memory.h"

namespace wembed {

// Holds the lock of a shared memory. Others belong to one thread at a time and have none. Locks are
// the process's, a few for all memories: nobody holds two.
class MemoryLock {
 public:
  explicit MemoryLock(const Memory& memory) {
    if (memory.is_shared()) [[unlikely]]
      lock_ = std::unique_lock(mutex_of(memory));
  }

 private:
  static std::mutex& mutex_of(const Memory& memory);
  std::unique_lock<std::mutex> lock_;
};

}  // namespace wembed
