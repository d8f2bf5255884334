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

// Every clock there is. Real time is since 1970 and may jump.
enum class SystemClock : uint8_t { Real, Monotonic, Process, Thread };

// False: this system has no such clock. The resolution is never 0.
bool read_clock(SystemClock clock, uint64_t& ns);
bool clock_resolution(SystemClock clock, uint64_t& ns);

}  // namespace wembed::platform
