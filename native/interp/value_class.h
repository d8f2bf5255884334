// What matters of a value's type to translation: where it can be and how many slots it takes.
#pragma once

#include <cassert>
#include <cstdint>
#include <span>

#include "isa/types.h"
#include "module/walk_scratch.h"

namespace wembed {

enum class ValueClass : uint8_t { I32, I64, F32, F64, V128, Ref };

// Which accumulator a value lives in.
enum class RegisterFile : uint8_t { Int, F64, F32 };
constexpr int kFiles = 3;

constexpr ValueClass class_of(ValType type) {
  if (type == kI32) return ValueClass::I32;
  if (type == kI64) return ValueClass::I64;
  if (type == kF32) return ValueClass::F32;
  if (type == kF64) return ValueClass::F64;
  if (type == kV128) return ValueClass::V128;
  return ValueClass::Ref;
}

constexpr int32_t slots_of(ValueClass value) { return value == ValueClass::V128 ? 2 : 1; }

constexpr bool is_float(ValueClass value) {
  return value == ValueClass::F32 || value == ValueClass::F64;
}

// Immediates of these take 32 bits of an operation, of the others a word.
constexpr bool is_narrow(ValueClass value) {
  return value == ValueClass::I32 || value == ValueClass::F32;
}

// Vectors are in no accumulator.
constexpr RegisterFile file_of(ValueClass value) {
  assert(value != ValueClass::V128);
  return value == ValueClass::F64   ? RegisterFile::F64
         : value == ValueClass::F32 ? RegisterFile::F32
                                    : RegisterFile::Int;
}

// Slots of what a branch to the block takes along.
inline uint32_t label_slots(const Control& control) {
  if (control.type != nullptr) {
    return control.kind == ControlKind::Loop ? control.type->param_slots
                                             : control.type->result_slots;
  }
  bool none = control.kind == ControlKind::Loop || control.result.is_bottom();
  return none ? 0 : static_cast<uint32_t>(slots_of(class_of(control.result)));
}

}  // namespace wembed
