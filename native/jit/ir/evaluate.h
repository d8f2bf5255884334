// What is known of numeric operations: what they compute of constants, and what kind they are.
#pragma once

#include <cstdint>

#include "base/trap.h"
#include "jit/ir/op.h"

namespace wembed::jit {

struct Evaluation {
  bool is_numeric = false;  // false: the operation is none that is computed from operands alone
  Trap trap = Trap::None;
  uint64_t bits = 0;  // those of 32 in the low half
};

// `operands` are bits as in Node::immediate, as many as the operation has.
Evaluation evaluate(Op op, const uint64_t* operands);

// Whether the operands may be exchanged.
bool commutes(Op op);
// Whether the result is 0 or 1, and made of flags.
bool is_condition(Op op);

}  // namespace wembed::jit
