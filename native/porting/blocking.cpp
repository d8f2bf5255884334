// bh_platform.h: system calls that another thread can end, by a signal that does nothing but that.
#include <atomic>
#include <csignal>

#include "bh_platform.h"
#include "capi/handles.h"

namespace {

constexpr int kSignal = SIGUSR1;

std::atomic<bool> is_handled{false};

int block(int how) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, kSignal);
  return pthread_sigmask(how, &set, nullptr) == 0 ? BHT_OK : BHT_ERROR;
}

}  // namespace

WEMBED_API int os_blocking_op_init() {
  if (!is_handled.exchange(true)) {
    // Without SA_RESTART: the call is to fail with EINTR.
    struct sigaction action = {};
    action.sa_handler = [](int) {};
    sigemptyset(&action.sa_mask);
    if (sigaction(kSignal, &action, nullptr) != 0) {
      is_handled = false;
      return BHT_ERROR;
    }
  }
  return block(SIG_BLOCK);
}

WEMBED_API void os_begin_blocking_op() { block(SIG_UNBLOCK); }
WEMBED_API void os_end_blocking_op() { block(SIG_BLOCK); }

WEMBED_API int os_wakeup_blocking_op(korp_tid tid) {
  return pthread_kill(tid, kSignal) == 0 ? BHT_OK : BHT_ERROR;
}
