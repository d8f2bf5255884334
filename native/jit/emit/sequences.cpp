// What the processor needs several instructions for.
#include "jit/emit/emission.h"

namespace wembed::jit {

namespace {

constexpr uint64_t kLeast32 = 0x80000000;
constexpr uint64_t kLeast64 = uint64_t{1} << 63;

}  // namespace

// In place where it can be; else by lea, which leaves its operands as they are.
void Emission::sum(const Instruction& in) {
  const MachineRegister to = reg(in, 0);
  const MachineRegister left = reg(in, 1);
  const MachineRegister right = reg(in, 2);
  const auto constant = static_cast<int32_t>(in.immediate);
  if (in.address.scale == 0 && constant == 0 && (to == left || to == right)) {
    return code_.emit(Encoding::Add, in.is_wide, to, Place::of(to == left ? right : left));
  }
  code_.emit(Encoding::Lea, in.is_wide, to, Place::at(left, right, in.address.scale, constant));
}

// Likewise.
void Emission::sum_constant(const Instruction& in) {
  const MachineRegister to = reg(in, 0);
  const MachineRegister from = reg(in, 1);
  const auto constant = static_cast<int32_t>(in.immediate);
  if (in.address.scale != 0) {
    const Place sum = Place::at(Place::kNoRegister, from, in.address.scale, constant);
    return code_.emit(Encoding::Lea, in.is_wide, to, sum);
  }
  if (to == from) {
    return code_.emit_immediate(Encoding::AddImmediate, in.is_wide, Place::of(to), constant);
  }
  code_.emit(Encoding::Lea, in.is_wide, to, Place::at(from, constant));
}

// The dividend is in rax. Of the least number by -1 the processor makes a fault of its own.
void Emission::divide(const Instruction& in) {
  const auto kind = static_cast<DivideKind>(in.detail);
  const bool is_signed = kind >= DivideKind::SignedQuotient;
  const Place divisor = place(in, 2);
  const bool is_harmless = in.immediate != 0;
  const Label done = code_.new_label();
  if (!is_harmless) {
    code_.emit(Encoding::Test, in.is_wide, divisor.base, divisor);
    code_.jump_if(Condition::Equal, trap_label(wembed::Trap::DivideByZero, in));
  }
  if (!is_signed) {
    code_.emit(Encoding::Xor, false, kRdx, Place::of(kRdx));
    return code_.emit(Encoding::Divide, in.is_wide, 0, divisor);
  }
  if (!is_harmless) {
    const Label usual = code_.new_label();
    code_.emit_immediate(Encoding::CompareImmediate, in.is_wide, divisor, -1);
    code_.jump_if(Condition::NotEqual, usual);
    if (kind == DivideKind::SignedRemainder) {
      code_.emit(Encoding::Xor, false, kRdx, Place::of(kRdx));
      code_.jump(done);
    } else {
      code_.constant(kScratch, in.is_wide ? kLeast64 : kLeast32);
      code_.emit(Encoding::Compare, in.is_wide, kRax, Place::of(kScratch));
      code_.jump_if(Condition::Equal, trap_label(wembed::Trap::IntegerOverflow, in));
    }
    code_.bind(usual);
  }
  code_.sign_extend_rax(in.is_wide);
  code_.emit(Encoding::DivideSigned, in.is_wide, 0, divisor);
  code_.bind(done);
}

// Of zero the processor's instructions tell nothing but that.
void Emission::count_zeros(const Instruction& in) {
  const bool is_trailing = in.detail != 0;
  const MachineRegister to = reg(in, 0);
  const uint32_t bits = in.is_wide ? 64 : 32;
  // What is turned round below: as if the highest bit were one below the lowest.
  code_.constant(kScratch, is_trailing ? bits : 2 * bits - 1);
  code_.emit(is_trailing ? Encoding::ScanForward : Encoding::ScanReverse, in.is_wide, to,
             place(in, 1));
  code_.emit(Encoding::MovIf, true, to, Place::of(kScratch), 0, Condition::Equal);
  if (is_trailing) return;
  code_.emit_immediate(Encoding::XorImmediate, false, Place::of(to),
                       static_cast<int32_t>(bits - 1));
}

// The processor's own take the second operand where one is not a number, or both are zeros.
void Emission::float_extreme(const Instruction& in) {
  const bool is_double = in.is_wide;
  const bool is_max = in.detail != 0;
  const MachineRegister to = reg(in, 0);
  const Place other = place(in, 2);
  const Label differ = code_.new_label();
  const Label unordered = code_.new_label();
  const Label done = code_.new_label();
  code_.emit(is_double ? Encoding::CompareDouble : Encoding::CompareSingle, false, to, other);
  code_.jump_if(Condition::NotEqual, differ);
  code_.jump_if(Condition::Parity, unordered);
  code_.emit(is_max ? Encoding::AndFloat : Encoding::OrFloat, false, to, other);
  code_.jump(done);
  code_.bind(unordered);
  code_.emit(is_double ? Encoding::AddDouble : Encoding::AddSingle, false, to, other);
  code_.jump(done);
  code_.bind(differ);
  const Encoding least = is_double ? Encoding::MinDouble : Encoding::MinSingle;
  const Encoding most = is_double ? Encoding::MaxDouble : Encoding::MaxSingle;
  code_.emit(is_max ? most : least, false, to, other);
  code_.bind(done);
}

void Emission::float_select(const Instruction& in) {
  const Label done = code_.new_label();
  code_.jump_if(in.condition, done);
  code_.emit(Encoding::MovFloat, false, reg(in, 0), place(in, 2));
  code_.bind(done);
}

// Cleared first, so that upper bits are zeros and nothing waits for what the register had.
void Emission::float_unary(const Instruction& in) {
  const MachineRegister to = reg(in, 0);
  code_.emit(Encoding::XorFloat, false, to, Place::of(to));
  code_.emit(static_cast<Encoding>(in.detail), in.is_wide, to, place(in, 1),
             static_cast<int32_t>(in.immediate));
}

void Emission::truncate(const Instruction& in) {
  const auto kind = static_cast<TruncateKind>(in.detail);
  const MachineRegister to = reg(in, 0);
  const MachineRegister spare = reg(in, 2);
  const Encoding encoding = in.is_wide ? Encoding::DoubleToInteger : Encoding::SingleToInteger;
  const Cold& part = add_cold(ColdKind::Truncate, in);
  if (kind == TruncateKind::I64) {
    // What does not fit becomes the least number: the only one that overflows when 1 is taken off.
    code_.emit(encoding, true, to, place(in, 1));
    code_.emit_immediate(Encoding::CompareImmediate, true, Place::of(to), 1);
    code_.jump_if(Condition::Overflow, part.label);
    return code_.bind(part.back);
  }
  // In 64 bits everything fits that fits 32, whether signed or not.
  code_.emit(encoding, true, spare, place(in, 1));
  if (kind == TruncateKind::I32) {
    code_.emit(Encoding::MovSign32, true, to, Place::of(spare));
  } else {
    code_.emit(Encoding::MovLoad, false, to, Place::of(spare));
  }
  code_.emit(Encoding::Compare, true, to, Place::of(spare));
  code_.emit(Encoding::MovLoad, false, to, Place::of(spare));
  code_.jump_if(Condition::NotEqual, part.label);
  code_.bind(part.back);
}

void Emission::cold_truncate(const Cold& part) {
  const Instruction& in = *part.instruction;
  const Encoding compare = in.is_wide ? Encoding::CompareDouble : Encoding::CompareSingle;
  code_.emit(compare, false, reg(in, 1), place(in, 1));
  code_.jump_if(Condition::Parity, trap_label(wembed::Trap::InvalidConversion, in));
  if (static_cast<TruncateKind>(in.detail) == TruncateKind::I64) {
    // The least number itself is one.
    const uint64_t least = in.is_wide ? 0xc3e0000000000000 : 0xdf000000;
    code_.constant(kScratch, least);
    code_.emit(Encoding::MovToDouble, true, kFloatScratch, Place::of(kScratch));
    code_.emit(compare, false, kFloatScratch, place(in, 1));
    code_.jump_if(Condition::Equal, part.back);
  }
  code_.jump(trap_label(wembed::Trap::IntegerOverflow, in));
}

void Emission::set_if_equal(const Instruction& in) {
  const Place to = place(in, 0);
  const Place spare = place(in, 1);
  const bool if_equal = in.condition == Condition::Equal;
  code_.emit(Encoding::SetIf, false, 0, to, 0, in.condition);
  code_.emit(Encoding::SetIf, false, 0, spare, 0,
             if_equal ? Condition::NotParity : Condition::Parity);
  code_.emit(if_equal ? Encoding::And : Encoding::Or, false, to.base, spare);
  code_.emit(Encoding::MovZero8, false, to.base, to);
}

}  // namespace wembed::jit
