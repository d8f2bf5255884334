// What lies at a guest's address, for whoever reads and writes on the guest's behalf: in its memory
// or, behind that, in a shared heap.
#pragma once

#include <cstdint>

#include "runtime/instance.h"

namespace wembed {

// Bytes of the guest's; stale after whatever may run the guest or grow its memory.
struct GuestSpan {
  uint8_t* data = nullptr;  // null: there is no such address
  uint64_t size = 0;
};

// From an address that is not the memory's to the end of the shared heap it lies in.
[[gnu::cold]] GuestSpan shared_span(const Memory& memory, uint64_t offset);

// What a failed check of an address asks. Null: it was right, there is nothing.
[[gnu::cold]] uint8_t* shared_bytes(const Memory& memory, uint64_t offset, uint64_t length);

// All there is from `offset` on. At the very end that is nothing, but no null.
inline GuestSpan guest_span(const Memory& memory, uint64_t offset) {
  const uint64_t size = memory.size;
  if (offset < size) [[likely]]
    return {memory.base + offset, size - offset};
  const GuestSpan shared = shared_span(memory, offset);
  return shared.data == nullptr && offset == size ? GuestSpan{memory.base + size, 0} : shared;
}
inline GuestSpan guest_span(const Instance& instance, uint64_t offset) {
  return instance.memory == nullptr ? GuestSpan{} : guest_span(*instance.memory, offset);
}

// Where `length` bytes begin that all lie there. False: they do not.
inline bool find_guest_bytes(const Memory& memory, uint64_t offset, uint64_t length, uint8_t*& at) {
  const uint64_t size = memory.size;
  if (offset <= size && length <= size - offset) [[likely]] {
    at = memory.base + offset;
    return true;
  }
  at = shared_bytes(memory, offset, length);
  return at != nullptr;
}

}  // namespace wembed
