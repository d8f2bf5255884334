// References as hosts of gc_export.h have them: words that say which hierarchy they are of, so that
// one can be looked at without its type.
//
//   bits 63, 62
//   0 0   a struct, an array or a function, by its address, or an i31: as in slots
//   1 0   an externref that has one of the first two: as in slots
//   0 1   an externref to a value of the host's: its slot and bit 62
//   1 1   the same in the any hierarchy
//
// What an address leads to says by its first word which it is: a TypeDef. Values of the host that
// have one of the upper bits themselves have no handle that tells them from others.
#pragma once

#include <cstddef>
#include <cstdint>

#include "isa/reference.h"
#include "isa/types.h"
#include "runtime/function.h"
#include "runtime/value.h"

namespace wembed {

using Handle = uint64_t;

constexpr Handle kOfHost = uint64_t{1} << 62;

constexpr Handle handle_of_any(Slot slot) { return is_host_value(slot) ? slot | kOfHost : slot; }
constexpr Handle handle_of_extern(Slot slot) {
  return slot != 0 && is_host_value(to_other_side(slot)) ? slot | kOfHost : slot;
}
// The slots of functions and of exceptions are their handles.
constexpr Handle handle_of(ValType type, Slot slot) {
  if (type.is_any_ref()) return handle_of_any(slot);
  return type.is_extern_ref() ? handle_of_extern(slot) : slot;
}
constexpr Slot slot_of(Handle handle) { return handle & ~kOfHost; }

// --- what a handle has, none of which null is ----------------------------------------------------

constexpr bool is_of_host(Handle handle) { return (handle & kOfHost) != 0; }
constexpr bool is_extern_handle(Handle handle) {
  return is_of_host(handle) != ((handle & kFromOtherSide) != 0);
}
// Neither an externref nor the host's.
constexpr bool is_plain(Handle handle) {
  return handle != 0 && (handle & (kOfHost | kFromOtherSide)) == 0;
}
constexpr bool is_i31_handle(Handle handle) { return is_plain(handle) && (handle & 1) != 0; }

// The type of a struct, an array or a function; null: it is something else.
inline const TypeDef* type_of_handle(Handle handle) {
  static_assert(offsetof(Function, type) == 0 && offsetof(Object, kind) == 0);
  if (!is_plain(handle) || is_i31_handle(handle)) return nullptr;
  return &type_of(*object_in(handle));
}
inline bool is_function_handle(Handle handle) {
  const TypeDef* type = type_of_handle(handle);
  return type != nullptr && type->kind == CompositeKind::Func;
}

// What the reference leads to in either hierarchy: an object's address, a function's, an i31, or a
// value of the host's with kOfHost alone.
constexpr Handle without_side(Handle handle) { return handle & ~kFromOtherSide; }

}  // namespace wembed
