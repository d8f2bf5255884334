// What slots of reference types have. Null is 0 in all of them; a function's is its address.
//
//   any hierarchy     bits 57 to 63 are 0: an object's address, or with bit 0 an i31: value << 1 |
//   1
//                     else: a value of the host's, which came in by any.convert_extern
//   extern hierarchy  of these bits 63 alone is 1: an object or an i31, which left by
//                     extern.convert_any
//                     else: a value of the host's, a pointer or a number
//
// So a conversion from one to the other is one bit, and takes no memory. No address of a user's
// has one of these bits, numbers that hosts give in place of pointers may have them all.
#pragma once

#include <cstdint>
#include <cstring>

#include "isa/types.h"

namespace wembed {

constexpr uint64_t kFromOtherSide = uint64_t{1} << 63;
constexpr int kGuestBits = 57;  // of what the guest makes: addresses and i31

// any.convert_extern and extern.convert_any.
constexpr uint64_t to_other_side(uint64_t slot) { return slot == 0 ? 0 : slot ^ kFromOtherSide; }

// ref.i31: the lower 31 bits.
constexpr uint64_t i31_slot(uint32_t value) { return uint64_t{value & 0x7fffffffu} << 1 | 1; }

// Slots of the any hierarchy.
constexpr bool is_host_value(uint64_t slot) { return slot >> kGuestBits != 0; }
constexpr bool is_i31(uint64_t slot) { return !is_host_value(slot) && (slot & 1) != 0; }
constexpr bool is_object(uint64_t slot) {
  return slot != 0 && !is_host_value(slot) && (slot & 1) == 0;
}

// Of one that is_i31().
constexpr uint32_t i31_value_u(uint64_t slot) { return static_cast<uint32_t>(slot >> 1); }
constexpr int32_t i31_value_s(uint64_t slot) {
  return static_cast<int32_t>(static_cast<uint32_t>(slot)) >> 1;
}

// Of one that is_object().
inline Object* object_in(uint64_t slot) {
  return reinterpret_cast<Object*>(static_cast<uintptr_t>(slot));
}
// Of one that is a struct or an array.
inline const TypeDef& type_of(const Object& object) {
  return *static_cast<const TypeDef*>(object.kind);
}
inline uint32_t array_length(const Object& object) {
  uint32_t length;
  std::memcpy(&length, reinterpret_cast<const uint8_t*>(&object) + kArrayLength, sizeof length);
  return length;
}
inline uint64_t object_slot(const Object* object) { return reinterpret_cast<uintptr_t>(object); }

}  // namespace wembed
