// WAMR's argument cells of 32 bits and our slots of 64.
#pragma once

#include <cstdint>

#include "runtime/instance.h"

namespace wembed {

// Cells that values of these types take.
uint32_t cell_count(std::span<const ValType> types);

// False: a function index that stands for nothing, or no memory.
[[nodiscard]] bool cells_to_slots(Instance& instance, std::span<const ValType> types,
                                  const uint32_t* cells, Slot* slots);
[[nodiscard]] bool slots_to_cells(Instance& instance, std::span<const ValType> types,
                                  const Slot* slots, uint32_t* cells);

}  // namespace wembed
