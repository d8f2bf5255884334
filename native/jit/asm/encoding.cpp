#include "jit/asm/encoding.h"

namespace wembed::jit {

namespace {

constexpr EncodingRow kRows[] = {
#define X64(name, text, prefix, map, opcode, digit, wide, reg, rm, immediate, order) \
  {text, prefix, map, opcode, digit, WideBit::wide, Field::reg, Field::rm, immediate, Order::order},
#include "jit/asm/x64_encodings.def"
};

constexpr const char* kConditions[] = {"o", "no", "b", "ae", "e", "ne", "be", "a",
                                       "s", "ns", "p", "np", "l", "ge", "le", "g"};

}  // namespace

const EncodingRow& row_of(Encoding encoding) { return kRows[static_cast<uint8_t>(encoding)]; }

const char* condition_text(Condition condition) {
  return kConditions[static_cast<uint8_t>(condition)];
}

}  // namespace wembed::jit
