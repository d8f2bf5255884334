// WAMR's argument cells of 32 bits and our slots of 64.
#pragma once

#include <cstdint>

#include "runtime/instance.h"

namespace wembed {

// Cells that values of these types take.
uint32_t cell_count(std::span<const ValType> types);

// Whatever the types are. False: a function index that stands for nothing, or no memory.
[[nodiscard]] bool cells_to_slots_slowly(Instance& instance, std::span<const ValType> types,
                                         const uint32_t* cells, Slot* slots);
[[nodiscard]] bool slots_to_cells_slowly(Instance& instance, std::span<const ValType> types,
                                         const Slot* slots, uint32_t* cells);

[[nodiscard]] inline bool params_from_cells(Instance& instance, const TypeDef& type,
                                            const uint32_t* cells, Slot* slots) {
  if (!type.params_narrow) return cells_to_slots_slowly(instance, type.params(), cells, slots);
  for (uint32_t i = 0; i < type.param_count; i++) slots[i] = cells[i];
  return true;
}

[[nodiscard]] inline bool results_to_cells(Instance& instance, const TypeDef& type,
                                           const Slot* slots, uint32_t* cells) {
  if (!type.results_narrow) return slots_to_cells_slowly(instance, type.results(), slots, cells);
  for (uint32_t i = 0; i < type.result_count; i++) cells[i] = static_cast<uint32_t>(slots[i]);
  return true;
}

}  // namespace wembed
