// A table of references.
#pragma once

#include <cstdint>

#include "base/allocator.h"
#include "isa/types.h"
#include "runtime/value.h"

namespace wembed {

struct Table {
  // Hot.
  Slot* elements = nullptr;  // Function* or encoded reference; 0 is null
  uint64_t size = 0;

  uint64_t capacity = 0;  // elements there is room for
  uint64_t max = 0;
  TableType type;
  Allocator* allocator = nullptr;

  // table.grow: the old size, or -1 with nothing changed.
  int64_t grow(uint64_t delta, Slot value);

  // Back to the size of its type, all elements null.
  void reset();
};

}  // namespace wembed
