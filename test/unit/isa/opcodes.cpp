// The opcode table against itself.
#include <iterator>
#include <set>
#include <string_view>

#include "check.h"
#include "isa/opcode.h"

using namespace wembed;

namespace {
struct Row {
  Opcode opcode;
  uint32_t prefix;
  uint32_t code;
  std::string_view text;
};
constexpr Row kRows[] = {
#define OP(name, prefix, code, text, immediates, signature, feature) \
  {Opcode::name, prefix, code, text},
#include "isa/wasm_ops.def"
#undef OP
};
}  // namespace

TEST_CASE(every_row_is_found_by_its_code) {
  std::set<uint32_t> values;
  for (const Row& row : kRows) {
    const OpcodeInfo& info = opcode_info(row.opcode);
    CHECK_EQ(std::string_view(opcode_text(row.opcode)), row.text);
    CHECK_EQ(info.prefix, row.prefix);
    CHECK_EQ(info.code, row.code);
    CHECK_EQ(opcode_value(row.prefix, row.code), static_cast<uint32_t>(row.opcode));
    values.insert(static_cast<uint32_t>(row.opcode));
  }
  CHECK_EQ(values.size(), std::size(kRows));
  size_t found = 0;
  for (uint32_t value = 0; value < kOpcodeSpace + 10; value++) {
    found += opcode_info(value) != nullptr;
  }
  CHECK_EQ(found, std::size(kRows));
}

TEST_CASE(opcode_signatures_and_alignments) {
  CHECK_EQ(opcode_info(Opcode::I64Store32).signature.operands[1], 'L');
  CHECK_EQ(opcode_info(Opcode::F32DemoteF64).signature.result, 'F');
  CHECK(opcode_info(Opcode::Call).signature.special);
  CHECK_EQ(natural_alignment(Opcode::I64Load32U), 2);
  CHECK_EQ(natural_alignment(Opcode::F64Store), 3);
  CHECK_EQ(natural_alignment(Opcode::I32Load8S), 0);
  CHECK_EQ(natural_alignment(Opcode::V128Load8x8S), 3);
  CHECK_EQ(natural_alignment(Opcode::I64AtomicRmw16AddU), 1);
  CHECK(kOpShapes[0x6a].kind == ShapeKind::Binary);
  CHECK(kOpShapes[0x45].kind == ShapeKind::Unary);
  CHECK(kOpShapes[0x36].kind == ShapeKind::Store);
  CHECK_EQ(kOpShapes[0x37].operand, 0x7e);
  CHECK(kOpShapes[0x41].kind == ShapeKind::Other);
  CHECK(kOpShapes[0xd1].kind == ShapeKind::Other);
}
