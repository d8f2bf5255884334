// Untyped 64-bit value slots and how each type of value sits in one.
//   i32, f32: low 32 bits, the upper ones are unspecified unless written by a host call (zero)
//   i64, f64: all; v128: two slots, low half first
//   funcref: Function*, 0 is null; externref: see below; other references: 0 is null
#pragma once

#include <bit>
#include <cstdint>

namespace wembed {

using Slot = uint64_t;

// WAMR gives the host pointer (void*)-1 as null and takes NULL for an ordinary object; one added
// makes its null our zero and keeps every other pointer distinct.
inline Slot externref_from_host(void* pointer) {
  return static_cast<Slot>(reinterpret_cast<uintptr_t>(pointer)) + 1;
}
inline void* externref_to_host(Slot slot) {  // a null reference comes out as NULL, as in WAMR
  return slot == 0 ? nullptr : reinterpret_cast<void*>(static_cast<uintptr_t>(slot - 1));
}

}  // namespace wembed
