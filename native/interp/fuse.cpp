// Superinstructions: taking the last operation back and merging it into the next one.
#include <algorithm>
#include <utility>

#include "interp/op_table.h"
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

// other + a * b or other - a * b, when `product` was just computed so. A shift is a product, too.
bool Translator::fuse_product(Opcode opcode, const Operand& product, const Operand& other) {
  if (!made_by_last(product) || other.is_const()) return false;
  const Remembered& last = memory_[remembered_ - 1];
  bool shift = opcode == Opcode::I32Add && last.opcode == Opcode::I32Shl && last.b.is_const();
  Opcode wanted = opcode == Opcode::I32Add ? Opcode::I32Mul : Opcode::F64Mul;
  if (last.family != Family::Binary || (last.opcode != wanted && !shift)) return false;
  if (last.a.is_const() && (shift || last.b.is_const())) return false;
  RegOp base = opcode == Opcode::I32Add   ? RegOp::I32MulAdd_SSS
               : opcode == Opcode::F64Add ? RegOp::F64MulAdd_SSS
                                          : RegOp::F64MulSub_SSS;
  Remembered made = take_back();
  Remembered fused;
  start_remembering(fused, Family::None, opcode, made.a, made.b);
  Operand a = made.a, b = made.b;
  if (a.is_const() || (!b.is_const() && !in_accumulator(a) && in_accumulator(b))) std::swap(a, b);
  if (shift) b.bits = uint64_t{1} << (b.bits & 31);
  constexpr uint32_t kSSS = 0, kASS = 2, kSSA = 4, kImmediate = 6;
  uint32_t variant = in_accumulator(a) ? kASS : in_accumulator(other) ? kSSA : kSSS;
  Encoding encoding(base + variant + (b.is_const() ? kImmediate : 0u));
  int field = 1;
  if (variant == kASS) {
    drop_store(a);
  } else {
    encoding.from(field++, a.slot);
  }
  if (b.is_const()) {
    encoding.wide(b.bits);
  } else {
    encoding.from(field++, b.slot);
  }
  if (variant == kSSA) {
    drop_store(other);
  } else {
    encoding.from(field, other.slot);
  }
  produce(encoding, opcode == Opcode::I32Add ? 'I' : 'D', fused, Twin::Yes);
  return true;
}

// A comparison made just now becomes part of the selection.
bool Translator::fuse_choice(const Operand& condition, const Operand& a, const Operand& b) {
  if (a.is_const() || b.is_const() || !made_by_last(condition)) return false;
  const Remembered& last = memory_[remembered_ - 1];
  if (last.family != Family::Compare || last.opcode > Opcode::I32GeU ||
      (last.a.is_const() && last.b.is_const())) {
    return false;
  }
  Remembered made = take_back();
  Operand x = made.a, y = made.b;
  Opcode opcode = made.opcode;
  if (x.is_const() || (!y.is_const() && !in_accumulator(x) && in_accumulator(y))) {
    std::swap(x, y);
    opcode = mirrored(opcode);
  }
  constexpr uint32_t kRow = 8;
  uint32_t row = static_cast<uint32_t>(opcode) - static_cast<uint32_t>(Opcode::I32Eq);
  bool held = in_accumulator(x);
  uint32_t variant = y.is_const() ? (held ? kAI : kSI) : (held ? kAS : kSS);
  Encoding encoding(RegOp::Choose_I32Eq_SS + (kRow * row + variant));
  encoding.from(1, a.slot).from(2, b.slot);
  Remembered remembered;
  start_remembering(remembered, Family::None, Opcode::Select, a, b);
  if (held) drop_store(x);
  if (!held) encoding.from(3, x.slot);
  if (y.is_const()) {
    encoding.wide(y.bits);
  } else if (held) {
    encoding.from(3, y.slot);
  } else {
    encoding.halves(y.slot, 0);
  }
  bool integer = a.type != 'F' && a.type != 'D';
  produce(encoding, a.type, remembered, integer ? Twin::Yes : Twin::No);
  return true;
}

