// Time that only moves forward.
#pragma once

#include <cstdint>

namespace wembed::platform {

// Nanoseconds since an unspecified start; the same scale in all threads of the process.
uint64_t monotonic_ns();

}  // namespace wembed::platform
