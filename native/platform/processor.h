// What this processor can do beyond what all of its kind can.
#pragma once

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace wembed::platform {

// SSSE3, SSE4.1 and SSE4.2, as processors have them since 2009.
inline bool has_x86_64_v2() {
#if defined(__x86_64__)
  constexpr unsigned kWanted = bit_SSSE3 | bit_SSE4_1 | bit_SSE4_2;
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & kWanted) == kWanted;
#else
  return false;
#endif
}

}  // namespace wembed::platform
