// Translation of arithmetic, comparisons, conversions, select and memory accesses.
#include <utility>

#include "interp/op_table.h"
#include "interp/translator.h"

namespace wembed {

// a op b, from wherever the operands are. `type`: the operands'. Rows of comparisons have the
// variants of commutative ones; their caller has put constants to the right.
void Translator::value_operation(RegOp base, bool commutative, Operand a, Operand b,
                                 ValueClass type, ValueClass result, Remembered& remembered) {
  if (a.is_const() && b.is_const()) materialise(a);
  if (commutative && a.is_const()) std::swap(a, b);
  uint32_t variant;
  Encoding encoding(base);
  if (b.is_const()) {
    bool held = accumulators_.hold(a);
    variant = held ? kAI : kSI;
    if (held) {
      accumulators_.take(a);
    } else {
      encoding.from(1, a.slot);
    }
    encode_immediate(encoding, type, b.bits);
  } else if (a.is_const()) {
    bool held = accumulators_.hold(b);
    variant = held ? kIA : kIS;
    if (held) {
      accumulators_.take(b);
    } else {
      encoding.from(1, b.slot);
    }
    encode_immediate(encoding, type, a.bits);
  } else {
    if (commutative && !accumulators_.hold(a) && accumulators_.hold(b)) std::swap(a, b);
    if (accumulators_.hold(a)) {
      variant = kAS;
      accumulators_.take(a);
      encoding.from(1, b.slot);
    } else if (!commutative && accumulators_.hold(b)) {
      variant = kSA;
      accumulators_.take(b);
      encoding.from(1, a.slot);
    } else {
      variant = kSS;
      encoding.from(1, a.slot).from(2, b.slot);
    }
  }
  encoding.op = base + variant;
  produce(encoding, result, remembered, Twin::Yes);
}

void Translator::compare(Opcode opcode, Operand a, Operand b) {
  if (a.is_const() && b.is_const()) materialise(a);
  if (a.is_const() || (!b.is_const() && !accumulators_.hold(a) && accumulators_.hold(b))) {
    std::swap(a, b);
    opcode = mirrored(opcode);
  }
  const OpEntry& entry = op_entry(opcode);
  Remembered remembered;
  start_remembering(remembered, Family::Compare, opcode, a, b);
  // Not commutative, but with operands in the order in which the row has variants for them.
  Encoding encoding(entry.base);
  uint32_t variant;
  if (accumulators_.hold(a)) {
    variant = b.is_const() ? kAI : kAS;
    accumulators_.take(a);
    if (!b.is_const()) encoding.from(1, b.slot);
  } else {
    variant = b.is_const() ? kSI : kSS;
    encoding.from(1, a.slot);
    if (!b.is_const()) encoding.from(2, b.slot);
  }
  if (b.is_const()) encode_immediate(encoding, entry.operand, b.bits);
  encoding.op = entry.base + variant;
  produce(encoding, ValueClass::I32, remembered, Twin::Yes);
}

void Translator::binary(Opcode opcode, Operand a, Operand b) {
  const OpEntry& entry = op_entry(opcode);
  if (entry.kind == OpEntry::Compare) return compare(opcode, a, b);
  if (opcode == Opcode::I32Add) {
    if (fuse_shifted_add(a, b) || fuse_shifted_add(b, a)) return;
  }
  if (opcode == Opcode::I32Add || opcode == Opcode::F64Add) {
    if (fuse_product(opcode, b, a) || fuse_product(opcode, a, b)) return;
  }
  if (opcode == Opcode::F64Sub && fuse_product(opcode, b, a)) return;
  if (b.is_const() && (opcode == Opcode::I32Sub || opcode == Opcode::I64Sub)) {
    b.bits = opcode == Opcode::I32Sub ? static_cast<uint32_t>(0 - b.bits) : 0 - b.bits;
    return binary(opcode == Opcode::I32Sub ? Opcode::I32Add : Opcode::I64Add, a, b);
  }
  if (a.is_const() && b.is_const()) materialise(a);
  Remembered remembered;
  start_remembering(remembered, Family::Binary, opcode, a, b);
  value_operation(entry.base, entry.kind == OpEntry::Commutative, a, b, entry.operand, entry.result,
                  remembered);
}

void Translator::on_binary(Opcode opcode) {
  Operand b = pop();
  Operand a = pop();
  binary(opcode, a, b);
}

void Translator::on_unary(Opcode opcode) {
  Operand a = pop();
  Operand zero;
  zero.place = Place::Const;
  zero.home = a.end();
  switch (opcode) {
    case Opcode::I32Eqz:
      if (const Remembered* maker = peephole_.maker_of(a);
          maker != nullptr && maker->family == Family::Compare) {
        Opcode negated;
        if (opposite(maker->opcode, negated)) {
          Remembered last = take_back();
          return compare(negated, last.a, last.b);
        }
      }
      return compare(Opcode::I32Eq, a, zero);
    case Opcode::I64Eqz: zero.type = ValueClass::I64; return compare(Opcode::I64Eq, a, zero);
    case Opcode::I32WrapI64:
      if (a.is_const()) a.bits = static_cast<uint32_t>(a.bits);
      a.type = ValueClass::I32;
      return push_back(a);
    // A slot's bits are the same for all types.
    case Opcode::I32ReinterpretF32:
    case Opcode::I64ReinterpretF64:
    case Opcode::F32ReinterpretI32:
    case Opcode::F64ReinterpretI64: a.type = op_entry(opcode).result; return push_back(a);
    default: break;
  }
  const OpEntry& entry = op_entry(opcode);
  materialise(a);
  Remembered remembered;
  start_remembering(remembered, Family::Unary, opcode, a, zero);
  bool held = accumulators_.hold(a);
  Encoding encoding(entry.base + (held ? kA : kS));
  if (held) {
    accumulators_.take(a);
  } else {
    encoding.from(1, a.slot);
  }
  produce(encoding, entry.result, remembered, Twin::Yes);
}

void Translator::on_ref_is_null() {
  Operand a = pop();
  Operand null;
  null.place = Place::Const;
  null.type = ValueClass::Ref;
  null.home = a.end();
  compare(Opcode::I64Eq, a, null);
}

void Translator::on_select(ValType) {
  Operand condition = pop();
  Operand b = pop();
  Operand a = pop();
  if (is_built(Feature::Simd) && a.type == ValueClass::V128) return vector_select(condition, a, b);
  if (fuse_choice(condition, a, b)) return;
  materialise(condition);
  if (a.is_const() && a.bits > UINT32_MAX) materialise(a);
  if (b.is_const() && b.bits > UINT32_MAX) materialise(b);
  Remembered remembered;
  start_remembering(remembered, Family::None, Opcode::Select, a, b);
  bool held = accumulators_.hold(condition);
  uint32_t variant = (a.is_const() ? 8 : 0) + (b.is_const() ? 4 : 0) + (held ? 2 : 0);
  Encoding encoding(RegOp::Select_SSS + variant);
  if (!a.is_const()) encoding.from(1, a.slot);
  if (!b.is_const()) encoding.from(2, b.slot);
  if (a.is_const() || b.is_const()) {
    encoding.halves(a.is_const() ? static_cast<int32_t>(a.bits) : 0,
                    b.is_const() ? static_cast<int32_t>(b.bits) : 0);
  }
  if (held) {
    accumulators_.take(condition);
  } else {
    encoding.from(3, condition.slot);
  }
  // The result is in the integer accumulator; of a float that is no use, but harmless.
  bool integer = !is_float(a.type);
  produce(encoding, a.type, remembered, integer ? Twin::Yes : Twin::No);
}

// --- memory accesses
// -------------------------------------------------------------------------------

void Translator::on_load(Opcode opcode, const MemArg& argument) {
  const OpEntry& entry = op_entry(opcode);
  if (is_far(argument.memory)) return far_load(far_load_of(opcode), argument, entry.result);
  Operand operand = pop();
  Address address = address_of(operand, natural_alignment(opcode), argument.offset);
  Remembered remembered;
  start_remembering(remembered, Family::Load, opcode, operand, operand);
  uint32_t row = address.variant + (code_.variant().guarded ? 0 : kCheckedLoads);
  Encoding encoding(entry.base + 2 * row);
  take_address(encoding, address, argument.offset, 1);
  produce(encoding, entry.result, remembered, Twin::Yes);
}

void Translator::on_store(Opcode opcode, const MemArg& argument) {
  const OpEntry& entry = op_entry(opcode);
  if (is_far(argument.memory)) return far_store(far_store_of(opcode), argument);
  Operand value = pop();
  Operand operand = pop();
  Address address = address_of(operand, natural_alignment(opcode), argument.offset);
  // Stores have no form with a scaled accumulator: the index is read from its slot.
  if (address.variant == kLoadW) address.variant = kLoadY;
  bool address_held =
      address.variant == kLoadA || address.variant == kLoadZ || address.variant == kLoadE;
  bool integer = !is_float(value.type);
  bool value_held = accumulators_.hold(value) && !(address_held && integer);
  uint32_t from = value.is_const() ? 2 : value_held ? 1 : 0;
  uint32_t row = address.variant < kLoadW ? address.variant : address.variant - 1u;
  if (!code_.variant().guarded) row += kCheckedStores;
  Encoding encoding(entry.base + 3 * row + from);
  take_address(encoding, address, argument.offset, 0);
  int value_field = address.variant == kLoadX || address.variant == kLoadY ? 2 : 1;
  if (value.is_const()) {
    encoding.wide(value.bits);
  } else if (value_held) {
    accumulators_.take(value);
  } else {
    encoding.from(value_field, value.slot);
  }
  plain(encoding);
}

}  // namespace wembed
