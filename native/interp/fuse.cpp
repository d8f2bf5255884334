// Superinstructions: taking the last operation back and merging it into the next one.
#include <algorithm>
#include <utility>

#include "interp/op_table.h"
#include "interp/translator.h"

namespace wembed {

void Translator::start_remembering(Remembered& remembered, Family family, Opcode opcode,
                                   const Operand& a, const Operand& b) {
  remembered.family = family;
  remembered.opcode = opcode;
  remembered.a = a;
  remembered.b = b;
  remembered.before = accumulators_.state();
}

// Undoes the last operation: everything is as it was before it, its operands are the result's.
Remembered Translator::take_back() {
  Remembered last = peephole_.take();
  emitter_.truncate(last.position);
  accumulators_.revive(last.before);
  return last;
}

// a + (b << k) in one operation, when b was just computed so.
bool Translator::fuse_shifted_add(const Operand& a, const Operand& b) {
  const Remembered* last = peephole_.maker_of(b);
  if (last == nullptr || a.is_const() || !last->is(Family::Binary, Opcode::I32Shl) ||
      !last->b.is_const() || last->a.is_const() || last->b.bits < 1 || last->b.bits > 3) {
    return false;
  }
  Remembered shift = take_back();
  constexpr RegOp kBase[] = {RegOp::I32AddShl1_SS, RegOp::I32AddShl2_SS, RegOp::I32AddShl3_SS};
  Remembered fused;
  fused.shift = static_cast<uint8_t>(shift.b.bits);
  start_remembering(fused, Family::AddShl, Opcode::I32Add, a, shift.a);
  value_operation(kBase[fused.shift - 1], false, a, shift.a, ValueClass::I32, ValueClass::I32,
                  fused);
  return true;
}

// other + a * b or other - a * b, when `product` was just computed so. A shift is a product, too.
bool Translator::fuse_product(Opcode opcode, const Operand& product, const Operand& other) {
  const Remembered* last = peephole_.maker_of(product);
  if (last == nullptr || other.is_const() || last->family != Family::Binary) return false;
  bool shift = opcode == Opcode::I32Add && last->opcode == Opcode::I32Shl && last->b.is_const();
  Opcode wanted = opcode == Opcode::I32Add ? Opcode::I32Mul : Opcode::F64Mul;
  if (last->opcode != wanted && !shift) return false;
  if (last->a.is_const() && (shift || last->b.is_const())) return false;
  RegOp base = opcode == Opcode::I32Add   ? RegOp::I32MulAdd_SSS
               : opcode == Opcode::F64Add ? RegOp::F64MulAdd_SSS
                                          : RegOp::F64MulSub_SSS;
  Remembered made = take_back();
  Remembered fused;
  start_remembering(fused, Family::None, opcode, made.a, made.b);
  Operand a = made.a, b = made.b;
  if (a.is_const() || (!b.is_const() && !accumulators_.hold(a) && accumulators_.hold(b)))
    std::swap(a, b);
  if (shift) b.bits = uint64_t{1} << (b.bits & 31);
  constexpr uint32_t kSSS = 0, kASS = 2, kSSA = 4, kImmediate = 6;
  uint32_t variant = accumulators_.hold(a) ? kASS : accumulators_.hold(other) ? kSSA : kSSS;
  Encoding encoding(base + variant + (b.is_const() ? kImmediate : 0u));
  int field = 1;
  if (variant == kASS) {
    accumulators_.take(a);
  } else {
    encoding.from(field++, a.slot);
  }
  if (b.is_const()) {
    encoding.wide(b.bits);
  } else {
    encoding.from(field++, b.slot);
  }
  if (variant == kSSA) {
    accumulators_.take(other);
  } else {
    encoding.from(field, other.slot);
  }
  produce(encoding, opcode == Opcode::I32Add ? ValueClass::I32 : ValueClass::F64, fused, Twin::Yes);
  return true;
}

// A comparison made just now becomes part of the selection.
bool Translator::fuse_choice(const Operand& condition, const Operand& a, const Operand& b) {
  const Remembered* last = peephole_.maker_of(condition);
  if (last == nullptr || a.is_const() || b.is_const() || last->family != Family::Compare ||
      last->opcode > Opcode::I32GeU || (last->a.is_const() && last->b.is_const())) {
    return false;
  }
  Remembered made = take_back();
  Operand x = made.a, y = made.b;
  Opcode opcode = made.opcode;
  if (x.is_const() || (!y.is_const() && !accumulators_.hold(x) && accumulators_.hold(y))) {
    std::swap(x, y);
    opcode = mirrored(opcode);
  }
  constexpr uint32_t kRow = 8;
  uint32_t row = static_cast<uint32_t>(opcode) - static_cast<uint32_t>(Opcode::I32Eq);
  bool held = accumulators_.hold(x);
  uint32_t variant = y.is_const() ? (held ? kAI : kSI) : (held ? kAS : kSS);
  Encoding encoding(RegOp::Choose_I32Eq_SS + (kRow * row + variant));
  encoding.from(1, a.slot).from(2, b.slot);
  Remembered remembered;
  start_remembering(remembered, Family::None, Opcode::Select, a, b);
  if (held) accumulators_.take(x);
  if (!held) encoding.from(3, x.slot);
  if (y.is_const()) {
    encoding.wide(y.bits);
  } else if (held) {
    encoding.from(3, y.slot);
  } else {
    encoding.halves(y.slot, 0);
  }
  bool integer = !is_float(a.type);
  produce(encoding, a.type, remembered, integer ? Twin::Yes : Twin::No);
  return true;
}

// x++ where the old value is wanted: one operand stands for the local at `slot`, and `value`, its
// new value, was just computed by adding a constant.
bool Translator::fuse_post_add(int32_t slot, const Operand& value) {
  const Remembered* last = peephole_.maker_of(value);
  if (last == nullptr || !last->is(Family::Binary, Opcode::I32Add) ||
      value.type != ValueClass::I32 || !last->a.is_local(slot) || !last->b.is_const()) {
    return false;
  }
  size_t old;
  if (stack_.count_unread(slot, old) != 1) return false;
  uint32_t step = static_cast<uint32_t>(last->b.bits);
  take_back();
  stack_.come_home(old);
  post_add(stack_[old].home, slot, step);
  return true;
}

// y = x followed by x = y + constant: the same with a local for the old value.
bool Translator::fuse_copy_add(int32_t slot, const Operand& value) {
  const Remembered* last = peephole_.maker_of(value);
  const Peephole::Copy copied = peephole_.copied();
  if (last == nullptr || copied.at == kNoPosition || copied.from != slot ||
      !last->is(Family::Binary, Opcode::I32Add) || value.type != ValueClass::I32 ||
      !last->a.is_local(copied.to) || !last->b.is_const()) {
    return false;
  }
  constexpr uint32_t kCopyWords = 2;
  if (last->position != copied.at + kCopyWords) return false;
  uint32_t step = static_cast<uint32_t>(last->b.bits);
  take_back();
  emitter_.truncate(copied.at);
  post_add(copied.to, slot, step);
  accumulators_.keep_store(RegisterFile::Int);  // a local is stored in any case
  return true;
}

void Translator::post_add(int32_t old, int32_t slot, uint32_t step) {
  Encoding encoding(RegOp::PostAdd);
  uint32_t position = plain(encoding.to(old).from(1, slot).imm(step));
  peephole_.wrote_nothing();
  peephole_.forget_copies();
  accumulators_.overwritten(slot);
  accumulators_.set(RegisterFile::Int, {old, position, encoding.op});
}

// Control goes to the end of `label`, with the result that the last operation wrote, if it did.
void Translator::add_writer(Label& label) {
  Writers& writers = label.writers;
  const Peephole::Write& written = peephole_.written();
  if (written.at == kNoPosition || written.to != label.home || writers.count == Writers::kMost) {
    writers.complete = false;
  } else {
    writers.at[writers.count++] = written.at;
  }
}

// A block's result goes straight into a local: everything that made it can write there instead.
bool Translator::redirect_writers(int32_t slot, const Operand& value) {
  const Joined& joined = peephole_.joined();
  if (joined.at == kNoPosition || joined.at != emitter_.size() || value.place != Place::Home ||
      value.slot != joined.home || !joined.writers.complete || slot != static_cast<int16_t>(slot) ||
      stack_.is_unread(slot)) {
    return false;
  }
  for (uint32_t i = 0; i < joined.writers.count; i++) {
    static_cast<void>(emitter_.set_destination(joined.writers.at[i], slot));
  }
  peephole_.forget_join();
  return true;
}

// An address that was just computed by shifting an index by `scale`.
bool Translator::take_scaled(Address& address, uint32_t scale) {
  const Remembered* last = scale == 0 ? nullptr : peephole_.maker_of(address.base);
  if (last == nullptr || !last->is(Family::Binary, Opcode::I32Shl) || last->a.is_const() ||
      !last->b.is_const() || last->b.bits != scale) {
    return false;
  }
  Remembered shift = take_back();
  address.base = shift.a;
  address.variant = accumulators_.hold(address.base) ? kLoadH : kLoadF;
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
  if (const Remembered* last = peephole_.maker_of(operand); last != nullptr) {
    bool sum = last->is(Family::Binary, Opcode::I32Add);
    bool element = last->family == Family::AddShl && last->shift == scale;
    if (sum && (last->a.is_const() || last->b.is_const())) {
      Remembered add = take_back();
      address.base = add.a.is_const() ? add.b : add.a;
      address.constant = add.a.is_const() ? add.a.bits : add.b.bits;
      if (take_scaled(address, scale)) return address;
      address.variant = accumulators_.hold(address.base) ? kLoadE : kLoadD;
      return address;
    }
    address.base = operand;
    if (take_scaled(address, scale)) return address;
    if ((sum || element) && !last->b.is_const()) {
      Remembered add = take_back();
      if (sum && accumulators_.hold(add.a) && !accumulators_.hold(add.b)) std::swap(add.a, add.b);
      address.base = add.a;
      address.index = add.b;
      bool held = accumulators_.hold(add.b);
      address.variant = sum ? (held ? kLoadZ : kLoadX) : (held ? kLoadW : kLoadY);
      return address;
    }
  }
  address.base = operand;
  address.variant = accumulators_.hold(operand) ? kLoadA : kLoadS;
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
      accumulators_.take(address.base);
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
      accumulators_.take(address.index);
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
      accumulators_.take(address.base);
      encoding.imm(static_cast<uint32_t>(address.constant)).wide(offset);
      break;
    default: encoding.wide(address.constant); break;
  }
}

