// Builder, sixth part: quotients and remainders by constants of 32 bits, as products. A quotient is
// floor(x * m / 2^p), where m is 2^p / divisor rounded up, if p is so large that what m is too much
// makes no difference to any x: m * divisor - 2^p times the greatest x is less than 2^p.
#include <bit>

#include "jit/build/builder.h"

namespace wembed::jit {

namespace {

struct Reciprocal {
  uint64_t factor;
  uint32_t shift;
};

// For numbers below 2^bits: the least shift from `bits` on that is exact.
Reciprocal reciprocal(uint32_t divisor, uint32_t bits) {
  for (uint32_t shift = bits;; shift++) {
    const uint64_t power = uint64_t{1} << shift;
    const uint64_t factor = power / divisor + 1;
    if (factor * divisor - power <= power >> bits) return {factor, shift};
  }
}

constexpr uint32_t kLeast = 0x80000000;

uint32_t magnitude(uint32_t divisor) {
  return static_cast<int32_t>(divisor) < 0 ? 0 - divisor : divisor;
}

}  // namespace

NodeId Builder::divide(const Draft& draft) {
  const bool is_signed = draft.op == Op::I32DivS || draft.op == Op::I32RemS;
  const bool is_quotient = draft.op == Op::I32DivS || draft.op == Op::I32DivU;
  uint64_t bits;
  if (!is_signed && draft.op != Op::I32DivU && draft.op != Op::I32RemU) return kNone;
  if (!is_constant(draft.operands[1], bits)) return kNone;
  const NodeId dividend = draft.operands[0];
  const auto divisor = static_cast<uint32_t>(bits);
  const uint32_t size = is_signed ? magnitude(divisor) : divisor;
  if (size < 2 || (is_signed && divisor == kLeast)) return kNone;
  if (!is_quotient && !is_signed && std::has_single_bit(divisor)) {
    return numeric(Op::I32And, dividend, constant(Type::I32, divisor - 1));
  }
  const NodeId quotient =
      is_signed ? signed_quotient(dividend, divisor) : unsigned_quotient(dividend, divisor);
  if (is_quotient) return quotient;
  const NodeId product = numeric(Op::I32Mul, quotient, constant(Type::I32, divisor));
  return numeric(Op::I32Sub, dividend, product);
}

// A factor of 33 bits is 2^32 and the rest: x is added to the upper half of the product.
NodeId Builder::unsigned_quotient(NodeId dividend, uint32_t divisor) {
  if (std::has_single_bit(divisor)) {
    const auto shift = static_cast<uint32_t>(std::countr_zero(divisor));
    return numeric(Op::I32ShrU, dividend, constant(Type::I32, shift));
  }
  if (divisor > kLeast) return numeric(Op::I32GeU, dividend, constant(Type::I32, divisor));
  const Reciprocal found = reciprocal(divisor, 32);
  const NodeId wide = numeric({Op::I64ExtendI32U, 1, {dividend}});
  const auto factor = static_cast<uint32_t>(found.factor);
  NodeId quotient = numeric(Op::I64Mul, wide, constant(Type::I64, factor));
  uint32_t shift = found.shift;
  if (found.factor > UINT32_MAX) {
    const NodeId upper = numeric(Op::I64ShrU, quotient, constant(Type::I64, 32));
    quotient = numeric(Op::I64Add, upper, wide);
    shift -= 32;
  }
  quotient = numeric(Op::I64ShrU, quotient, constant(Type::I64, shift));
  return numeric({Op::I32WrapI64, 1, {quotient}});
}

// Rounded towards zero: one more than the floor for what is negative.
NodeId Builder::signed_quotient(NodeId dividend, uint32_t divisor) {
  const uint32_t size = magnitude(divisor);
  const NodeId sign = numeric(Op::I32ShrS, dividend, constant(Type::I32, 31));
  NodeId quotient;
  if (std::has_single_bit(size)) {
    const auto shift = static_cast<uint32_t>(std::countr_zero(size));
    const NodeId rest = numeric(Op::I32ShrU, sign, constant(Type::I32, 32 - shift));
    const NodeId sum = numeric(Op::I32Add, dividend, rest);
    quotient = numeric(Op::I32ShrS, sum, constant(Type::I32, shift));
  } else {
    const Reciprocal found = reciprocal(size, 31);
    const NodeId wide = numeric({Op::I64ExtendI32S, 1, {dividend}});
    const NodeId product = numeric(Op::I64Mul, wide, constant(Type::I64, found.factor));
    const NodeId floor = numeric(Op::I64ShrS, product, constant(Type::I64, found.shift));
    quotient = numeric(Op::I32Sub, numeric({Op::I32WrapI64, 1, {floor}}), sign);
  }
  if (size == divisor) return quotient;
  return numeric(Op::I32Sub, constant(Type::I32, 0), quotient);
}

}  // namespace wembed::jit
