// Translation of vector instructions. A vector is in a local or at home, never in an accumulator;
// numbers among the operands are taken from their slots.
#include "interp/op_table.h"
#include "interp/translator.h"

namespace wembed {

namespace {

// Sixteen bytes as two words of an operation.
void take_bytes(Encoding& encoding, const uint8_t (&bytes)[16]) {
  uint64_t words[2];
  std::memcpy(words, bytes, sizeof words);
  encoding.wide(words[0]).wide(words[1]);
}

}  // namespace

void Translator::copy_vector(int32_t to, int32_t from) {
  plain(Encoding(RegOp::Copy128).to_vector(to).from_vector(1, from));
}

void Translator::vector_constant(const VectorArg& arg) {
  Encoding encoding(RegOp::Const128);
  take_bytes(encoding, arg.bytes);
  Remembered remembered;
  start_remembering(remembered, Family::VectorConstant, Opcode::V128Const, {}, {});
  produce(encoding, ValueClass::V128, remembered, Twin::No);
}

// a op b in one operation, when b was made as a constant just now. False: it was not.
bool Translator::fuse_constant(const OpEntry& entry, const Operand& a, const Operand& b) {
  const Remembered* last = peephole_.maker_of(b);
  if (last == nullptr || last->family != Family::VectorConstant || emitter_.out_of_memory()) {
    return false;
  }
  constexpr uint32_t kBytes = 2;  // where Const128 has them
  Encoding encoding(entry.base + kVectorConstant);
  for (uint32_t k = 0; k < 2; k++) {
    encoding.wide(emitter_.code()[last->position + kBytes + k]);
  }
  take_back();
  produce_plain(encoding.from_vector(1, a.slot), ValueClass::V128);
  return true;
}

void Translator::vector_binary(const OpEntry& entry) {
  Operand b = pop();
  Operand a = pop();
  if (fuse_constant(entry, a, b)) return;
  if (entry.kind == OpEntry::VectorCommutative && fuse_constant(entry, b, a)) return;
  Encoding encoding(entry.base);
  produce_plain(encoding.from_vector(1, a.slot).from_vector(2, b.slot), ValueClass::V128);
}

void Translator::vector_shuffle(const VectorArg& arg) {
  Operand b = pop();
  Operand a = pop();
  Encoding encoding(RegOp::I8x16Shuffle);
  take_bytes(encoding.from_vector(1, a.slot).from_vector(2, b.slot), arg.bytes);
  produce_plain(encoding, ValueClass::V128);
}

// Extracts a lane, or replaces one.
void Translator::vector_lane(Opcode opcode, uint8_t lane) {
  const OpEntry& entry = op_entry(opcode);
  Encoding encoding(entry.base);
  if (entry.result != ValueClass::V128) {
    encoding.from_vector(1, pop().slot).flag(2, lane);
    return produce_plain(encoding, entry.result);
  }
  Operand number = pop();
  Operand vector = pop();
  materialise(number);
  encoding.from_vector(1, vector.slot).from(2, number.slot).flag(3, lane);
  produce_plain(encoding, ValueClass::V128);
}

// Puts an address into fields from `first_field` on: a sum that was computed just now is computed
// by the access instead.
void Translator::vector_address(Encoding& encoding, Operand address, uint64_t offset,
                                int first_field) {
  const Remembered* last = peephole_.maker_of(address);
  if (last != nullptr && last->is(Family::Binary, Opcode::I32Add) && !last->a.is_const() &&
      !last->b.is_const()) {
    Remembered sum = take_back();
    encoding.op = encoding.op + kVectorSum;
    encoding.from(first_field, sum.a.slot).from(first_field + 1, sum.b.slot).wide(offset);
    return;
  }
  materialise(address);
  encoding.from(first_field, address.slot).imm(static_cast<uint32_t>(offset));
}

void Translator::vector_load(Opcode opcode, const MemArg& argument) {
  RegOp base = op_entry(opcode).base;
  Encoding encoding(code_.variant().guarded ? base : base + kVectorChecked);
  vector_address(encoding, pop(), argument.offset, 1);
  produce_plain(encoding, ValueClass::V128);
}

void Translator::vector_store(Opcode opcode, const MemArg& argument) {
  Operand value = pop();
  Operand address = pop();
  RegOp base = op_entry(opcode).base;
  Encoding encoding(code_.variant().guarded ? base : base + kVectorChecked);
  vector_address(encoding, address, argument.offset, 0);
  encoding.from_vector(encoding.words == 0 ? 1 : 2, value.slot);
  plain(encoding);
}

// Access and lane are one form, whichever way the lane goes.
Encoding Translator::vector_lane(Opcode opcode, const VectorArg& arg) {
  Operand vector = pop();
  Operand address = pop();
  materialise(address);
  RegOp base = op_entry(opcode).base;
  Encoding encoding(code_.variant().guarded ? base : base + kLaneChecked);
  encoding.from(1, address.slot).from_vector(2, vector.slot).flag(3, arg.lane);
  return encoding.wide(arg.memory.offset);
}

void Translator::vector_load_lane(Opcode opcode, const VectorArg& arg) {
  Encoding encoding = vector_lane(opcode, arg);
  produce_plain(encoding, ValueClass::V128);
}

void Translator::vector_store_lane(Opcode opcode, const VectorArg& arg) {
  plain(vector_lane(opcode, arg));
}

void Translator::vector_shift(Opcode opcode) {
  Operand count = pop();
  Operand vector = pop();
  Encoding encoding(op_entry(opcode).base);
  encoding.from_vector(1, vector.slot);
  if (count.is_const()) {
    encoding.op = encoding.op + kVectorConstant;
    encoding.imm(static_cast<uint32_t>(count.bits));
  } else {
    encoding.from(2, count.slot);
  }
  produce_plain(encoding, ValueClass::V128);
}

// Operands and result as the signature says.
void Translator::vector_computation(Opcode opcode, const Signature& signature) {
  const OpEntry& entry = op_entry(opcode);
  if (entry.kind != OpEntry::Vector) return vector_binary(entry);
  Encoding encoding(entry.base);
  for (int k = signature.count; k > 0; k--) {
    Operand operand = pop();
    materialise(operand);
    if (operand.type == ValueClass::V128) {
      encoding.from_vector(k, operand.slot);
    } else {
      encoding.from(k, operand.slot);
    }
  }
  produce_plain(encoding, entry.result);
}

void Translator::vector_select(Operand condition, const Operand& a, const Operand& b) {
  materialise(condition);
  Encoding encoding(RegOp::Select128);
  encoding.from_vector(1, a.slot).from_vector(2, b.slot).from(3, condition.slot);
  produce_plain(encoding, ValueClass::V128);
}

void Translator::on_vector(Opcode opcode, const VectorArg& arg) {
  const OpcodeInfo& info = opcode_info(opcode);
  const bool makes_value = info.signature.result != 0;
  const bool has_memory =
      info.immediates == Immediates::MemArg || info.immediates == Immediates::MemArgLane;
  if (has_memory && is_far(arg.memory.memory)) return far_vector(opcode, arg);
  switch (info.immediates) {
    case Immediates::V128: return vector_constant(arg);
    case Immediates::Shuffle: return vector_shuffle(arg);
    case Immediates::Lane: return vector_lane(opcode, arg.lane);
    case Immediates::MemArg:
      return makes_value ? vector_load(opcode, arg.memory) : vector_store(opcode, arg.memory);
    case Immediates::MemArgLane:
      return makes_value ? vector_load_lane(opcode, arg) : vector_store_lane(opcode, arg);
    default: break;
  }
  bool shifts = info.signature.count == 2 && info.signature.operands[1] == 'I';
  return shifts ? vector_shift(opcode) : vector_computation(opcode, info.signature);
}

void Translator::vector_global_get(uint32_t index, bool imported) {
  Encoding encoding(imported ? RegOp::GlobalGetFar128 : RegOp::GlobalGet128);
  produce_plain(encoding.imm(index), ValueClass::V128);
}

void Translator::vector_global_set(uint32_t index, bool imported, const Operand& value) {
  Encoding encoding(imported ? RegOp::GlobalSetFar128 : RegOp::GlobalSet128);
  plain(encoding.from_vector(0, value.slot).imm(index));
}

}  // namespace wembed
