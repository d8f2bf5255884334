// Numbers of 128 bits as two of 64, the low one first: what wide arithmetic means.
#pragma once

#include <cstdint>

namespace wembed::isa {

struct Wide {
  uint64_t low;
  uint64_t high;
};

constexpr unsigned __int128 join(Wide value) {
  return static_cast<unsigned __int128>(value.high) << 64 | value.low;
}
constexpr Wide split(unsigned __int128 value) {
  return {static_cast<uint64_t>(value), static_cast<uint64_t>(value >> 64)};
}

constexpr Wide add128(Wide a, Wide b) { return split(join(a) + join(b)); }
constexpr Wide sub128(Wide a, Wide b) { return split(join(a) - join(b)); }
constexpr Wide mul_wide_s(uint64_t a, uint64_t b) {
  // No product of two 64-bit numbers leaves 128 bits.
  return split(static_cast<unsigned __int128>(static_cast<__int128>(static_cast<int64_t>(a)) *
                                              static_cast<int64_t>(b)));
}
constexpr Wide mul_wide_u(uint64_t a, uint64_t b) {
  return split(static_cast<unsigned __int128>(a) * b);
}

}  // namespace wembed::isa
