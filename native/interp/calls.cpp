// Translation of calls, globals, tables, references and bulk memory operations.
#include <algorithm>

#include "interp/translator.h"

namespace wembed {

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

void Translator::on_call(uint32_t function, const TypeDef* type) {
  int32_t first;
  arguments(type, first);
  uint32_t imported = walker_->module().imported_function_count();
  if (function >= imported) {
    plain(Encoding(RegOp::Call)
              .imm(static_cast<uint32_t>(first))
              .wide(reinterpret_cast<uint64_t>(siblings_ + (function - imported))));
    return results(type, false);
  }
  int32_t end = first + static_cast<int32_t>(std::max(type->param_slots, type->result_slots));
  plain(Encoding(code_.variant().metered ? RegOp::CallImportM : RegOp::CallImport)
            .imm(static_cast<uint32_t>(first))
            .wide(function)
            .halves(0, end));
  emitter_.emit_word(RegOp::ReloadInstance);
  results(type, true);
}

void Translator::on_call_indirect(const TypeDef* type, uint32_t table) {
  Operand index = pop();
  materialise(index);
  int32_t first;
  arguments(type, first);
  int32_t end = first + static_cast<int32_t>(std::max(type->param_slots, type->result_slots));
  plain(Encoding(code_.variant().metered ? RegOp::CallIndirectM : RegOp::CallIndirect)
            .from(0, index.slot)
            .imm(static_cast<uint32_t>(first))
            .wide(reinterpret_cast<uint64_t>(type))
            .halves(static_cast<int32_t>(table), end));
  emitter_.emit_word(RegOp::ReloadInstance);
  results(type, true);
}

void Translator::on_call_ref(const TypeDef* type) {
  Operand reference = pop();
  materialise(reference);
  int32_t first;
  arguments(type, first);
  int32_t end = first + static_cast<int32_t>(type->most_slots);
  plain(Encoding(code_.variant().metered ? RegOp::CallRefM : RegOp::CallRef)
            .from(0, reference.slot)
            .imm(static_cast<uint32_t>(first))
            .wide(0)
            .halves(0, end));
  emitter_.emit_word(RegOp::ReloadInstance);
  results(type, true);
}

// --- globals, tables, references
// -------------------------------------------------------------------

void Translator::on_global_get(uint32_t index) {
  bool imported = index < walker_->module().imported_global_count();
  ValueClass type = class_of(walker_->module().globals()[index].type.type);
  bool vector = type == ValueClass::V128;
  Encoding encoding(vector ? (imported ? RegOp::GlobalGetFar128 : RegOp::GlobalGet128)
                           : (imported ? RegOp::GlobalGetFar : RegOp::GlobalGet));
  produce_plain(encoding.imm(index), type);
}

void Translator::on_global_set(uint32_t index) {
  Operand value = pop();
  materialise(value);
  bool imported = index < walker_->module().imported_global_count();
  if (value.type == ValueClass::V128) {
    Encoding encoding(imported ? RegOp::GlobalSetFar128 : RegOp::GlobalSet128);
    plain(encoding.from_vector(0, value.slot).imm(index));
    return;
  }
  plain(Encoding(imported ? RegOp::GlobalSetFar : RegOp::GlobalSet).from(0, value.slot).imm(index));
}

void Translator::on_table_get(uint32_t table) {
  Operand index = pop();
  materialise(index);
  Encoding encoding(RegOp::TableGet);
  produce_plain(encoding.from(1, index.slot).imm(table), ValueClass::Ref);
}

void Translator::on_table_set(uint32_t table) {
  Operand value = pop();
  Operand index = pop();
  materialise(index);
  materialise(value);
  plain(Encoding(RegOp::TableSet).from(0, index.slot).from(1, value.slot).imm(table));
}

void Translator::on_table_size(uint32_t table) {
  Encoding encoding(RegOp::TableSize);
  produce_plain(encoding.imm(table), ValueClass::I32);
}

void Translator::on_memory_size(uint32_t memory) {
  Encoding encoding(RegOp::MemorySize);
  produce_plain(encoding.imm(memory), ValueClass::I32);
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
  encoding.to(delta.home).from(1, delta.slot).imm(memory).halves(0, delta.end());
  plain(encoding);
  barrier();
  push_home(ValueClass::I32);
}

// An operation of the runtime on the topmost operands, in consecutive slots; its result, if any,
// replaces the first. `low` and `high` are word 2, where there is one.
void Translator::operation(RegOp op, uint32_t operands, bool result, uint32_t i32, bool wide,
                           int32_t low, int32_t high) {
  flush_top(operands);
  stack_.cut(stack_.first_of(operands));
  int32_t first = stack_.next_home();
  Encoding encoding(op);
  encoding.imm(i32);
  if (wide) encoding.halves(low, high);
  // In far functions the operands go through the reserved slots, which are neighbours too.
  bool moved = emitter_.far() && operands > 0;
  for (uint32_t i = 0; moved && i < operands; i++) {
    plain(Encoding(RegOp::CopyFar)
              .halves(-kFarSlots + static_cast<int32_t>(i), first + static_cast<int32_t>(i)));
  }
  encoding.field[0] = operands == 0 ? 0 : moved ? -kFarSlots : first;
  plain(encoding);
  if (moved && result) plain(Encoding(RegOp::CopyFar).halves(first, -kFarSlots));
  barrier();
  if (result) push_home(ValueClass::I32);
}

void Translator::on_table_grow(uint32_t table) {
  operation(RegOp::TableGrow, 2, true, table, false, 0, 0);
}
void Translator::on_table_fill(uint32_t table) {
  operation(RegOp::TableFill, 3, false, table, false, 0, 0);
}
void Translator::on_table_copy(uint32_t destination, uint32_t source) {
  operation(RegOp::TableCopy, 3, false, 0, true, static_cast<int32_t>(destination),
            static_cast<int32_t>(source));
}
void Translator::on_table_init(uint32_t segment, uint32_t table) {
  operation(RegOp::TableInit, 3, false, 0, true, static_cast<int32_t>(segment),
            static_cast<int32_t>(table));
}
void Translator::on_elem_drop(uint32_t segment) {
  operation(RegOp::ElemDrop, 0, false, segment, false, 0, 0);
}
void Translator::on_memory_fill(uint32_t memory) {
  operation(RegOp::MemoryFill, 3, false, memory, false, 0, 0);
}
void Translator::on_memory_copy(uint32_t destination, uint32_t source) {
  operation(RegOp::MemoryCopy, 3, false, 0, true, static_cast<int32_t>(destination),
            static_cast<int32_t>(source));
}
void Translator::on_memory_init(uint32_t segment, uint32_t memory) {
  operation(RegOp::MemoryInit, 3, false, 0, true, static_cast<int32_t>(segment),
            static_cast<int32_t>(memory));
}
void Translator::on_data_drop(uint32_t segment) {
  operation(RegOp::DataDrop, 0, false, segment, false, 0, 0);
}

}  // namespace wembed
