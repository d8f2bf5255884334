// Time that only moves forward.
#pragma once

#include <cstdint>

namespace wembed::platform {

// Nanoseconds since an unspecified start; the same scale in all threads of the process.
uint64_t monotonic_ns();

// Time in steps of a few milliseconds, for what is not done more often than that: the system's
// cheapest clock.
constexpr uint64_t kTickNs = 4'000'000;
uint64_t clock_tick();

}  // namespace wembed::platform
