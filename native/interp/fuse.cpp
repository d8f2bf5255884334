// Superinstructions: taking the last operation back and merging it into the next one.
#include "interp/translator.h"

namespace wembed {

bool Translator::made_by_last(const Operand& operand) const {
  return operand.place == Place::Home && remembered_ > 0 &&
         memory_[remembered_ - 1].destination == operand.slot;
}

void Translator::start_remembering(Remembered& remembered, Family family, Opcode opcode,
                                   const Operand& a, const Operand& b) {
  remembered.family = family;
  remembered.opcode = opcode;
  remembered.a = a;
  remembered.b = b;
  for (int i = 0; i < kFiles; i++) remembered.before[i] = held_[i];
}

// Undoes the last operation: everything is as it was before it, its operands are the result's.
Remembered Translator::take_back() {
  Remembered last = memory_[--remembered_];
  emitter_.truncate(last.position);
  for (int i = 0; i < kFiles; i++) {
    held_[i] = last.before[i];
    const Held& held = held_[i];
    if (held.producer != kNoPosition) emitter_.set_op(held.producer, held.op);
  }
  return last;
}

// a + (b << k) in one operation, when b was just computed so.
bool Translator::fuse_shifted_add(const Operand& a, const Operand& b) {
  if (!made_by_last(b) || a.is_const()) return false;
  const Remembered& last = memory_[remembered_ - 1];
  if (last.family != Family::Binary || last.opcode != Opcode::I32Shl || !last.b.is_const() ||
      last.a.is_const() || last.b.bits < 1 || last.b.bits > 3) {
    return false;
  }
  Remembered shift = take_back();
  constexpr RegOp kBase[] = {RegOp::I32AddShl1_SS, RegOp::I32AddShl2_SS, RegOp::I32AddShl3_SS};
  Remembered fused;
  fused.shift = static_cast<uint8_t>(shift.b.bits);
  start_remembering(fused, Family::AddShl, Opcode::I32Add, a, shift.a);
  value_operation(kBase[fused.shift - 1], false, a, shift.a, 'I', 'I', fused);
  return true;
}

// How an access reaches `operand`, whose element has 2^scale bytes.
Translator::Address Translator::address_of(const Operand& operand, uint32_t scale,
                                           uint64_t offset) {
  enum : uint32_t { S, A, X, Z, Y, W, K };
  Address address;
  if (operand.is_const()) {
    address.variant = K;
    address.constant = static_cast<uint32_t>(operand.bits) + offset;
    return address;
  }
  if (made_by_last(operand)) {
    const Remembered& last = memory_[remembered_ - 1];
    bool sum = last.family == Family::Binary && last.opcode == Opcode::I32Add;
    bool element = last.family == Family::AddShl && last.shift == scale;
    if ((sum || element) && !last.a.is_const() && !last.b.is_const()) {
      Remembered add = take_back();
      bool a_held = in_accumulator(add.a), b_held = in_accumulator(add.b);
      if (sum && a_held && !b_held) {
        std::swap(add.a, add.b);
        std::swap(a_held, b_held);
      }
      address.base = add.a;
      address.index = add.b;
      address.variant = (sum ? X : Y) + (b_held ? 1 : 0);
      return address;
    }
  }
  address.base = operand;
  address.variant = in_accumulator(operand) ? A : S;
  return address;
}

// Puts an address into fields from `first_field` on, the offset into its place.
void Translator::take_address(Encoding& encoding, const Address& address, uint64_t offset,
                              int first_field) {
  enum : uint32_t { S, A, X, Z, Y, W, K };
  switch (address.variant) {
    case S:
      encoding.from(first_field, address.base.slot).imm(static_cast<uint32_t>(offset));
      break;
    case A:
      drop_store(address.base);
      encoding.imm(static_cast<uint32_t>(offset));
      break;
    case X:
    case Y:
      encoding.from(first_field, address.base.slot)
          .from(first_field + 1, address.index.slot)
          .wide(offset);
      break;
    case Z:
    case W:
      drop_store(address.index);
      encoding.from(first_field, address.base.slot).imm(static_cast<uint32_t>(offset));
      break;
    default:
      encoding.wide(address.constant);
      break;
  }
}

}  // namespace wembed
