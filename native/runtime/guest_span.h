// What lies at a guest's address, for whoever reads and writes on the guest's behalf.
#pragma once

#include <cstdint>

#include "runtime/instance.h"

namespace wembed {

// Bytes of the guest's; stale after whatever may run the guest or grow its memory.
struct GuestSpan {
  uint8_t* data = nullptr;  // null: there is no such address
  uint64_t size = 0;
};

// All there is from `offset` on. At the very end that is nothing, but no null.
inline GuestSpan guest_span(const Instance& instance, uint64_t offset) {
  const Memory* memory = instance.memory;
  if (memory == nullptr || offset > memory->size) return {};
  return {memory->base + offset, memory->size - offset};
}

}  // namespace wembed
