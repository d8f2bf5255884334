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
  void* block = allocator->reallocate(elements, size * sizeof(Slot), wanted * sizeof(Slot));
  if (block == nullptr) return -1;
  elements = static_cast<Slot*>(block);
  std::fill(elements + size, elements + wanted, value);
  uint64_t old = size;
  size = wanted;
  return static_cast<int64_t>(old);
}

}  // namespace wembed
