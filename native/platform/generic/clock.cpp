#include "platform/clock.h"

#include <chrono>

namespace wembed::platform {

uint64_t monotonic_ns() {
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

uint64_t clock_tick() { return monotonic_ns() / kTickNs; }

}  // namespace wembed::platform
