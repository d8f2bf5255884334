#include "runtime/parking.h"

#include <mutex>

#include "platform/clock.h"
#include "runtime/collection.h"
#include "runtime/exec_env_cold.h"
#include "runtime/operations.h"

namespace wembed {

// Requests that come before it is known are in the bits, which the sleep looks at first.
Parking::Parking(ExecEnv& env) : env_(env) {
  std::lock_guard lock(env.cold->mutex);
  previous_ = env.cold->parking;
  env.cold->parking = this;
}

Parking::~Parking() {
  std::lock_guard lock(env_.cold->mutex);
  env_.cold->parking = previous_;
}

Trap Parking::sleep(platform::Descriptor* descriptors, size_t count, uint64_t deadline,
                    platform::Woken& woken) {
  for (;;) {
    if (env_.interrupt.load(std::memory_order_seq_cst) != 0) {
      Trap trap = op_interrupted(env_, *env_.instance, nullptr);
      if (trap != Trap::None) return trap;
    }
    {
      Away away(env_);
      woken = parker_.park(descriptors, count, deadline);
    }
    // Or by a request, which need not concern this code.
    if (woken != platform::Woken::ByOther) return Trap::None;
    if (is_woken_.exchange(false, std::memory_order_acquire)) return Trap::None;
  }
}

uint64_t sleep_deadline(int64_t timeout_ns) {
  if (timeout_ns < 0) return platform::kNever;
  uint64_t now = platform::monotonic_ns();
  auto timeout = static_cast<uint64_t>(timeout_ns);
  return timeout < platform::kNever - now ? now + timeout : platform::kNever;
}

}  // namespace wembed
