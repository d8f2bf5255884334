// References as WAMR's API shows them, which depends on how WAMR is built: the library is linked
// with one of two files that say how (reference_numbers.cpp, reference_objects.cpp).
//
// A number of a function is its index in the instance's function index space; functions of other
// instances get numbers above it, stable for the instance's life.
#pragma once

#include <cstdint>

#include "base/trap.h"
#include "runtime/conventions.h"
#include "runtime/instance.h"

namespace wembed {

extern const ReferenceForm kReferenceForm;

constexpr uint32_t kNullFuncIndex = UINT32_MAX;

// False: no memory to number a foreign function.
[[nodiscard]] bool funcref_to_index(Instance& instance, Slot reference, uint32_t& index);

// UndefinedElement for a number that stands for no function.
[[nodiscard]] Trap index_to_funcref(Instance& instance, uint32_t index, Slot& reference);

// WAMR gives the host (void*)-1 as null and takes NULL for an ordinary object, but shows a null
// reference as NULL.
constexpr uintptr_t kNullExtern = UINTPTR_MAX;

inline Slot externref_from_host(uintptr_t pointer) { return pointer - kNullExtern; }
inline uintptr_t externref_to_host(Slot slot) {
  return slot == 0 ? 0 : static_cast<uintptr_t>(slot) + kNullExtern;
}

}  // namespace wembed
