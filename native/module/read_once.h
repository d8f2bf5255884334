// Reading bytes that somebody may be writing at the same time.
#pragma once

#include <cstdint>

namespace wembed {

// The byte at `at`, fetched exactly once: without this the compiler may check one fetch of it and
// use another.
inline uint8_t read_once(const uint8_t* at) { return *static_cast<const volatile uint8_t*>(at); }

}  // namespace wembed
