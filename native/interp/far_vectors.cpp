// Translation of vectors' accesses to far memories: put together from those of numbers and the
// operations that other vectors have.
#include "interp/op_table.h"
#include "interp/translator.h"

namespace wembed {

namespace {

// A vector instruction that accesses memory: how the number is loaded or stored, and what is done
// with it besides.
struct FarVector {
  Opcode opcode;
  RegOp access;
  ValueClass number;
  RegOp then;
};

constexpr FarVector kFarVectors[] = {
#define ROW(opcode, access, number, then) \
  { Opcode::opcode, RegOp::access, ValueClass::number, RegOp::then }
    ROW(V128Load8x8S, FarLoad64, I64, I16x8ExtendLowI8x16S),
    ROW(V128Load8x8U, FarLoad64, I64, I16x8ExtendLowI8x16U),
    ROW(V128Load16x4S, FarLoad64, I64, I32x4ExtendLowI16x8S),
    ROW(V128Load16x4U, FarLoad64, I64, I32x4ExtendLowI16x8U),
    ROW(V128Load32x2S, FarLoad64, I64, I64x2ExtendLowI32x4S),
    ROW(V128Load32x2U, FarLoad64, I64, I64x2ExtendLowI32x4U),
    ROW(V128Load8Splat, FarLoad8, I32, I8x16Splat),
    ROW(V128Load16Splat, FarLoad16, I32, I16x8Splat),
    ROW(V128Load32Splat, FarLoad32, I32, I32x4Splat),
    ROW(V128Load64Splat, FarLoad64, I64, I64x2Splat),
    ROW(V128Load32Zero, FarLoad32, I32, Zero1),
    ROW(V128Load64Zero, FarLoad64, I64, Zero1),
    ROW(V128Load8Lane, FarLoad8, I32, I8x16ReplaceLane),
    ROW(V128Load16Lane, FarLoad16, I32, I16x8ReplaceLane),
    ROW(V128Load32Lane, FarLoad32, I32, I32x4ReplaceLane),
    ROW(V128Load64Lane, FarLoad64, I64, I64x2ReplaceLane),
    ROW(V128Store8Lane, FarStore8, I32, I8x16ExtractLaneU),
    ROW(V128Store16Lane, FarStore16, I32, I16x8ExtractLaneU),
    ROW(V128Store32Lane, FarStore32, I32, I32x4ExtractLane),
    ROW(V128Store64Lane, FarStore64, I64, I64x2ExtractLane),
#undef ROW
};

const FarVector& far_vector_of(Opcode opcode) {
  const FarVector* row = kFarVectors;
  while (row->opcode != opcode) row++;
  return *row;
}

}  // namespace

// A number that is loaded, and what makes a vector of it. It stands where the vector will begin,
// and operations read their operands before they write.
void Translator::far_vector_load(Opcode opcode, const MemArg& argument) {
  const FarVector& row = far_vector_of(opcode);
  far_load(row.access, argument, row.number);
  accumulators_.keep_stores();
  Operand number = pop();
  if (row.then == RegOp::Zero1) {
    plain(Encoding(RegOp::Zero1).to(number.home + 1));
    push_home(ValueClass::V128);
    return;
  }
  Encoding encoding(row.then);
  const bool splats = opcode >= Opcode::V128Load8Splat && opcode <= Opcode::V128Load64Splat;
  if (splats) {
    encoding.from(1, number.slot);
  } else {
    encoding.from_vector(1, number.slot);
  }
  produce_plain(encoding, ValueClass::V128);
}

void Translator::far_vector(Opcode opcode, const VectorArg& arg) {
  if (opcode == Opcode::V128Load) {
    return far_load(RegOp::FarLoad128, arg.memory, ValueClass::V128);
  }
  if (opcode == Opcode::V128Store) return far_store(RegOp::FarStore128, arg.memory);
  const OpcodeInfo& info = opcode_info(opcode);
  if (info.immediates != Immediates::MemArgLane) return far_vector_load(opcode, arg.memory);
  const FarVector& row = far_vector_of(opcode);
  Operand vector = pop();
  if (info.signature.result == 0) {
    Encoding encoding(row.then);
    produce_plain(encoding.from_vector(1, vector.slot).flag(2, arg.lane), row.number);
    return far_store(row.access, arg.memory);
  }
  far_load(row.access, arg.memory, row.number);
  accumulators_.keep_stores();
  Operand number = pop();
  Encoding encoding(row.then);
  encoding.from_vector(1, vector.slot).from(2, number.slot).flag(3, arg.lane);
  produce_plain(encoding, ValueClass::V128);
}

}  // namespace wembed