// The branch that closes a counting loop: i += step, then i is compared.
bool Translator::step_and_branch(const Condition& condition, Opcode opcode, uint32_t& ref) {
  const Remembered* last = peephole_.last();
  if (last == nullptr || condition.a.place != Place::Local ||
      !last->is(Family::Binary, Opcode::I32Add) || last->destination != condition.a.slot ||
      !last->a.is_local(last->destination) || !last->b.is_const()) {
    return false;
  }
  int32_t step = static_cast<int32_t>(last->b.bits);
  bool by_slot = !condition.b.is_const();
  if (step != static_cast<int16_t>(step) || opcode == Opcode::I32Eq) return false;
  if (by_slot && condition.b.slot == condition.a.slot) return false;
  static_assert(static_cast<int>(Opcode::I32GeU) - static_cast<int>(Opcode::I32Ne) == 8);
  uint32_t row = static_cast<uint32_t>(opcode) - static_cast<uint32_t>(Opcode::I32Ne);
  int32_t counter = last->destination;
  take_back();
  Encoding encoding(RegOp::Step_I32Ne_S + (2 * row + (by_slot ? 0 : 1)));
  encoding.to(counter).flag(1, step).imm(0);
  if (by_slot) {
    encoding.halves(condition.b.slot, 0);
  } else {
    encoding.wide(condition.b.bits);
  }
  uint32_t position = plain(encoding);
  accumulators_.set(RegisterFile::Int, {counter, kNoPosition, encoding.op});
  ref = position + 1;
  stepped_ = true;
  return true;
}

}  // namespace wembed
