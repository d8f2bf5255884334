#include "interp/op_table.h"

#include <array>

namespace wembed {

namespace {

constexpr std::array<OpEntry, kOpcodeSpace> make_table() {
  std::array<OpEntry, kOpcodeSpace> table{};
#define ROW(name, kind, first) \
  table[static_cast<size_t>(Opcode::name)] = {OpEntry::kind, RegOp::first, {}, {}};
#define BINARY_C(name, T, fn) ROW(name, Commutative, name##_SS)
#define BINARY(name, T, fn) ROW(name, Binary, name##_SS)
#define BINARY_TRAP(name, T, trap, fn) ROW(name, Binary, name##_SS)
#define FUSED_C(name, T, fn)
#define FUSED(name, T, fn)
#define COMPARE(name, T, fn) ROW(name, Compare, name##_SS)
#define COMPARE_F(name, T, fn) ROW(name, Compare, name##_SS)
#define UNARY(name, T, R, fn) ROW(name, Unary, name##_S)
#define UNARY_TRAP(name, T, R, trap, fn) ROW(name, Unary, name##_S)
#ifdef WEMBED_SMALL
#define LOAD(name, M, T, R) ROW(name, Access, name##_C_S)
#define STORE(name, M, T) ROW(name, Access, name##_C_SS)
#else
#define LOAD(name, M, T, R) ROW(name, Access, name##_G_S)
#define STORE(name, M, T) ROW(name, Access, name##_G_SS)
#endif
#define VECTOR_UNARY(name, fn) ROW(name, Vector, name)
#define VECTOR_BINARY(name, fn) ROW(name, VectorBinary, name)
#define VECTOR_BINARY_C(name, fn) ROW(name, VectorCommutative, name)
#define VECTOR_TERNARY(name, fn) ROW(name, Vector, name)
#define VECTOR_TEST(name, fn) ROW(name, Vector, name)
#define VECTOR_SPLAT(name, T) ROW(name, Vector, name)
#define VECTOR_EXTRACT(name, T, R) ROW(name, Vector, name)
#define VECTOR_REPLACE(name, T) ROW(name, Vector, name)
#define VECTOR_SHIFT(name, fn) ROW(name, Vector, name##_S)
#define VECTOR_LOAD(name, M, fn) ROW(name, Vector, name##_G)
#define VECTOR_STORE(name, M) ROW(name, Vector, name##_G)
#define VECTOR_LOAD_LANE(name, T) ROW(name, Vector, name##_G)
#define VECTOR_STORE_LANE(name, T) ROW(name, Vector, name##_G)
#define PLAIN_OPS_ELSEWHERE
#define PLAIN_VECTOR_OPS_ELSEWHERE
#define OP(name)
#include "interp/reg_ops.def"
#undef ROW
  // These store the low bits of a slot: the same work whatever the value's type.
  auto same = [&](Opcode opcode, Opcode as) {
    table[static_cast<size_t>(opcode)] = table[static_cast<size_t>(as)];
  };
  same(Opcode::I64Store8, Opcode::I32Store8);
  same(Opcode::I64Store16, Opcode::I32Store16);
  same(Opcode::I64Store32, Opcode::I32Store);
#define RELAXED(relaxed, strict) same(Opcode::relaxed, Opcode::strict);
#include "isa/relaxed_ops.def"
#undef RELAXED
#define OP(name, prefix, code, text, immediates, signature, feature)                               \
  {                                                                                                \
    constexpr Signature s = parse_signature(#signature);                                           \
    OpEntry& entry = table[static_cast<size_t>(Opcode::name)];                                     \
    if (!s.special && s.count > 0) entry.operand = class_of(letter_type(s.operands[s.count - 1])); \
    if (!s.special) entry.result = class_of(letter_type(s.result));                                \
  }
#include "isa/wasm_ops.def"
#undef OP
  return table;
}

constexpr auto kTable = make_table();

// Comparisons are numbered eq ne lt gt le ge in the binary format, integers lt_s lt_u gt_s ...
constexpr uint8_t kMirroredInt[] = {0, 1, 4, 5, 2, 3, 8, 9, 6, 7};
constexpr uint8_t kOppositeInt[] = {1, 0, 8, 9, 6, 7, 4, 5, 2, 3};
constexpr uint8_t kMirroredFloat[] = {0, 1, 3, 2, 5, 4};

Opcode moved(Opcode opcode, Opcode first, const uint8_t* order) {
  uint32_t base = static_cast<uint32_t>(first);
  return static_cast<Opcode>(base + order[static_cast<uint32_t>(opcode) - base]);
}

}  // namespace

const OpEntry& op_entry(Opcode opcode) { return kTable[static_cast<size_t>(opcode)]; }

Opcode mirrored(Opcode comparison) {
  if (comparison >= Opcode::F64Eq) return moved(comparison, Opcode::F64Eq, kMirroredFloat);
  if (comparison >= Opcode::F32Eq) return moved(comparison, Opcode::F32Eq, kMirroredFloat);
  if (comparison >= Opcode::I64Eq) return moved(comparison, Opcode::I64Eq, kMirroredInt);
  return moved(comparison, Opcode::I32Eq, kMirroredInt);
}

bool opposite(Opcode comparison, Opcode& result) {
  if (comparison >= Opcode::F32Eq) return false;
  Opcode first = comparison >= Opcode::I64Eq ? Opcode::I64Eq : Opcode::I32Eq;
  result = moved(comparison, first, kOppositeInt);
  return true;
}

}  // namespace wembed
