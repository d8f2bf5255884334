#include "libc/call.h"

#include <algorithm>
#include <cstring>

namespace wembed::libc {

Trap Call::count_until(const uint8_t* data, uint8_t byte, uint64_t most, uint64_t& count) {
  count = most;
  for (uint64_t at = 0; at < most;) {
    uint64_t piece = std::min(most - at, Bulk::kPiece);
    if (const void* found = std::memchr(data + at, byte, piece)) {
      count = static_cast<uint64_t>(static_cast<const uint8_t*>(found) - data);
      break;
    }
    at += piece;
    if (Trap trap = bulk_.look(); trap != Trap::None) return trap;
  }
  return bulk_.begin(count);
}

Trap Call::string(uint64_t offset, Text& text) {
  GuestSpan span = from(offset);
  if (span.data == nullptr) return Trap::MemoryOutOfBounds;
  text.data = span.data;
  Trap trap = count_until(span.data, 0, span.size, text.length);
  if (trap != Trap::None) return trap;
  return text.length < span.size ? Trap::None : Trap::MemoryOutOfBounds;
}

}  // namespace wembed::libc
