#include "platform/clock.h"

#include <chrono>

namespace wembed::platform {

uint64_t monotonic_ns() {
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

uint64_t clock_tick() { return monotonic_ns() / kTickNs; }

bool read_clock(SystemClock clock, uint64_t& ns) {
  if (clock == SystemClock::Monotonic) {
    ns = monotonic_ns();
    return true;
  }
  if (clock != SystemClock::Real) return false;
  auto now = std::chrono::system_clock::now().time_since_epoch();
  ns = static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
  return true;
}

bool clock_resolution(SystemClock clock, uint64_t& ns) {
  ns = 1000;
  return clock == SystemClock::Real || clock == SystemClock::Monotonic;
}

}  // namespace wembed::platform
