// Translation of calls, globals, tables, references and bulk memory operations.
#include "interp/translator.h"

namespace wembed {

namespace {

constexpr uint32_t kMetered = 1;  // from an operation to the one in metered code

}  // namespace

// --- calls ---------------------------------------------------------------------------------------

// Arguments stand in their homes; `first` is the first one's, or where it would be.
void Translator::arguments(const TypeDef* type, int32_t& first) {
  flush_top(type->param_count);
  stack_.cut(stack_.first_of(type->param_count));
  first = stack_.next_home();
}

// Results stand where the arguments were. A single one is in the accumulator of its kind too; a
// callee that may be the host's or another tier's leaves integers only.
void Translator::results(const TypeDef* type, bool any_callee) {
  barrier();
  push_results(type->results());
  if (type->result_count != 1 || emitter_.far() || stack_.size() == 0) return;
  const Operand& operand = stack_.top();
  if (operand.type == ValueClass::V128) return;
  RegisterFile file = file_of(operand.type);
  if (any_callee && file != RegisterFile::Int) return;
  accumulators_.set(file, {operand.home, kNoPosition, RegOp{}});
}

// Calls of anything: what they have in common stands behind them, and where the metered form is.
Encoding Translator::import_call(RegOp op, uint32_t function, const TypeDef* type) {
  int32_t first;
  arguments(type, first);
  return Encoding(code_.variant().metered ? op + kMetered : op)
      .imm(static_cast<uint32_t>(first))
      .wide(function)
      .halves(0, first + static_cast<int32_t>(type->most_slots));
}

Encoding Translator::indirect_call(RegOp op, const TypeDef* type, uint32_t table) {
  Operand index = pop_index(table);
  int32_t first;
  arguments(type, first);
  return Encoding(code_.variant().metered ? op + kMetered : op)
      .from(0, index.slot)
      .imm(static_cast<uint32_t>(first))
      .wide(reinterpret_cast<uint64_t>(type))
      .halves(static_cast<int32_t>(table), first + static_cast<int32_t>(type->most_slots));
}

Encoding Translator::ref_call(RegOp op, const TypeDef* type) {
  Operand reference = pop();
  materialise(reference);
  int32_t first;
  arguments(type, first);
  return Encoding(code_.variant().metered ? op + kMetered : op)
      .from(0, reference.slot)
      .imm(static_cast<uint32_t>(first))
      .wide(0)
      .halves(0, first + static_cast<int32_t>(type->most_slots));
}

// Nothing unless calls are timed. A function that calls another in its place has ended before.
void Translator::profile(RegOp op, uint32_t what) {
  if (code_.variant().profiled) plain(Encoding(op).imm(what));
}

void Translator::on_call(uint32_t function, const TypeDef* type) {
  uint32_t imported = walker_->module().imported_function_count();
  if (function < imported) {
    profile(RegOp::ProfileHost, function);
    plain(import_call(RegOp::CallImport, function, type));
  } else {
    int32_t first;
    arguments(type, first);
    plain(Encoding(RegOp::Call)
              .imm(static_cast<uint32_t>(first))
              .wide(reinterpret_cast<uint64_t>(siblings_ + (function - imported))));
  }
  emitter_.emit_word(RegOp::ReloadInstance);
  if (function < imported) profile(RegOp::ProfileLeave, 1);
  results(type, function < imported);
}

void Translator::on_call_indirect(const TypeDef* type, uint32_t table) {
  plain(indirect_call(RegOp::CallIndirect, type, table));
  emitter_.emit_word(RegOp::ReloadInstance);
  results(type, true);
}

void Translator::on_call_ref(const TypeDef* type) {
  plain(ref_call(RegOp::CallRef, type));
  emitter_.emit_word(RegOp::ReloadInstance);
  results(type, true);
}

// A call in place of this function. The host's function is called as any, and its results returned.
void Translator::tail(const Encoding& encoding, const TypeDef* type) {
  profile(RegOp::ProfileLeave, 0);
  plain(encoding);
  emitter_.append(static_cast<uint32_t>(local_slots_) | uint64_t{type->param_slots} << 32);
  if (encoding.op == RegOp::ReturnCall) return;
  barrier();
  push_results(type->results());
  emit_return();
}

void Translator::on_return_call(uint32_t function, const TypeDef* type) {
  uint32_t imported = walker_->module().imported_function_count();
  if (function < imported) return tail(import_call(RegOp::ReturnCallImport, function, type), type);
  int32_t first;
  arguments(type, first);
  tail(Encoding(RegOp::ReturnCall)
           .imm(static_cast<uint32_t>(first))
           .wide(reinterpret_cast<uint64_t>(siblings_ + (function - imported)))
           .wide(0),
       type);
}

void Translator::on_return_call_indirect(const TypeDef* type, uint32_t table) {
  tail(indirect_call(RegOp::ReturnCallIndirect, type, table), type);
}

void Translator::on_return_call_ref(const TypeDef* type) {
  tail(ref_call(RegOp::ReturnCallRef, type), type);
}

// --- globals, tables, references
// -------------------------------------------------------------------

void Translator::on_global_get(uint32_t index) {
  bool imported = index < walker_->module().imported_global_count();
  ValueClass type = class_of(walker_->module().globals()[index].type.type);
  if (is_built(Feature::Simd) && type == ValueClass::V128)
    return vector_global_get(index, imported);
  Encoding encoding(imported ? RegOp::GlobalGetFar : RegOp::GlobalGet);
  produce_plain(encoding.imm(index), type);
}

void Translator::on_global_set(uint32_t index) {
  Operand value = pop();
  materialise(value);
  bool imported = index < walker_->module().imported_global_count();
  if (is_built(Feature::Simd) && value.type == ValueClass::V128) {
    return vector_global_set(index, imported, value);
  }
  plain(Encoding(imported ? RegOp::GlobalSetFar : RegOp::GlobalSet).from(0, value.slot).imm(index));
}

bool Translator::table_is_64(uint32_t table) const {
  return walker_->module().tables()[table].type.limits.is_64;
}

// An element's number in a slot, in 32 bits.
Operand Translator::pop_index(uint32_t table) {
  Operand index = pop();
  materialise(index);
  if (!table_is_64(table)) return index;
  Encoding encoding(RegOp::ClampIndex);
  produce_plain(encoding.from(1, index.slot), ValueClass::I32);
  accumulators_.keep_stores();
  return pop();
}

void Translator::on_table_get(uint32_t table) {
  Operand index = pop_index(table);
  Encoding encoding(RegOp::TableGet);
  produce_plain(encoding.from(1, index.slot).imm(table), ValueClass::Ref);
}

void Translator::on_table_set(uint32_t table) {
  Operand value = pop();
  Operand index = pop_index(table);
  materialise(value);
  plain(Encoding(RegOp::TableSet).from(0, index.slot).from(1, value.slot).imm(table));
}

void Translator::on_table_size(uint32_t table) {
  Encoding encoding(RegOp::TableSize);
  produce_plain(encoding.imm(table), table_is_64(table) ? ValueClass::I64 : ValueClass::I32);
}

void Translator::on_memory_size(uint32_t memory) {
  Encoding encoding(RegOp::MemorySize);
  produce_plain(encoding.imm(memory), memory_is_64(memory) ? ValueClass::I64 : ValueClass::I32);
}

void Translator::on_ref_func(uint32_t function) {
  Encoding encoding(RegOp::RefFunc);
  produce_plain(encoding.imm(function), ValueClass::Ref);
  accumulators_.keep_stores();
}

// The reference stays; what made it has to have stored it.
void Translator::on_ref_as_non_null() {
  Operand reference = pop();
  materialise(reference);
  plain(Encoding(RegOp::TrapIfNull).from(0, reference.slot));
  accumulators_.keep_stores();
  push_back(reference);
}

void Translator::on_memory_grow(uint32_t memory) {
  Operand delta = pop();
  materialise(delta);
  Encoding encoding(RegOp::MemoryGrow);
  encoding.to(delta.home).from(1, delta.slot).imm(memory);
  const bool is_64 = memory_is_64(memory);
  plain(encoding.halves(is_64 ? 1 : 0, delta.end()));
  barrier();
  push_home(is_64 ? ValueClass::I64 : ValueClass::I32);
}

// An operation of the runtime on the topmost operands, in consecutive slots; its result, if any,
// replaces the first.
void Translator::operation(Encoding encoding, Shape shape) {
  flush_top(shape.operands);
  stack_.cut(stack_.first_of(shape.operands));
  int32_t first = stack_.next_home();
  // In far functions the operands go through the reserved slots, which are neighbours too.
  bool moved = emitter_.far() && shape.operands > 0;
  for (uint32_t i = 0; moved && i < shape.operands; i++) {
    plain(Encoding(RegOp::CopyFar)
              .halves(-kFarSlots + static_cast<int32_t>(i), first + static_cast<int32_t>(i)));
  }
  encoding.field[0] = shape.operands == 0 ? 0 : moved ? -kFarSlots : first;
  plain(encoding.flag(1, shape.wide));
  for (uint32_t i = 0; moved && i < shape.results; i++) {
    plain(Encoding(RegOp::CopyFar)
              .halves(first + static_cast<int32_t>(i), -kFarSlots + static_cast<int32_t>(i)));
  }
  barrier();
  for (uint32_t i = 0; i < shape.results; i++) {
    push_home(shape.wide != 0 ? ValueClass::I64 : ValueClass::I32);
  }
}

namespace {

// Operands of two memories or tables, in the order destination, source, count: the count is an
// address that both have.
int32_t wide_copy(bool to_64, bool from_64) {
  return (to_64 ? 1 : 0) | (from_64 ? 2 : 0) | (to_64 && from_64 ? 4 : 0);
}

Encoding pair_of(RegOp op, uint32_t first, uint32_t second) {
  return Encoding(op).imm(0).halves(static_cast<int32_t>(first), static_cast<int32_t>(second));
}

}  // namespace

void Translator::on_wide(Opcode opcode) {
  static_assert(kFarSlots >= 4);
  const uint32_t row = static_cast<uint32_t>(opcode) - static_cast<uint32_t>(Opcode::I64Add128);
  const uint32_t operands = opcode <= Opcode::I64Sub128 ? 4 : 2;
  operation(Encoding(RegOp::I64Add128 + row), {operands, 1, 2});
}

void Translator::on_table_grow(uint32_t table) {
  operation(Encoding(RegOp::TableGrow).imm(table), {2, table_is_64(table) ? 2 : 0, 1});
}
void Translator::on_table_fill(uint32_t table) {
  operation(Encoding(RegOp::TableFill).imm(table), {3, table_is_64(table) ? 1 | 4 : 0});
}
void Translator::on_table_copy(uint32_t destination, uint32_t source) {
  operation(pair_of(RegOp::TableCopy, destination, source),
            {3, wide_copy(table_is_64(destination), table_is_64(source))});
}
void Translator::on_table_init(uint32_t segment, uint32_t table) {
  operation(pair_of(RegOp::TableInit, segment, table), {3, table_is_64(table) ? 1 : 0});
}
void Translator::on_elem_drop(uint32_t segment) {
  operation(Encoding(RegOp::ElemDrop).imm(segment), {0});
}
void Translator::on_memory_fill(uint32_t memory) {
  operation(Encoding(RegOp::MemoryFill).imm(memory), {3, memory_is_64(memory) ? 1 | 4 : 0});
}
void Translator::on_memory_copy(uint32_t destination, uint32_t source) {
  operation(pair_of(RegOp::MemoryCopy, destination, source),
            {3, wide_copy(memory_is_64(destination), memory_is_64(source))});
}
void Translator::on_memory_init(uint32_t segment, uint32_t memory) {
  operation(pair_of(RegOp::MemoryInit, segment, memory), {3, memory_is_64(memory) ? 1 : 0});
}
void Translator::on_data_drop(uint32_t segment) {
  operation(Encoding(RegOp::DataDrop).imm(segment), {0});
}

}  // namespace wembed
