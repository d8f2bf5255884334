// Values in objects: fields of structs and elements of arrays, between their place in the object
// and value slots. Packed integers are kept in their lower bits.
#pragma once

#include <cstdint>
#include <cstring>

#include "isa/reference.h"
#include "isa/types.h"
#include "runtime/value.h"

namespace wembed {

inline uint8_t* bytes_of(Object& object) { return reinterpret_cast<uint8_t*>(&object); }
inline const uint8_t* bytes_of(const Object& object) {
  return reinterpret_cast<const uint8_t*>(&object);
}

inline void set_array_length(Object& array, uint32_t length) {
  std::memcpy(bytes_of(array) + kArrayLength, &length, sizeof length);
}
inline uint8_t* element_at(Object& array, uint64_t index, uint32_t element_bytes) {
  return bytes_of(array) + kArrayElements + index * element_bytes;
}
inline const uint8_t* element_at(const Object& array, uint64_t index, uint32_t element_bytes) {
  return bytes_of(array) + kArrayElements + index * element_bytes;
}

inline Slot read_reference(const uint8_t* place) {
  Slot slot;
  std::memcpy(&slot, place, sizeof slot);
  return slot;
}

inline void write_reference(uint8_t* place, Slot slot) { std::memcpy(place, &slot, sizeof slot); }

// visit(type, slot) for each reference that a struct or array has, but those of functions.
template <class Visit>
void for_each_traced(const Object& object, const TypeDef& type, Visit visit) {
  if (type.kind == CompositeKind::Struct) {
    for (const TracedField& field : std::span(type.traced, type.traced_count)) {
      visit(field.type, read_reference(bytes_of(object) + field.offset));
    }
  } else if (type.traced_count != 0) {
    const uint8_t* at = element_at(object, 0, sizeof(Slot));
    for (uint64_t left = array_length(object); left > 0; left--, at += sizeof(Slot)) {
      visit(type.traced->type, read_reference(at));
    }
  }
}

// visit(slot) for each reference to a function in it.
template <class Visit> void for_each_function(const Object& object, Visit visit) {
  const TypeDef& type = type_of(object);
  if (type.kind == CompositeKind::Struct) {
    for (const FieldType& field : std::span(type.fields, type.field_count)) {
      if (field.type.is_function_ref()) visit(read_reference(bytes_of(object) + field.offset));
    }
  } else if (type.fields[0].type.is_function_ref()) {
    const uint8_t* at = element_at(object, 0, sizeof(Slot));
    for (uint64_t left = array_length(object); left > 0; left--, at += sizeof(Slot)) {
      visit(read_reference(at));
    }
  }
}

// Writes what one or two slots have to a place of so many bytes.
inline void write_value(uint8_t* place, uint32_t bytes, const Slot* slots) {
  const Slot slot = slots[0];
  switch (bytes) {
    case 1: *place = static_cast<uint8_t>(slot); return;
    case 2: {
      auto half = static_cast<uint16_t>(slot);
      std::memcpy(place, &half, sizeof half);
      return;
    }
    case 4: {
      auto word = static_cast<uint32_t>(slot);
      std::memcpy(place, &word, sizeof word);
      return;
    }
    case 8: std::memcpy(place, &slot, sizeof slot); return;
    default: std::memcpy(place, slots, 2 * sizeof(Slot)); return;
  }
}

// The reverse; packed integers with their sign or without.
inline void read_value(const uint8_t* place, ValType type, bool with_sign, Slot* slots) {
  switch (storage_bytes(type)) {
    case 1: {
      const uint8_t byte = *place;
      slots[0] = with_sign ? static_cast<uint32_t>(static_cast<int8_t>(byte)) : byte;
      return;
    }
    case 2: {
      uint16_t half;
      std::memcpy(&half, place, sizeof half);
      slots[0] = with_sign ? static_cast<uint32_t>(static_cast<int16_t>(half)) : half;
      return;
    }
    case 4: {
      uint32_t word;
      std::memcpy(&word, place, sizeof word);
      slots[0] = word;
      return;
    }
    case 8: std::memcpy(slots, place, sizeof(Slot)); return;
    default: std::memcpy(slots, place, 2 * sizeof(Slot)); return;
  }
}

}  // namespace wembed
