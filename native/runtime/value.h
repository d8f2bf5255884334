// Untyped 64-bit value slots and how each type of value sits in one.
//   i32, f32: low 32 bits, the upper ones are unspecified unless written by a host call (zero)
//   i64, f64: all; v128: two slots, low half first
//   funcref: Function*, 0 is null; externref: 0 is null, else the host's own; other references: 0
//   is null
#pragma once

#include <cstdint>

namespace wembed {

static_assert(sizeof(void*) == 8, "wembed needs a 64-bit target");

using Slot = uint64_t;

}  // namespace wembed
