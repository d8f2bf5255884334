// Translation of accesses to far memories: few operations, each of which finds its memory anew.
#include "interp/op_table.h"
#include "interp/translator.h"

namespace wembed {

RegOp far_load_of(Opcode opcode) {
  switch (opcode) {
    case Opcode::I32Load8U:
    case Opcode::I64Load8U: return RegOp::FarLoad8;
    case Opcode::I32Load16U:
    case Opcode::I64Load16U: return RegOp::FarLoad16;
    case Opcode::I64Load:
    case Opcode::F64Load: return RegOp::FarLoad64;
    case Opcode::I32Load8S: return RegOp::FarLoad8S32;
    case Opcode::I32Load16S: return RegOp::FarLoad16S32;
    case Opcode::I64Load8S: return RegOp::FarLoad8S64;
    case Opcode::I64Load16S: return RegOp::FarLoad16S64;
    case Opcode::I64Load32S: return RegOp::FarLoad32S64;
    default: return RegOp::FarLoad32;
  }
}

RegOp far_store_of(Opcode opcode) {
  switch (opcode) {
    case Opcode::I32Store8:
    case Opcode::I64Store8: return RegOp::FarStore8;
    case Opcode::I32Store16:
    case Opcode::I64Store16: return RegOp::FarStore16;
    case Opcode::I64Store:
    case Opcode::F64Store: return RegOp::FarStore64;
    default: return RegOp::FarStore32;
  }
}

// All but the first, and it too where addresses have 64 bits or a shared heap may lie behind it.
bool Translator::is_far(uint32_t memory) const {
  constexpr bool kThereAre = is_built(Feature::MultiMemory) || is_built(Feature::Memory64);
  return (kThereAre && (memory != 0 || memory_is_64(0))) || code_.variant().windowed;
}

Encoding Translator::far_access(RegOp op, const MemArg& argument, int field,
                                const Operand& address) const {
  return Encoding(op)
      .from(field, address.slot)
      .flag(2, static_cast<int32_t>(argument.memory))
      .flag(3, static_cast<int32_t>(op) - static_cast<int32_t>(RegOp::FarLoad8))
      .wide(argument.offset)
      .wide(memory_is_64(argument.memory) ? UINT64_MAX : UINT32_MAX);
}

void Translator::far_load(RegOp op, const MemArg& argument, ValueClass type) {
  Operand address = pop();
  materialise(address);
  Encoding encoding = far_access(op, argument, 1, address);
  produce_plain(encoding, type);
}

void Translator::far_store(RegOp op, const MemArg& argument) {
  Operand value = pop();
  Operand address = pop();
  materialise(address);
  materialise(value);
  Encoding encoding = far_access(op, argument, 0, address);
  if (value.type == ValueClass::V128) {
    encoding.from_vector(1, value.slot);
  } else {
    encoding.from(1, value.slot);
  }
  plain(encoding);
}

}  // namespace wembed
