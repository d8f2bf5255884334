// Structures of the caller's that begin with their size, and may be older or newer than ours.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wembed {

// Larger ones are no structures but garbage in `size`.
constexpr size_t kMostStructure = 4096;

// Whether it has the fields up to `least`, and asks for nothing by fields that came after ours.
template <class Structure>
[[nodiscard]] bool is_understood(const Structure* from, size_t least = sizeof(Structure)) {
  size_t size = from->size;
  if (size < least || size > kMostStructure) return false;
  const auto* bytes = reinterpret_cast<const uint8_t*>(from);
  for (size_t i = sizeof(Structure); i < size; i++) {
    if (bytes[i] != 0) return false;
  }
  return true;
}

}  // namespace wembed
