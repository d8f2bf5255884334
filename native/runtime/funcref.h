// Function references as the numbers WAMR's API shows: an index in the instance's function index
// space. Functions of other instances get numbers above it, stable for the instance's life.
#pragma once

#include <cstdint>
#include <span>

#include "base/trap.h"
#include "runtime/instance.h"

namespace wembed {

constexpr uint32_t kNullFuncIndex = UINT32_MAX;

// False: no memory to number a foreign function.
[[nodiscard]] bool funcref_to_index(Instance& instance, Slot reference, uint32_t& index);

// UndefinedElement for a number that stands for no function.
[[nodiscard]] Trap index_to_funcref(Instance& instance, uint32_t index, Slot& reference);

// Values from the host are about to be seen by `instance`: functions of other groups join its own.
// False: no memory, or a function of another runtime.
[[nodiscard]] bool adopt_references(Instance& instance, std::span<const ValType> types,
                                    const Slot* slots);

}  // namespace wembed
