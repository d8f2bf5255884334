// Clocks: all show the time since the system began.
#include <cstring>

#include "libc/functions.h"
#include "platform/clock.h"

namespace wembed::libc {

Trap time_clock(Call& call) { return call.give_wide(platform::monotonic_ns()); }

Trap time_gettime(Call& call) {
  constexpr uint64_t kSecond = 1'000'000'000;
  constexpr uint64_t kSize = 16;  // seconds as i64, nanoseconds as i32, padding
  uint8_t* target = call.range(call.pointer(1), kSize);
  if (target == nullptr) return Trap::MemoryOutOfBounds;
  uint64_t now = platform::monotonic_ns();
  uint64_t seconds = now / kSecond;
  auto nanoseconds = static_cast<uint32_t>(now % kSecond);
  std::memcpy(target, &seconds, sizeof(seconds));
  std::memcpy(target + sizeof(seconds), &nanoseconds, sizeof(nanoseconds));
  return call.give(0);
}

}  // namespace wembed::libc
