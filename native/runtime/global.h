// Where a global lives.
#pragma once

#include "runtime/instance.h"

namespace wembed {

// The cell of any global of the instance: an imported one is its exporter's.
inline GlobalCell* global_cell(Instance& instance, uint32_t index) {
  GlobalCell& cell = instance.globals[index];
  if (index >= instance.module->imported_global_count()) return &cell;
  return reinterpret_cast<GlobalCell*>(static_cast<uintptr_t>(cell.slots[0]));
}

}  // namespace wembed
