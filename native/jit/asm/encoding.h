// The rows of x64_encodings.def, and what operations that have no row are called.
#pragma once

#include <cstdint>

namespace wembed::jit {

enum class Encoding : uint8_t {
#define X64(name, text, prefix, map, opcode, digit, wide, reg, rm, immediate, order) name,
#include "jit/asm/x64_encodings.def"
};

constexpr int kEncodings = 0
#define X64(name, text, prefix, map, opcode, digit, wide, reg, rm, immediate, order) +1
#include "jit/asm/x64_encodings.def"
    ;

enum class WideBit : uint8_t { Never, Open, Always };
enum class Order : uint8_t { To, From };
enum class Field : uint8_t {
  None,
  General,  // of the operation's width
  Byte,
  Word,
  Half,   // 32 bits
  Whole,  // 64 bits
  Float,
  Memory32,  // Float, or that many bits of memory
  Memory64,
  Memory128,
  Address,
};

struct EncodingRow {
  const char* text;
  uint8_t prefix;
  uint8_t map;
  uint8_t opcode;
  int8_t digit;
  WideBit wide;
  Field reg;
  Field rm;
  uint8_t immediate;  // bytes
  Order order;
};

const EncodingRow& row_of(Encoding encoding);

constexpr bool is_float(Field field) { return field >= Field::Float && field <= Field::Memory128; }

// As the processor numbers them. Behind ucomis unordered sets Below, Equal and Parity.
enum class Condition : uint8_t {
  Overflow,
  NotOverflow,
  Below,
  AboveEqual,
  Equal,
  NotEqual,
  BelowEqual,
  Above,
  Sign,
  NotSign,
  Parity,
  NotParity,
  Less,
  GreaterEqual,
  LessEqual,
  Greater,
};
constexpr Condition opposite(Condition condition) {
  return static_cast<Condition>(static_cast<uint8_t>(condition) ^ 1);
}
const char* condition_text(Condition condition);

}  // namespace wembed::jit
