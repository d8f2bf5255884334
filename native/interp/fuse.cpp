// Superinstructions: taking the last operation back and merging it into the next one.
#include <utility>

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
  Address address;
  if (operand.is_const()) {
    address.variant = kLoadK;
    address.constant = static_cast<uint32_t>(operand.bits) + offset;
    return address;
  }
  if (made_by_last(operand)) {
    const Remembered& last = memory_[remembered_ - 1];
    bool sum = last.family == Family::Binary && last.opcode == Opcode::I32Add;
    bool element = last.family == Family::AddShl && last.shift == scale;
    if (sum && (last.a.is_const() || last.b.is_const())) {
      Remembered add = take_back();
      address.base = add.a.is_const() ? add.b : add.a;
      address.constant = add.a.is_const() ? add.a.bits : add.b.bits;
      address.variant = in_accumulator(address.base) ? kLoadE : kLoadD;
      return address;
    }
    if ((sum || element) && !last.b.is_const()) {
      Remembered add = take_back();
      if (sum && in_accumulator(add.a) && !in_accumulator(add.b)) std::swap(add.a, add.b);
      address.base = add.a;
      address.index = add.b;
      bool held = in_accumulator(add.b);
      address.variant = sum ? (held ? kLoadZ : kLoadX) : (held ? kLoadW : kLoadY);
      return address;
    }
  }
  address.base = operand;
  address.variant = in_accumulator(operand) ? kLoadA : kLoadS;
  return address;
}

// Puts an address into fields from `first_field` on, the offset into its place.
void Translator::take_address(Encoding& encoding, const Address& address, uint64_t offset,
                              int first_field) {
  switch (address.variant) {
    case kLoadS:
      encoding.from(first_field, address.base.slot).imm(static_cast<uint32_t>(offset));
      break;
    case kLoadA:
      drop_store(address.base);
      encoding.imm(static_cast<uint32_t>(offset));
      break;
    case kLoadX:
    case kLoadY:
      encoding.from(first_field, address.base.slot)
          .from(first_field + 1, address.index.slot)
          .wide(offset);
      break;
    case kLoadZ:
    case kLoadW:
      drop_store(address.index);
      encoding.from(first_field, address.base.slot).imm(static_cast<uint32_t>(offset));
      break;
    case kLoadD:
      encoding.from(first_field, address.base.slot)
          .imm(static_cast<uint32_t>(address.constant))
          .wide(offset);
      break;
    case kLoadE:
      drop_store(address.base);
      encoding.imm(static_cast<uint32_t>(address.constant)).wide(offset);
      break;
    default: encoding.wide(address.constant); break;
  }
}

// The branch that closes a counting loop: i += step, then i is compared.
bool Translator::step_and_branch(const Condition& condition, Opcode opcode, uint32_t& ref) {
  if (remembered_ == 0 || condition.a.place != Place::Local) return false;
  const Remembered& last = memory_[remembered_ - 1];
  if (last.family != Family::Binary || last.opcode != Opcode::I32Add ||
      last.destination != condition.a.slot || last.a.place != Place::Local ||
      last.a.slot != last.destination || !last.b.is_const()) {
    return false;
  }
  int32_t step = static_cast<int32_t>(last.b.bits);
  bool by_slot = !condition.b.is_const();
  if (step != static_cast<int16_t>(step) || opcode == Opcode::I32Eq) return false;
  if (by_slot && condition.b.slot == condition.a.slot) return false;
  static_assert(static_cast<int>(Opcode::I32GeU) - static_cast<int>(Opcode::I32Ne) == 8);
  uint32_t row = static_cast<uint32_t>(opcode) - static_cast<uint32_t>(Opcode::I32Ne);
  int32_t counter = last.destination;
  take_back();
  Encoding encoding(RegOp::Step_I32Ne_S + (2 * row + (by_slot ? 0 : 1)));
  encoding.to(counter).flag(1, step).imm(0);
  if (by_slot) {
    encoding.halves(condition.b.slot, 0);
  } else {
    encoding.wide(condition.b.bits);
  }
  uint32_t position = plain(encoding);
  held_[static_cast<int>(File::Int)] = {counter, kNoPosition, encoding.op};
  ref = position + 1;
  stepped_ = true;
  return true;
}

}  // namespace wembed
