// Numbers: integers, floats, conversions, comparisons.
#include <utility>

#include "jit/lower/lowering.h"

namespace wembed::jit {

namespace {

constexpr uint64_t kSign32 = uint64_t{1} << 31;
constexpr uint64_t kSign64 = uint64_t{1} << 63;

}  // namespace

// --- integers ------------------------------------------------------------------------------------

void Lowering::unary(NodeId id, Encoding encoding, bool is_wide) {
  const VirtualRegister from = value(graph_.operand(id, 0));
  build_.add(encoding, Form::Unary, is_wide, {define(define_value(id)), use_any(from)});
}

void Lowering::lower_alu(NodeId id, bool is_wide, Encoding encoding, Encoding immediate) {
  NodeId left = graph_.operand(id, 0);
  NodeId right = graph_.operand(id, 1);
  const bool is_commutative = encoding != Encoding::Sub;
  if (is_commutative && (is_immediate(left) || lives_on(left, right))) std::swap(left, right);
  const VirtualRegister from = value(left);
  if (is_immediate(right)) {
    const VirtualRegister to = define_value(id);
    build_.add(immediate, Form::InPlace, is_wide, {define_same(to), use(from)}).immediate =
        static_cast<int32_t>(constant_of(right));
    return;
  }
  const VirtualRegister other = value(right);
  build_.add(encoding, Form::Binary, is_wide,
             {define_same(define_value(id)), use(from), use_any(other)});
}

// Whether an operation that changes its left operand had better change the right one.
bool Lowering::lives_on(NodeId left, NodeId right) const {
  return !is_constant(right) && uses_[left] > 1 && uses_[right] == 1;
}

// A result of its own, so that no operand has to be copied when it is needed later.
void Lowering::lower_sum(NodeId id, bool is_wide) {
  Sum sum;
  add_parts(id, sum);
  const bool has_two = sum.base != kNone && sum.scaled != kNone;
  const NodeId only = sum.base != kNone ? sum.base : sum.scaled;
  const VirtualRegister from = value(only);
  const VirtualRegister other = has_two ? value(sum.scaled) : kNowhere;
  Instruction& made =
      has_two ? build_.add(MachineOp::Sum, {define(define_value(id)), use(from), use(other)})
              : build_.add(MachineOp::SumConstant, {define(define_value(id)), use(from)});
  made.is_wide = is_wide;
  made.address.scale = sum.scale;
  made.immediate = sum.constant;
}

// Those of a node, and of the sum that was left to it. Of two constants one is a register's.
void Lowering::add_parts(NodeId id, Sum& sum) const {
  for (NodeId operand : graph_.operands_of(id)) {
    if (is_immediate(operand) && !sum.has_constant) {
      sum.has_constant = true;
      sum.constant = static_cast<int32_t>(constant_of(operand));
    } else if (is_folded_[operand] == 0) {
      (sum.base == kNone ? sum.base : sum.scaled) = operand;
    } else if (is_sum(operand)) {
      add_parts(operand, sum);
    } else {
      if (sum.scaled != kNone) sum.base = sum.scaled;
      sum.scaled = graph_.operand(operand, 0);
      sum.scale = static_cast<uint8_t>(constant_of(graph_.operand(operand, 1)));
    }
  }
}

bool Lowering::is_sum(NodeId id) const {
  return node_of(id).op == Op::I32Add || node_of(id).op == Op::I64Add;
}

// What is in the same block and for this sum alone: a shift by what an address can be scaled by,
// and a sum, as long as all of it is two numbers, of which one is scaled, and a constant.
void Lowering::fold_into_sum(NodeId id, NodeId first_of_block) {
  const Node& sum = node_of(id);
  const Op shift = sum.op == Op::I32Add ? Op::I32Shl : Op::I64Shl;
  const auto is_alone = [&](NodeId operand) {
    return operand >= first_of_block && uses_[operand] == 1;
  };
  const std::span<const NodeId> operands = graph_.operands_of(sum);
  for (NodeId operand : operands) {
    if (!is_alone(operand) || node_of(operand).op != shift) continue;
    const NodeId count = graph_.operand(operand, 1);
    if (!is_constant(count) || constant_of(count) - 1 > 2) continue;
    is_folded_[operand] = 1;
    break;
  }
  for (size_t k = 0; k < 2; k++) {
    const NodeId inner = operands[k], other = operands[1 - k];
    if (!is_alone(inner) || node_of(inner).op != sum.op) continue;
    uint32_t constants = is_immediate(other) ? 1 : 0, scaled = is_folded_[other];
    for (NodeId operand : graph_.operands_of(inner)) {
      constants += is_immediate(operand) ? 1 : 0;
      // A sum in that one already has all there can be.
      scaled += is_folded_[operand] == 0 ? 0 : is_sum(operand) ? 2 : 1;
    }
    if (constants != 1 || scaled > 1) continue;
    is_folded_[inner] = 1;
    return;
  }
}

void Lowering::lower_shift(NodeId id, bool is_wide, Encoding encoding, Encoding immediate) {
  const VirtualRegister from = value(graph_.operand(id, 0));
  const NodeId count = graph_.operand(id, 1);
  if (is_constant(count)) {
    const VirtualRegister to = define_value(id);
    build_.add(immediate, Form::InPlace, is_wide, {define_same(to), use(from)}).immediate =
        static_cast<int64_t>(constant_of(count) & (is_wide ? 63 : 31));
    return;
  }
  const VirtualRegister by = value(count);
  build_.add(encoding, Form::InPlace, is_wide,
             {define_same(define_value(id)), use(from), use_fixed(by, kRcx)});
}

void Lowering::lower_multiply(NodeId id, bool is_wide) {
  NodeId left = graph_.operand(id, 0);
  NodeId right = graph_.operand(id, 1);
  if (is_immediate(left) || lives_on(left, right)) std::swap(left, right);
  const VirtualRegister from = value(left);
  if (is_immediate(right)) {
    const VirtualRegister to = define_value(id);
    build_.add(Encoding::MultiplyImmediate, Form::Unary, is_wide, {define(to), use_any(from)})
        .immediate = static_cast<int32_t>(constant_of(right));
    return;
  }
  const VirtualRegister other = value(right);
  build_.add(Encoding::Multiply, Form::Binary, is_wide,
             {define_same(define_value(id)), use(from), use_any(other)});
}

// What a constant divisor excludes need not be asked: `immediate` is 1 then.
void Lowering::lower_divide(NodeId id, bool is_wide, DivideKind kind) {
  const NodeId divisor = graph_.operand(id, 1);
  const VirtualRegister left = value(graph_.operand(id, 0));
  const VirtualRegister right = value(divisor);
  const bool is_quotient = kind == DivideKind::Quotient || kind == DivideKind::SignedQuotient;
  const VirtualRegister to = define_value(id);
  const VirtualRegister other = build_.general();
  const Operand spare{other, Role::Temporary, Constraint::Fixed, is_quotient ? kRdx : kRax};
  const uint64_t minus_one = is_wide ? UINT64_MAX : UINT32_MAX;
  const bool is_harmless =
      is_constant(divisor) && constant_of(divisor) != 0 && constant_of(divisor) != minus_one;
  Instruction& made = build_.add(
      MachineOp::Divide, Form::None, is_wide,
      {define_fixed(to, is_quotient ? kRax : kRdx), use_fixed(left, kRax), late_use(right), spare});
  made.detail = static_cast<uint16_t>(kind);
  made.immediate = is_harmless ? 1 : 0;
}

void Lowering::lower_count_zeros(NodeId id, bool is_wide, bool is_trailing) {
  const VirtualRegister from = value(graph_.operand(id, 0));
  build_.add(MachineOp::CountZeros, Form::None, is_wide, {define(define_value(id)), late_use(from)})
      .detail = is_trailing ? 1 : 0;
}

bool Lowering::lower_integer(NodeId id, const Node& node) {
  switch (node.op) {
    case Op::I32Add:
    case Op::I64Add: lower_sum(id, node.op == Op::I64Add); return true;
#define ALU(name, wide, encoding, immediate)                      \
  case Op::name:                                                  \
    lower_alu(id, wide, Encoding::encoding, Encoding::immediate); \
    return true;
#define SHIFT(name, wide, encoding, immediate)                      \
  case Op::name:                                                    \
    lower_shift(id, wide, Encoding::encoding, Encoding::immediate); \
    return true;
#define UNARY(name, wide, encoding)      \
  case Op::name:                         \
    unary(id, Encoding::encoding, wide); \
    return true;
#include "jit/lower/x64_rules.def"
    case Op::I32Mul: lower_multiply(id, false); return true;
    case Op::I64Mul: lower_multiply(id, true); return true;
    case Op::I32DivS: lower_divide(id, false, DivideKind::SignedQuotient); return true;
    case Op::I32DivU: lower_divide(id, false, DivideKind::Quotient); return true;
    case Op::I32RemS: lower_divide(id, false, DivideKind::SignedRemainder); return true;
    case Op::I32RemU: lower_divide(id, false, DivideKind::Remainder); return true;
    case Op::I64DivS: lower_divide(id, true, DivideKind::SignedQuotient); return true;
    case Op::I64DivU: lower_divide(id, true, DivideKind::Quotient); return true;
    case Op::I64RemS: lower_divide(id, true, DivideKind::SignedRemainder); return true;
    case Op::I64RemU: lower_divide(id, true, DivideKind::Remainder); return true;
    case Op::I32Clz: lower_count_zeros(id, false, false); return true;
    case Op::I32Ctz: lower_count_zeros(id, false, true); return true;
    case Op::I64Clz: lower_count_zeros(id, true, false); return true;
    case Op::I64Ctz: lower_count_zeros(id, true, true); return true;
    case Op::I64ExtendI32U: set(id, value(graph_.operand(id, 0))); return true;
    default: return false;
  }
}

// --- floats --------------------------------------------------------------------------------------

void Lowering::lower_float_binary(NodeId id, Encoding encoding) {
  NodeId first = graph_.operand(id, 0);
  NodeId right = graph_.operand(id, 1);
  const bool is_commutative = encoding == Encoding::AddSingle || encoding == Encoding::AddDouble ||
                              encoding == Encoding::MultiplySingle ||
                              encoding == Encoding::MultiplyDouble;
  if (is_commutative && (is_constant(first) || lives_on(first, right))) std::swap(first, right);
  const VirtualRegister left = value(first);
  if (is_constant(right)) {
    Instruction& made =
        build_.add(encoding, Form::LoadInto, false, {define_same(define_value(id)), use(left)});
    made.address.base = Base::Literal;
    made.immediate = static_cast<int64_t>(constant_of(right));
    return;
  }
  const VirtualRegister other = value(right);
  build_.add(encoding, Form::Binary, false,
             {define_same(define_value(id)), use(left), use_any(other)});
}

void Lowering::lower_float_unary(NodeId id, bool is_wide, Encoding encoding, int mode) {
  const VirtualRegister from = value(graph_.operand(id, 0));
  Instruction& made = build_.add(MachineOp::FloatUnary, Form::None, is_wide,
                                 {define(define_value(id)), late_use(from)});
  made.detail = static_cast<uint16_t>(encoding);
  made.immediate = mode;
}

VirtualRegister Lowering::masked(VirtualRegister from, Encoding encoding, uint64_t bits) {
  const VirtualRegister to = build_.floating();
  Instruction& made = build_.add(encoding, Form::LoadInto, false, {define_same(to), use(from)});
  made.address.base = Base::Literal;
  made.immediate = static_cast<int64_t>(bits);
  return to;
}

void Lowering::lower_float_mask(NodeId id, Encoding encoding, uint64_t bits) {
  set(id, masked(value(graph_.operand(id, 0)), encoding, bits));
}

void Lowering::lower_copysign(NodeId id, uint64_t sign) {
  const VirtualRegister size = masked(value(graph_.operand(id, 0)), Encoding::AndFloat, sign - 1);
  const VirtualRegister other = masked(value(graph_.operand(id, 1)), Encoding::AndFloat, sign);
  build_.add(Encoding::OrFloat, Form::Binary, false,
             {define_same(define_value(id)), use(size), use(other)});
}

void Lowering::lower_extreme(NodeId id, bool is_double, bool is_max) {
  const VirtualRegister left = value(graph_.operand(id, 0));
  const VirtualRegister right = value(graph_.operand(id, 1));
  build_
      .add(MachineOp::FloatExtreme, Form::None, is_double,
           {define_same(define_value(id)), use(left), late_use(right)})
      .detail = is_max ? 1 : 0;
}

bool Lowering::lower_float(NodeId id, const Node& node) {
  switch (node.op) {
#define FLOAT(name, encoding)                   \
  case Op::name:                                \
    lower_float_binary(id, Encoding::encoding); \
    return true;
#define FLOAT_UNARY(name, wide, encoding, mode)            \
  case Op::name:                                           \
    lower_float_unary(id, wide, Encoding::encoding, mode); \
    return true;
#define FLOAT_MASK(name, encoding, bits)            \
  case Op::name:                                    \
    lower_float_mask(id, Encoding::encoding, bits); \
    return true;
#include "jit/lower/x64_rules.def"
    case Op::F32Copysign: lower_copysign(id, kSign32); return true;
    case Op::F64Copysign: lower_copysign(id, kSign64); return true;
    case Op::F32Min: lower_extreme(id, false, false); return true;
    case Op::F32Max: lower_extreme(id, false, true); return true;
    case Op::F64Min: lower_extreme(id, true, false); return true;
    case Op::F64Max: lower_extreme(id, true, true); return true;
    default: return false;
  }
}

// --- conversions ---------------------------------------------------------------------------------

void Lowering::lower_truncate(NodeId id, bool is_double, TruncateKind kind) {
  const VirtualRegister from = value(graph_.operand(id, 0));
  const VirtualRegister spare = build_.general();
  build_
      .add(MachineOp::Truncate, Form::None, is_double,
           {define(define_value(id)), late_use(from), temporary(spare)})
      .detail = static_cast<uint16_t>(kind);
}

VirtualRegister Lowering::bits_of(VirtualRegister value, Type type) {
  if (!is_float(type)) return value;
  const VirtualRegister bits = build_.general();
  build_.add(type == Type::F64 ? Encoding::MovFromDouble : Encoding::MovFromSingle, Form::MoveOut,
             false, {define(bits), use(value)});
  return bits;
}

// By a function of C++: from bits to bits.
void Lowering::lower_by_function(NodeId id) {
  const Node& node = node_of(id);
  const NodeId operand = graph_.operand(id, 0);
  const VirtualRegister from = bits_of(value(operand), node_of(operand).type);
  const VirtualRegister result = is_float(node.type) ? build_.general() : define_value(id);
  Instruction& made =
      build_.add(MachineOp::CallNumeric, {define_fixed(result, kRax), use_fixed(from, kRdi)});
  made.detail = static_cast<uint16_t>(node.op);
  made.clobbers = kCallerSaved;
  function_.is_leaf = false;
  if (!is_float(node.type)) return;
  build_.add(node.type == Type::F64 ? Encoding::MovToDouble : Encoding::MovToSingle, Form::Unary,
             false, {define(define_value(id)), use(result)});
}

bool Lowering::lower_conversion(NodeId id, const Node& node) {
  switch (node.op) {
    case Op::I32TruncF32S: lower_truncate(id, false, TruncateKind::I32); return true;
    case Op::I32TruncF32U: lower_truncate(id, false, TruncateKind::U32); return true;
    case Op::I32TruncF64S: lower_truncate(id, true, TruncateKind::I32); return true;
    case Op::I32TruncF64U: lower_truncate(id, true, TruncateKind::U32); return true;
    case Op::I64TruncF32S: lower_truncate(id, false, TruncateKind::I64); return true;
    case Op::I64TruncF64S: lower_truncate(id, true, TruncateKind::I64); return true;
    case Op::I32ReinterpretF32:
    case Op::I64ReinterpretF64:
      set(id, bits_of(value(graph_.operand(id, 0)), node_of(graph_.operand(id, 0)).type));
      return true;
    case Op::F32ReinterpretI32: unary(id, Encoding::MovToSingle, false); return true;
    case Op::F64ReinterpretI64: unary(id, Encoding::MovToDouble, false); return true;
#define NUMERIC_FUNCTION(name) case Op::name:
#include "jit/lower/numeric_functions.def"
      lower_by_function(id);
      return true;
    default: return false;
  }
}

// --- comparisons ---------------------------------------------------------------------------------

void Lowering::compare_integers(const Node& node, bool is_wide) {
  const std::span<const NodeId> operands = graph_.operands_of(node);
  const bool has_immediate = operands.size() == 1 || is_immediate(operands[1]);
  const VirtualRegister left = value(operands[0]);
  if (!has_immediate) {
    const VirtualRegister right = value(operands[1]);
    build_.add(Encoding::Compare, Form::Compare, is_wide, {use(left), use_any(right)});
    return;
  }
  const auto to = operands.size() == 1 ? 0 : static_cast<int32_t>(constant_of(operands[1]));
  if (to == 0) {
    build_.add(Encoding::Test, Form::Compare, is_wide, {use(left), use(left)});
    return;
  }
  build_.add(Encoding::CompareImmediate, Form::CompareOne, is_wide, {use_any(left)}).immediate = to;
}

// Whether any bit is left of a number that is not made for anything else.
void Lowering::test_bits(const Node& node) {
  const bool is_wide = node.op == Op::I64And;
  NodeId left = graph_.operands_of(node)[0];
  NodeId right = graph_.operands_of(node)[1];
  if (is_immediate(left)) std::swap(left, right);
  const VirtualRegister from = value(left);
  if (is_immediate(right)) {
    build_.add(Encoding::TestImmediate, Form::CompareOne, is_wide, {use_any(from)}).immediate =
        static_cast<int32_t>(constant_of(right));
    return;
  }
  const VirtualRegister other = value(right);
  build_.add(Encoding::Test, Form::Compare, is_wide, {use(from), use(other)});
}

void Lowering::compare_floats(const Node& node, Encoding encoding, bool is_swapped) {
  const std::span<const NodeId> operands = graph_.operands_of(node);
  const VirtualRegister left = value(operands[is_swapped ? 1 : 0]);
  const VirtualRegister right = value(operands[is_swapped ? 0 : 1]);
  build_.add(encoding, Form::Compare, false, {use(left), use_any(right)});
}

// False: no comparison.
bool Lowering::compare(const Node& node, Test& made) {
  switch (node.op) {
#define COMPARE(name, wide, holds)    \
  case Op::name:                      \
    compare_integers(node, wide);     \
    made = {Condition::holds, false}; \
    return true;
#define COMPARE_FLOAT(name, encoding, holds, swapped)                                         \
  case Op::name:                                                                              \
    compare_floats(node, Encoding::encoding, swapped);                                        \
    made = {Condition::holds,                                                                 \
            Condition::holds == Condition::Equal || Condition::holds == Condition::NotEqual}; \
    return true;
#include "jit/lower/x64_rules.def"
    case Op::I32Eqz:
    case Op::I64Eqz: {
      const NodeId operand = graph_.operands_of(node)[0];
      if (is_folded_[operand] != 0) {
        made = test(operand);
        made.condition = opposite(made.condition);
        return true;
      }
      compare_integers(node, node.op == Op::I64Eqz);
      made = {Condition::Equal, false};
      return true;
    }
    case Op::RefIsNull:
      compare_integers(node, true);
      made = {Condition::Equal, false};
      return true;
    default: return false;
  }
}

// Negations are folded into each other, however many there are.
Lowering::Test Lowering::test(NodeId condition) {
  bool is_negated = false;
  while (is_folded_[condition] != 0 && node_of(condition).op == Op::I32Eqz &&
         is_folded_[graph_.operand(condition, 0)] != 0) {
    is_negated = !is_negated;
    condition = graph_.operand(condition, 0);
  }
  Test made{Condition::NotEqual, false};
  if (is_folded_[condition] != 0 && is_bits(condition)) {
    test_bits(node_of(condition));
  } else if (is_folded_[condition] == 0 || !compare(node_of(condition), made)) {
    const VirtualRegister bits = value(condition);
    build_.add(Encoding::Test, Form::Compare, false, {use(bits), use(bits)});
  }
  if (is_negated) made.condition = opposite(made.condition);
  return made;
}

void Lowering::set_by(NodeId id, const Test& test) {
  if (test.is_equality_of_floats) {
    const VirtualRegister spare = build_.general();
    build_.add(MachineOp::SetIfEqual, {define(define_value(id)), temporary(spare)}).condition =
        test.condition;
    return;
  }
  const VirtualRegister bit = build_.general();
  build_.add(Encoding::SetIf, Form::DefineOne, false, {define(bit)}).condition = test.condition;
  build_.add(Encoding::MovZero8, Form::Unary, false, {define(define_value(id)), use(bit)});
}

}  // namespace wembed::jit
