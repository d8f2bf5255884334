// Numbers as the bits of a slot, which are zero above what the number has, and back.
#pragma once

#include <cstdint>
#include <cstring>

namespace wembed::jit {

template <class T> T value_of(uint64_t bits) {
  T value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

template <class T> uint64_t bits_of(T value) {
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  return bits;
}

}  // namespace wembed::jit
