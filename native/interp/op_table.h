// Which register operation implements a wasm instruction.
#pragma once

#include "interp/reg_op.h"
#include "interp/value_class.h"
#include "isa/opcode.h"

namespace wembed {

struct OpEntry {
  enum Kind : uint8_t {
    None,
    Unary,
    Commutative,
    Binary,
    Compare,
    Access,
    Vector,
    VectorBinary,
    VectorCommutative
  };
  Kind kind = None;
  RegOp base{};                          // first of the row
  ValueClass operand = ValueClass::I32;  // of the last operand
  ValueClass result = ValueClass::I32;   // where there is one
};

// None for instructions that are not a family's.
const OpEntry& op_entry(Opcode opcode);

// The operation of a load, or store, of a far memory.
RegOp far_load_of(Opcode opcode);
RegOp far_store_of(Opcode opcode);

// The comparison with operands swapped, and the one that is true when this one is false. Floats
// have no opposite: the result is false then.
Opcode mirrored(Opcode comparison);
bool opposite(Opcode comparison, Opcode& result);

}  // namespace wembed
