// WAMR's argument cells of 32 bits and our slots of 64.
#pragma once

#include <cstdint>

#include "runtime/instance.h"

namespace wembed {

// Cells that values of these types take.
uint32_t cell_count(std::span<const ValType> types);

// From the first value on that is not i32 or f32. False: a function index that stands for nothing,
// or no memory.
[[nodiscard]] bool cells_to_slots_slowly(Instance& instance, std::span<const ValType> types,
                                         const uint32_t* cells, Slot* slots);
[[nodiscard]] bool slots_to_cells_slowly(Instance& instance, std::span<const ValType> types,
                                         const Slot* slots, uint32_t* cells);

inline bool is_one_cell(ValType type) { return type == kI32 || type == kF32; }

[[nodiscard]] inline bool cells_to_slots(Instance& instance, std::span<const ValType> types,
                                         const uint32_t* cells, Slot* slots) {
  for (size_t i = 0; i < types.size(); i++) {
    if (!is_one_cell(types[i])) {
      return cells_to_slots_slowly(instance, types.subspan(i), cells + i, slots + i);
    }
    slots[i] = cells[i];
  }
  return true;
}

[[nodiscard]] inline bool slots_to_cells(Instance& instance, std::span<const ValType> types,
                                         const Slot* slots, uint32_t* cells) {
  for (size_t i = 0; i < types.size(); i++) {
    if (!is_one_cell(types[i])) {
      return slots_to_cells_slowly(instance, types.subspan(i), slots + i, cells + i);
    }
    cells[i] = static_cast<uint32_t>(slots[i]);
  }
  return true;
}

}  // namespace wembed
