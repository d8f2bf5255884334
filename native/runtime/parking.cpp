#include "runtime/parking.h"

#include <mutex>

#include "platform/clock.h"
#include "runtime/collection.h"
#include "runtime/exec_env_cold.h"
#include "runtime/operations.h"

namespace wembed {

namespace {

// Of a sleep, for what an instruction costs: so that fuel alone ends a guest that waits for ever.
constexpr uint64_t kNsPerUnit = 1000;

}  // namespace

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
  if (env_.fuel_limit < 0) return sleep_on(descriptors, count, deadline, woken);
  const uint64_t start = platform::monotonic_ns();
  const auto fuel = static_cast<uint64_t>(env_.fuel < 0 ? 0 : env_.fuel);
  const uint64_t most =
      fuel < (platform::kNever - start) / kNsPerUnit ? start + fuel * kNsPerUnit : platform::kNever;
  Trap trap = sleep_on(descriptors, count, most < deadline ? most : deadline, woken);
  const uint64_t used = (platform::monotonic_ns() - start) / kNsPerUnit;
  const bool is_used_up = used >= fuel && woken == platform::Woken::ByTime && most < deadline;
  env_.fuel -= static_cast<int64_t>(used < fuel ? used : fuel);
  return trap == Trap::None && is_used_up ? Trap::InstructionLimit : trap;
}

Trap Parking::sleep_on(platform::Descriptor* descriptors, size_t count, uint64_t deadline,
                       platform::Woken& woken) {
  woken = platform::Woken::ByTime;
  for (;;) {
    if (env_.interrupt.load(std::memory_order_seq_cst) != 0) {
      Trap trap = op_interrupted(env_, *env_.instance, nullptr);
      if (trap != Trap::None) return trap;
    }
    {
      Away away(env_);
      {
        const Away collections_go_on(env_);
        woken = parker_.park(descriptors, count, deadline);
      }
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
