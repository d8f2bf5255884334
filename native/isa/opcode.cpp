#include "isa/opcode.h"

#include <array>

#include "isa/opcode_ranges.h"

namespace wembed {

namespace {

constexpr OpcodeInfo kInfos[] = {
#define OP(name, prefix, code, text, immediates, signature, feature) \
  {prefix, code, Immediates::immediates, Feature::feature, parse_signature(#signature)},
#include "isa/wasm_ops.def"
#undef OP
};
constexpr uint16_t kCount = sizeof kInfos / sizeof kInfos[0];

constexpr const char* kTexts[] = {
#define OP(name, prefix, code, text, immediates, signature, feature) text,
#include "isa/wasm_ops.def"
#undef OP
};

// Opcode value -> row + 1; 0: no such opcode.
constexpr auto kRows = [] {
  std::array<uint16_t, kOpcodeSpace> rows{};
  for (uint16_t row = 0; row < kCount; row++) {
    rows[opcode_value(kInfos[row].prefix, kInfos[row].code)] = row + 1;
  }
  return rows;
}();

// Reads the accessed width out of the opcode's text: its last number before "_", ".", or the end
// ("i64.load32_u" 32, "v128.load8_splat" 8), else the width of the type in front of the dot.
constexpr uint8_t alignment_of(std::string_view text) {
  size_t dot = text.rfind('.');
  std::string_view action = text.substr(dot + 1);
  uint32_t bits = 0;
  size_t i = 0;
  while (i < action.size() && (action[i] < '0' || action[i] > '9')) i++;
  for (; i < action.size() && action[i] >= '0' && action[i] <= '9'; i++) {
    bits = bits * 10 + static_cast<uint32_t>(action[i] - '0');
  }
  uint32_t lanes = 1;
  if (i < action.size() && action[i] == 'x') lanes = static_cast<uint32_t>(action[i + 1] - '0');
  return static_cast<uint8_t>(bits * lanes);
}

constexpr uint8_t log2_bytes(uint32_t bits) {
  uint8_t log = 0;
  while ((8u << log) < bits) log++;
  return log;
}

constexpr uint8_t alignment(uint16_t row) {
  const OpcodeInfo& info = kInfos[row];
  if (info.immediates == Immediates::Lane) {
    // "i16x8.extract_lane_s"
    char digit = kTexts[row][1];
    return digit == '8' ? 0 : digit == '1' ? 1 : digit == '3' ? 2 : 3;
  }
  if (info.immediates != Immediates::MemArg && info.immediates != Immediates::MemArgLane) return 0;
  std::string_view text = kTexts[row];
  if (text == "memory.atomic.notify") return 2;
  uint32_t bits = alignment_of(text);
  if (text.find(".rmw") != std::string_view::npos) {
    // The width stands between "rmw" and the operation: "i64.atomic.rmw16.add_u".
    std::string_view width = text.substr(text.find(".rmw") + 4);
    bits = width[0] == '8'              ? 8
           : width.substr(0, 2) == "16" ? 16
           : width.substr(0, 2) == "32" ? 32
                                        : 0;
  }
  if (bits == 0) bits = text[0] == 'v' ? 128 : text[1] == '6' ? 64 : 32;
  return log2_bytes(bits);
}

constexpr auto kAlignments = [] {
  std::array<uint8_t, kCount> alignments{};
  for (uint16_t row = 0; row < kCount; row++) alignments[row] = alignment(row);
  return alignments;
}();

constexpr OpShape shape(uint16_t row) {
  OpShape shape;
  const OpcodeInfo& info = kInfos[row];
  const Signature& signature = info.signature;
  auto bits = [](char letter) { return static_cast<uint8_t>(letter_type(letter).bits()); };
  if (signature.special || info.feature != Feature::None || signature.count == 0) return shape;
  shape.result = signature.result == 0 ? 0 : bits(signature.result);
  if (info.immediates == Immediates::MemArg) {
    shape.kind = signature.count == 1 ? ShapeKind::Load : ShapeKind::Store;
    shape.operand = signature.count == 1 ? 0 : bits(signature.operands[1]);
    shape.align = alignment(row);
  } else if (info.immediates == Immediates::None) {
    shape.kind = signature.count == 1 ? ShapeKind::Unary : ShapeKind::Binary;
    shape.operand = bits(signature.operands[0]);
  }
  return shape;
}

}  // namespace

#define SHAPE(code) (kRows[code] == 0 ? OpShape{} : shape(kRows[code] - 1))
#define SHAPES4(code) SHAPE(code), SHAPE((code) + 1), SHAPE((code) + 2), SHAPE((code) + 3)
#define SHAPES16(code) SHAPES4(code), SHAPES4((code) + 4), SHAPES4((code) + 8), SHAPES4((code) + 12)
#define SHAPES64(code) \
  SHAPES16(code), SHAPES16((code) + 16), SHAPES16((code) + 32), SHAPES16((code) + 48)
constexpr OpShape kOpShapes[256] = {SHAPES64(0), SHAPES64(64), SHAPES64(128), SHAPES64(192)};
#undef SHAPES64
#undef SHAPES16
#undef SHAPES4
#undef SHAPE

namespace {

constexpr bool ranges_agree() {
  for (uint32_t code = 0; code < 256; code++) {
    ShapeKind kind = kOpShapes[code].kind;
    bool agrees = false;
    switch (code) {
      case WEMBED_ACCESS_CODES: agrees = kind == ShapeKind::Load || kind == ShapeKind::Store; break;
      case WEMBED_UNARY_CODES: agrees = kind == ShapeKind::Unary; break;
      case WEMBED_BINARY_CODES: agrees = kind == ShapeKind::Binary; break;
      default: agrees = kind == ShapeKind::Other; break;
    }
    if (!agrees) return false;
  }
  return true;
}
static_assert(ranges_agree(), "opcode_ranges.h and wasm_ops.def");

}  // namespace

const OpcodeInfo* opcode_info(uint32_t value) {
  if (value >= kOpcodeSpace || kRows[value] == 0) return nullptr;
  return &kInfos[kRows[value] - 1];
}

const char* opcode_text(Opcode opcode) { return kTexts[kRows[static_cast<uint32_t>(opcode)] - 1]; }

uint8_t natural_alignment(Opcode opcode) {
  return kAlignments[kRows[static_cast<uint32_t>(opcode)] - 1];
}

}  // namespace wembed
