// The one-byte opcodes of which OpShape says all there is to check, in ranges, as labels of a
// switch: `case WEMBED_UNARY_CODES:`. A loop in opcode.cpp compares them with the table.
#pragma once

// clang-format off
#define WEMBED_ACCESS_CODES /* loads and stores */ \
  0x28 ... 0x3e
#define WEMBED_UNARY_CODES /* one operand, one result */ \
  0x45: case 0x50: case 0x67 ... 0x69: case 0x79 ... 0x7b: case 0x8b ... 0x91: \
  case 0x99 ... 0x9f: case 0xa7 ... 0xc4
#define WEMBED_BINARY_CODES /* two operands, one result */ \
  0x46 ... 0x4f: case 0x51 ... 0x66: case 0x6a ... 0x78: case 0x7c ... 0x8a: \
  case 0x92 ... 0x98: case 0xa0 ... 0xa6
// clang-format on
