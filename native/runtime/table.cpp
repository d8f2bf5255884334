// Growing a table.
#include "runtime/table.h"

#include <algorithm>

#include "isa/limits.h"

namespace wembed {

int64_t Table::grow(uint64_t delta, Slot value) {
  uint64_t limit = std::min<uint64_t>(max, kMaxTableElements);
  if (delta > limit || size > limit - delta) return -1;
  if (delta == 0) return static_cast<int64_t>(size);
  uint64_t wanted = size + delta;
  if (wanted > capacity) {
    void* block = allocator->reallocate(elements, capacity * sizeof(Slot), wanted * sizeof(Slot));
    if (block == nullptr) return -1;
    elements = static_cast<Slot*>(block);
    capacity = wanted;
  }
  std::fill(elements + size, elements + wanted, value);
  uint64_t old = size;
  size = wanted;
  return static_cast<int64_t>(old);
}

void Table::reset() {
  size = type.limits.min;
  if (capacity > size && size > 0) {
    // A block that cannot shrink only wastes memory.
    void* block = allocator->reallocate(elements, capacity * sizeof(Slot), size * sizeof(Slot));
    if (block != nullptr) {
      elements = static_cast<Slot*>(block);
      capacity = size;
    }
  }
  if (size > 0) std::fill_n(elements, size, Slot{0});
}

}  // namespace wembed
