// membarrier: a system call, and an interrupt of the processors that run other threads.
#include "platform/thread_order.h"

#include <atomic>

#if defined(__linux__)
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace wembed::platform {

namespace {

std::atomic<bool> is_refused{false};

#if defined(__linux__)
bool fence_all() {
  static const bool is_known =
      syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
  return is_known && syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
}
#else
bool fence_all() { return false; }
#endif

}  // namespace

bool order_all_threads() { return !is_refused.load(std::memory_order_relaxed) && fence_all(); }

void refuse_thread_order(bool refused) { is_refused.store(refused, std::memory_order_relaxed); }

}  // namespace wembed::platform
