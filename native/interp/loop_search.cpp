#include "interp/loop_search.h"

namespace wembed {

namespace {

ValType type_of(ValueClass value) {
  switch (value) {
    case ValueClass::I32: return kI32;
    case ValueClass::I64: return kI64;
    case ValueClass::F32: return kF32;
    case ValueClass::F64: return kF64;
    case ValueClass::V128: return kV128;
    case ValueClass::Ref: return kFuncRef;
  }
  return kI32;
}

}  // namespace

bool LoopSearch::begin_loop(uint32_t position, uint32_t offset, uint32_t local_slots,
                            const OperandStack& operands) {
  const bool is_wanted = position == position_;
  last_ = position;
  if (is_found_ && !is_wanted) return true;
  is_found_ = is_wanted;
  begin_ = position;
  behind_test_ = 0;
  entry_.offset = offset;
  entry_.local_slots = local_slots;
  entry_.operands.clear();
  for (size_t i = 0; i < operands.size(); i++) {
    const Operand& operand = operands[i];
    const uint64_t bits = operand.is_const() ? operand.bits : 0;
    const LoopEntry::Operand made{type_of(operand.type), operand.is_const(), bits};
    if (!entry_.operands.push_back(made)) return false;
  }
  return true;
}

void LoopSearch::end_test(uint32_t position) {
  if (is_found_ && last_ != begin_) return;
  behind_test_ = position;
  is_found_ = is_found_ || position == position_;
}

}  // namespace wembed