// x++ where the old value is wanted: one operand stands for the local at `slot`, and `value`, its
// new value, was just computed by adding a constant.
bool Translator::fuse_post_add(int32_t slot, const Operand& value) {
  if (!made_by_last(value)) return false;
  const Remembered& last = memory_[remembered_ - 1];
  if (last.family != Family::Binary || last.opcode != Opcode::I32Add || value.type != 'I' ||
      last.a.place != Place::Local || last.a.slot != slot || !last.b.is_const()) {
    return false;
  }
  uint32_t place = unread_count_;
  for (uint32_t i = 0; i < unread_count_; i++) {
    if (stack_[unread_[i]].slot != slot) continue;
    if (place != unread_count_) return false;
    place = i;
  }
  Operand& old = stack_[unread_[place]];
  std::copy(unread_ + place + 1, unread_ + unread_count_, unread_ + place);
  unread_count_--;
  uint32_t step = static_cast<uint32_t>(last.b.bits);
  take_back();
  old.place = Place::Home;
  old.slot = old.home;
  post_add(old.home, slot, step);
  return true;
}

// y = x followed by x = y + constant: the same with a local for the old value.
bool Translator::fuse_copy_add(int32_t slot, const Operand& value) {
  if (!made_by_last(value) || copied_at_ == kNoPosition || copied_from_ != slot) return false;
  const Remembered& last = memory_[remembered_ - 1];
  if (last.family != Family::Binary || last.opcode != Opcode::I32Add || value.type != 'I' ||
      last.a.place != Place::Local || last.a.slot != copied_to_ || !last.b.is_const()) {
    return false;
  }
  constexpr uint32_t kCopyWords = 2;
  if (last.position != copied_at_ + kCopyWords) return false;
  uint32_t step = static_cast<uint32_t>(last.b.bits);
  take_back();
  emitter_.truncate(copied_at_);
  post_add(copied_to_, slot, step);
  held_[static_cast<int>(File::Int)].producer = kNoPosition;  // a local is stored in any case
  return true;
}

void Translator::post_add(int32_t old, int32_t slot, uint32_t step) {
  Encoding encoding(RegOp::PostAdd);
  uint32_t position = plain(encoding.to(old).from(1, slot).imm(step));
  written_at_ = copied_at_ = paired_at_ = kNoPosition;
  overwritten(slot);
  held_[static_cast<int>(File::Int)] = {old, position, encoding.op};
}

// Control goes to the end of `label`, with the result that the last operation wrote, if it did.
void Translator::add_writer(Label& label) {
  Writers& writers = label.writers;
  if (written_at_ == kNoPosition || written_to_ != label.home || writers.count == Writers::kMost) {
    writers.complete = false;
  } else {
    writers.at[writers.count++] = written_at_;
  }
}

// A block's result goes straight into a local: everything that made it can write there instead.
bool Translator::redirect_writers(int32_t slot, const Operand& value) {
  if (joined_at_ == kNoPosition || joined_at_ != emitter_.size() || value.slot != joined_home_ ||
      value.place != Place::Home || !joined_.complete || slot != static_cast<int16_t>(slot)) {
    return false;
  }
  if (is_unread(slot)) return false;
  for (uint32_t i = 0; i < joined_.count; i++) {
    static_cast<void>(emitter_.set_destination(joined_.at[i], slot));
  }
  joined_at_ = kNoPosition;
  return true;
}

// An address that was just computed by shifting an index by `scale`.
bool Translator::take_scaled(Address& address, uint32_t scale) {
  if (scale == 0 || !made_by_last(address.base)) return false;
  const Remembered& last = memory_[remembered_ - 1];
  if (last.family != Family::Binary || last.opcode != Opcode::I32Shl || last.a.is_const() ||
      !last.b.is_const() || last.b.bits != scale) {
    return false;
  }
  Remembered shift = take_back();
  address.base = shift.a;
  address.variant = in_accumulator(address.base) ? kLoadH : kLoadF;
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
      if (take_scaled(address, scale)) return address;
      address.variant = in_accumulator(address.base) ? kLoadE : kLoadD;
      return address;
    }
    address.base = operand;
    if (take_scaled(address, scale)) return address;
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
    case kLoadF:
      encoding.from(first_field, address.base.slot)
          .imm(static_cast<uint32_t>(address.constant))
          .wide(offset);
      break;
    case kLoadE:
    case kLoadH:
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
