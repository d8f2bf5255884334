// No system calls known: sleeps by the standard library, in slices, and knows no descriptors.
#include "platform/parker.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "platform/clock.h"

namespace wembed::platform {

namespace {

constexpr uint64_t kSlice = 1'000'000;

}  // namespace

Parker::~Parker() = default;

Woken Parker::park(uint64_t deadline) {
  while (state_.exchange(kAwake, std::memory_order_acquire) != kTold) {
    uint64_t now = monotonic_ns();
    if (now >= deadline) return Woken::ByTime;
    std::this_thread::sleep_for(std::chrono::nanoseconds(std::min(deadline - now, kSlice)));
  }
  return Woken::ByOther;
}

Woken Parker::park(Descriptor*, size_t count, uint64_t deadline) {
  return count == 0 ? park(deadline) : Woken::Unable;
}

void Parker::unpark() { state_.store(kTold, std::memory_order_release); }

}  // namespace wembed::platform
