// Opcodes and what the table says about each of them.
//
// An Opcode's value is its place in the binary format: the code itself when there is no prefix,
// else a block of 256 (0xfb..0xfd) or more per prefix. So decoding needs no table, and tables
// indexed by Opcode have kOpcodeSpace entries.
#pragma once

#include <cstdint>
#include <string_view>

#include "isa/features.h"
#include "isa/types.h"

namespace wembed {

constexpr uint32_t kOpcodeSpace = 0x600;

// The Opcode value of a prefixed code; codes that no row has give values that no row has.
constexpr uint32_t opcode_value(uint32_t prefix, uint32_t code) {
  switch (prefix) {
    case 0x00: return code < 0x100 ? code : kOpcodeSpace;
    case 0xfb: return code < 0x100 ? 0x100 + code : kOpcodeSpace;
    case 0xfc: return code < 0x100 ? 0x200 + code : kOpcodeSpace;
    case 0xfd: return code < 0x200 ? 0x300 + code : kOpcodeSpace;
    case 0xfe: return code < 0x100 ? 0x500 + code : kOpcodeSpace;
    default: return kOpcodeSpace;
  }
}

enum class Opcode : uint16_t {
#define OP(name, prefix, code, text, immediates, signature, feature) \
  name = opcode_value(prefix, code),
#include "isa/wasm_ops.def"
#undef OP
};

// What follows the opcode in the binary format.
enum class Immediates : uint8_t {
  None,
  Block,     // block type
  TryTable,  // block type, vector of catch clauses
  Label,
  LabelTable,  // vector of labels, default label
  Function,
  CallIndirect,  // type, table
  Type,
  Tag,
  Local,
  Global,
  Table,
  SelectTypes,  // vector of value types
  MemArg,       // alignment (bit 6: a memory index follows), offset
  MemArgLane,   // MemArg, lane
  Memory,
  MemoryMemory,  // destination, source
  DataMemory,    // segment, memory
  Data,
  Elem,
  ElemTable,   // segment, table
  TableTable,  // destination, source
  I32,
  I64,
  F32,
  F64,
  V128,
  Shuffle,  // 16 lanes
  Lane,
  HeapType,
  BranchCast,   // flags, label, two heap types
  StructField,  // type, field
  TypeCount,
  TypeData,
  TypeElem,
  TypeType,
  ZeroByte,
};

// Operands and results as letters of wasm_ops.def: I L F D V, A for a memory's address type.
struct Signature {
  bool special = false;   // depends on immediates or on the stack
  char result = 0;        // 0: none
  uint8_t count = 0;      // operands
  char operands[3] = {};  // in the order pushed
};

constexpr Signature parse_signature(std::string_view text) {
  Signature signature;
  if (text == "Special") {
    signature.special = true;
    return signature;
  }
  if (text[0] != 'N') signature.result = text[0];
  for (char letter : text.substr(2)) {
    if (letter != 'N') signature.operands[signature.count++] = letter;
  }
  return signature;
}

// The value type a letter stands for; A is i32 here, the caller knows the memory.
constexpr ValType letter_type(char letter) {
  switch (letter) {
    case 'L': return kI64;
    case 'F': return kF32;
    case 'D': return kF64;
    case 'V': return kV128;
    default: return kI32;
  }
}

struct OpcodeInfo {
  uint8_t prefix;
  uint16_t code;
  Immediates immediates;
  Feature feature;
  Signature signature;
};

// Null when no row of wasm_ops.def has this value.
const OpcodeInfo* opcode_info(uint32_t value);
inline const OpcodeInfo& opcode_info(Opcode opcode) {
  return *opcode_info(static_cast<uint32_t>(opcode));
}

// The instruction's name in the text format. Apart from what a module is checked by: a program that
// prints no instructions is linked without the names.
const char* opcode_text(Opcode opcode);

// What checking a prefix-free instruction takes, when that is all it takes: a byte per fact, so
// that the validator's loop can go by it. Types are bits of numeric ValTypes.
enum class ShapeKind : uint8_t { Other, Unary, Binary, Load, Store };
struct OpShape {
  ShapeKind kind = ShapeKind::Other;
  uint8_t operand = 0;  // of each operand; of the value, for Store
  uint8_t result = 0;
  uint8_t align = 0;  // natural alignment, log2
};
extern const OpShape kOpShapes[256];  // by opcode

// log2 of the bytes that a memory instruction accesses, or the lane has that an instruction names
// (Immediates::Lane); 0 for all others.
uint8_t natural_alignment(Opcode opcode);

}  // namespace wembed
