// memcpy and the like: ranges of the guest's memory.
#include <cstring>

#include "libc/functions.h"

namespace wembed::libc {

namespace {

// Two ranges of `size` bytes, checked before anything is done.
struct Ranges {
  uint8_t* first;
  uint8_t* second;
  [[nodiscard]] bool valid() const { return first != nullptr && second != nullptr; }
};

Ranges two_ranges(const Call& call, uint64_t size) {
  return {call.range(call.pointer(0), size), call.range(call.pointer(1), size)};
}

// From the end that makes overlapping ranges come out right.
Trap move(Call& call, const Ranges& ranges, uint64_t size) {
  if (Trap trap = call.bulk().begin(size); trap != Trap::None) return trap;
  return call.bulk().each(size, 1, ranges.first > ranges.second, [&](uint64_t at, uint64_t length) {
    std::memmove(ranges.first + at, ranges.second + at, length);
  });
}

}  // namespace

// Nothing to copy is nothing to check.
Trap memory_copy(Call& call) {
  if (call.word(2) == 0) return call.give_wide(call.pointer(0));
  return memory_move(call);
}

Trap memory_move(Call& call) {
  uint64_t target = call.pointer(0);
  Ranges ranges = two_ranges(call, call.word(2));
  if (!ranges.valid()) return Trap::MemoryOutOfBounds;
  Trap trap = move(call, ranges, call.word(2));
  return trap != Trap::None ? trap : call.give_wide(target);
}

Trap memory_set(Call& call) {
  uint64_t target = call.pointer(0);
  uint32_t size = call.word(2);
  uint8_t* data = call.range(target, size);
  if (data == nullptr) return Trap::MemoryOutOfBounds;
  if (Trap trap = call.bulk().begin(size); trap != Trap::None) return trap;
  int value = static_cast<int>(call.word(1) & 0xff);
  Trap trap = call.bulk().each(
      size, 1, false, [&](uint64_t at, uint64_t length) { std::memset(data + at, value, length); });
  return trap != Trap::None ? trap : call.give_wide(target);
}

Trap memory_compare(Call& call) {
  uint32_t size = call.word(2);
  Ranges ranges = two_ranges(call, size);
  if (!ranges.valid()) return Trap::MemoryOutOfBounds;
  if (Trap trap = call.bulk().begin(size); trap != Trap::None) return trap;
  int order = 0;
  Trap trap = call.bulk().each(size, 1, false, [&](uint64_t at, uint64_t length) {
    if (order == 0) order = std::memcmp(ranges.first + at, ranges.second + at, length);
  });
  return trap != Trap::None ? trap : call.give(static_cast<uint32_t>(order));
}

Trap memory_find(Call& call) {
  uint32_t size = call.word(2);
  uint64_t start = call.pointer(0);
  const uint8_t* data = call.range(start, size);
  if (data == nullptr) return Trap::MemoryOutOfBounds;
  uint64_t count = 0;
  Trap trap = call.count_until(data, static_cast<uint8_t>(call.word(1)), size, count);
  if (trap != Trap::None) return trap;
  return call.give_wide(count < size ? start + count : 0);
}

}  // namespace wembed::libc
