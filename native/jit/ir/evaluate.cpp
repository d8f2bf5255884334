#include "jit/ir/evaluate.h"

#include "isa/numeric.h"
#include "jit/ir/bits.h"

namespace wembed::jit {

namespace {

using u32 = uint32_t;
using u64 = uint64_t;
using f32 = float;
using f64 = double;

template <class R> Evaluation result(R value) { return {true, Trap::None, bits_of<R>(value)}; }

}  // namespace

#define CASE(name) case Op::name:

Evaluation evaluate(Op op, const uint64_t* in) {
  switch (op) {
#define BINARY(name, T, fn) \
  CASE(name) { return result<T>(fn(value_of<T>(in[0]), value_of<T>(in[1]))); }
#define BINARY_TRAP(name, T, may, fn)                                      \
  CASE(name) {                                                             \
    const T a = value_of<T>(in[0]), b = value_of<T>(in[1]);                \
    if (Trap trap = may(a, b); trap != Trap::None) return {true, trap, 0}; \
    return result<T>(fn(a, b));                                            \
  }
#define COMPARE(name, T, fn) \
  CASE(name) { return result<u32>(fn(value_of<T>(in[0]), value_of<T>(in[1]))); }
#define UNARY(name, T, R, fn) \
  CASE(name) { return result<R>(fn(value_of<T>(in[0]))); }
#define UNARY_TRAP(name, T, R, may, fn)                                 \
  CASE(name) {                                                          \
    const T a = value_of<T>(in[0]);                                     \
    if (Trap trap = may(a); trap != Trap::None) return {true, trap, 0}; \
    return result<R>(fn(a));                                            \
  }
#include "isa/numeric_ops.def"
    default: return {};
  }
}

bool is_condition(Op op) {
  switch (op) {
#define COMPARE(name, T, fn) case Op::name:
#include "isa/numeric_ops.def"
    case Op::I32Eqz:
    case Op::I64Eqz:
    case Op::RefIsNull: return true;
    default: return false;
  }
}

bool commutes(Op op) {
  switch (op) {
#define BINARY_C(name, T, fn) case Op::name:
#include "isa/numeric_ops.def"
    return true;
    default: return false;
  }
}

}  // namespace wembed::jit
