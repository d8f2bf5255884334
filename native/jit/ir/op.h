// Operations of the intermediate form and what ir_ops.def says of each.
#pragma once

#include <cstdint>

#include "isa/opcode.h"
#include "isa/types.h"

namespace wembed::jit {

// What a value is. References are words of 64 bits that a collection has to find.
enum class Type : uint8_t { None, I32, I64, F32, F64, Ref };

constexpr bool is_float(Type type) { return type == Type::F32 || type == Type::F64; }

// None: a type that the native tier does not know.
constexpr Type type_of(ValType type) {
  if (type == kI32) return Type::I32;
  if (type == kI64) return Type::I64;
  if (type == kF32) return Type::F32;
  if (type == kF64) return Type::F64;
  return type.is_ref() ? Type::Ref : Type::None;
}

enum class Op : uint16_t {
#define IR_NAME(name) name,
#include "jit/ir/ir_ops.def"
  Count
};

// A node without effects is the same as any other with its operation, operands and immediate, and
// may go when nobody uses it. One that only traps may go when the same stands before it.
enum Effects : uint8_t {
  kPure = 0,
  kTraps = 1,
  kReads = 2,   // memory, globals, tables
  kWrites = 4,  // any of them
  kCalls = 8,   // whatever code can do: nothing stays in a register
  kEnds = 16,   // the last node of a block
};

struct OpInfo {
  Signature signature;  // letters of ir_ops.def; those of wasm instructions of wasm_ops.def
  uint8_t effects = 0;
  bool is_runtime = false;         // RUNTIME_OP
  bool any_count = false;          // as many operands as its node has
  uint16_t opcode = kOpcodeSpace;  // the wasm instruction of that name
};

const OpInfo& op_info(Op op);

// The operation of a numeric instruction or access to memory; Op::Count: there is none.
Op op_of(Opcode opcode);

}  // namespace wembed::jit
