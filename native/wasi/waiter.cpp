#include "wasi/waiter.h"

#include "runtime/operations.h"
#include "runtime/parking.h"

namespace wembed::wasi {

Errno Waiter::wait(int descriptor, bool writing, bool waits) {
  platform::Descriptor wanted;
  wanted.number = descriptor;
  wanted.wants_read = !writing;
  wanted.wants_write = writing;
  Parking parking(env_);
  for (;;) {
    platform::Woken woken = platform::Woken::ByOther;
    trap_ = parking.sleep(&wanted, 1, waits ? platform::kNever : 0, woken);
    if (trap_ != Trap::None) return Errno::kCANCELED;
    if (woken == platform::Woken::ByTime) return Errno::kAGAIN;
    // Unable: let the call itself say what is wrong.
    if (woken != platform::Woken::ByOther) return kSuccess;
  }
}

bool Waiter::should_stop() {
  if (env_.interrupt.load(std::memory_order_relaxed) == 0) return false;
  trap_ = op_interrupted(env_, *env_.instance, nullptr);
  return trap_ != Trap::None;
}

}  // namespace wembed::wasi
