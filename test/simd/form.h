// The forms of isa/simd.h side by side: each as a table of its operations, in the order of
// vector_ops.def, so that they can be compared.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wembed::simd_test {

struct Operands {
  alignas(16) uint8_t vectors[3][16];
  uint64_t number;  // a count, a lane's number or a lane's value
};

struct Operation {
  const char* name;
  void (*run)(const Operands& in, uint8_t (&out)[16]);
};

struct Form {
  const Operation* operations;
  size_t count;
};

Form portable_form();
Form base_form();
Form v2_form();  // the base form where there is none

}  // namespace wembed::simd_test
