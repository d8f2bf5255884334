// What stands behind a % in a format, and values written that way.
#pragma once

#include <cstdint>

#include "libc/output.h"

namespace wembed::libc {

enum class Length : uint8_t { Char, Short, Word, Wide };

struct Conversion {
  bool is_left = false;       // -
  bool has_plus = false;      // +
  bool has_space = false;     // space
  bool is_alternate = false;  // #
  bool has_zeros = false;     // 0
  bool has_precision = false;
  uint32_t width = 0;
  uint32_t precision = 0;
  Length length = Length::Word;
  char letter = 0;  // of the C library's, 0 at the end of the format
};

// d i o u x X of a value with its sign apart.
void write_integer(Output& out, const Conversion& conversion, uint64_t magnitude, bool is_negative);

// e E f F g G a A.
void write_double(Output& out, const Conversion& conversion, double value);

// c s p: text with padding.
void write_text(Output& out, const Conversion& conversion, const char* text, uint64_t length);

}  // namespace wembed::libc
