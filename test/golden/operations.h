// The register operations in a form that can be read: names and where the operands stand.
#pragma once

#include <cstddef>
#include <cstdint>

#include "interp/reg_op.h"

namespace wembed::golden {

// `form` lists the operands, separated by spaces:
//   d, 1, 2, 3   slots p0 .. p3; 0: p0 that is read
//   A            the accumulator of the operation's kind
//   #            an immediate, in i32 or w2 by the size of its type
//   w            a number in w2;  i: a number in i32;  n, m, M: a number in p1, p2, p3
//   b            sixteen bytes in w2 and w3
//   r            a run of slots from p0 (destination) on
//   v, V         slots in the low and high half of w2
//   h, H         numbers in the low and high half of w2
//   a            slot in i32: the first argument
//   f            function in w2: a Code of the module
//   y            a type in w2
//   l            the high half of w4: how many slots the arguments take
//   k            the low half of w3: a number;  x: a number in w3
//   t            where a branch leads, from i32
//   T            the entries of a table, i32 of them, behind the operation
struct Operation {
  const char* name;
  const char* form;
  uint8_t words;
  bool is_wide;  // an immediate takes w2
};

const Operation& operation(RegOp op);

}  // namespace wembed::golden
