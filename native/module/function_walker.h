// The one decoder and validator of function bodies. A sink sees each decoded, checked instruction.
//
// The walker believes nothing about the bytes: each byte is read once for a decision, decisions are
// checked before the sink hears of them, and nothing outside the module's bytes is read. Bytes that
// change meanwhile give an error or other valid code, never a broken promise to the sink.
#pragma once

#include <algorithm>
#include <cstdarg>
#include <cstdint>
#include <cstring>
#include <span>

#include "base/error.h"
#include "base/result.h"
#include "isa/limits.h"
#include "isa/opcode.h"
#include "isa/types.h"
#include "module/foreign_format.h"
#include "module/fuel.h"
#include "module/module.h"
#include "module/type_reader.h"
#include "module/type_registry.h"
#include "module/walk_scratch.h"
#include "module/walk_sink.h"

namespace wembed {

template <class Sink> class FunctionWalker {
 public:
  // `function` is a defined function of `module`. All are borrowed for the walker's life.
  FunctionWalker(const Module& module, uint32_t function, Diagnostic& diagnostic,
                 WalkScratch& scratch, Sink& sink);

  // Walks the body to its last `end`. A failure's diagnostic has the offset of the instruction.
  Error walk();

  // For the sink's hooks. Operand positions count from the bottom of the function's stack.
  [[nodiscard]] const Module& module() const { return module_; }
  [[nodiscard]] uint32_t function_index() const { return function_; }
  [[nodiscard]] const TypeDef* type() const { return type_; }
  [[nodiscard]] uint32_t height() const {
    return static_cast<uint32_t>(top_ - bottom()) - control_count();
  }
  // Value slots below the top of the operand stack: a v128 takes two. Active sinks only.
  [[nodiscard]] uint32_t slot_height() const {
    return has_wide_values_ ? *slot_at(top_) : height();
  }
  // Type and first slot of the operand `k` places below the top one (0), of the innermost block's
  // own operands. Bottom: unknown, in unreachable code.
  [[nodiscard]] ValType operand_type(uint32_t k) const {
    return top_[-1 - int64_t{k}] == kFrameMark ? kBottom : top_[-1 - int64_t{k}];
  }
  [[nodiscard]] uint32_t operand_slot(uint32_t k) const {
    return has_wide_values_ ? *slot_at(top_ - 1 - k) : height() - 1 - k;
  }
  // The control `depth` labels out (0: innermost).
  [[nodiscard]] const Control& control(uint32_t depth) const {
    return scratch_.controls[scratch_.controls.size() - 1 - depth];
  }
  [[nodiscard]] Control& control(uint32_t depth) {
    return scratch_.controls[scratch_.controls.size() - 1 - depth];
  }
  [[nodiscard]] uint32_t control_count() const {
    return static_cast<uint32_t>(scratch_.controls.size());
  }
  [[nodiscard]] bool reachable() const { return scratch_.controls.back().reachable; }
  // Byte offset in the module of the instruction being walked.
  [[nodiscard]] uint32_t offset() const {
    return body_.offset + static_cast<uint32_t>(op_ - code_);
  }
  // Locals, parameters first.
  [[nodiscard]] uint32_t local_count() const { return local_count_; }
  [[nodiscard]] ValType local_type(uint32_t index) const {
    return index < flat_locals_ ? scratch_.locals[index] : far_local_type(index);
  }
  // First value slot of a local; local_slot(local_count()) is the number of slots of all of them.
  [[nodiscard]] uint32_t local_slot(uint32_t index) const {
    return has_wide_locals_ ? scratch_.local_slots[index] : index;
  }

 private:
  friend class BodyValidator;

  Error prepare();
  Error read_locals();
  Error add_parameters();
  Error add_locals(uint32_t count, ValType type);
  [[nodiscard]] ValType far_local_type(uint32_t index) const;
  [[nodiscard]] bool is_initialised(uint32_t index) const {
    return !has_nondefaultable_ || index < type_->param_count ||
           scratch_.initialised_by[index] == scratch_.walk || local_type(index).is_defaultable();
  }
  Error finish_locals();
  Error step();
  Error step_prefixed(uint8_t prefix);
  Error step_later(Opcode opcode);
  Error walk_code();
  Error check_end();
  Error report(Error error);

  // Immediates. Reading may run past end_ by what one instruction can take; step() notices.
  Error read_u32(uint32_t& value);
  Error read_leb(uint32_t bits, bool is_signed, uint64_t& value);
  Error read_block_type(Control& control);
  Error read_slowly(bool heap_type, ValType& type);
  Error read_mem_arg(uint8_t natural, MemArg& arg);
  Error read_memory_index(uint32_t& index);
  Error read_table_index(uint32_t& index);

  // The operand stack. Each step begins with room for kStepRoom more entries.
  void push(ValType type);
  Error pop(ValType expected);
  Error pop_slowly(ValType expected);
  Error pop_any(ValType& type, const char* underflow);
  Error pop_all(std::span<const ValType> types);
  Error push_all(std::span<const ValType> types);
  Error make_room(size_t entries);
  void set_limit();
  Error underflow();
  Error expected_other(ValType expected);
  [[nodiscard]] ValType* floor();
  void cut();

  // Instructions.
  Error push_control(ControlKind kind, Control control);
  Error pop_control();
  Error block(ControlKind kind);
  Error else_arm();
  Error end();
  Error check_results(Control& control);
  void forget_locals(const Control& control);
  Error label(uint32_t& depth);
  void note_branch(Control& target);
  Error branch();
  Error branch_if();
  Error branch_table();
  Error branch_on_null();
  Error branch_on_non_null();
  Error return_();
  Error call();
  Error call_indirect();
  Error call_ref();
  Error return_call();
  Error return_call_indirect();
  Error return_call_ref();
  Error callee(uint32_t& index, const TypeDef*& type);
  Error indirect_callee(const TypeDef*& type, uint32_t& table);
  Error referred_callee(const TypeDef*& type);
  Error check_tail_call(const TypeDef* type);
  Error function_type_immediate(const TypeDef*& type);
  Error exception(Opcode opcode);
  Error read_tag(uint32_t& tag);
  Error read_catch(CatchClause& clause);
  Error try_table();
  Error throw_(Opcode opcode);
  Error catch_arm(bool all);
  Error delegate();
  Error select();
  Error select_typed();
  Error local(Opcode opcode);
  Error global(Opcode opcode);
  Error table_access(Opcode opcode);
  Error load_or_store(Opcode opcode, const OpShape& shape);
  Error memory_size_or_grow(Opcode opcode);
  Error constant(Opcode opcode);
  Error ref_null();
  Error ref_is_null();
  Error pop_reference(ValType& type);
  Error ref_as_non_null();
  Error ref_func();
  Error memory_init();
  Error data_drop();
  Error memory_copy();
  Error memory_fill();
  Error table_init();
  Error elem_drop();
  Error table_copy();
  Error table_grow();
  Error table_size();
  Error table_fill();
  Error vector(uint32_t code);
  Error atomic(uint32_t code);
  Error read_vector_arg(Opcode opcode, Immediates immediates, VectorArg& arg);
  Error note_vectors();
  Error wide_arithmetic(Opcode opcode, uint32_t code);
  Error object_instruction(uint32_t code);
  Error object_type(CompositeKind kind, const TypeDef*& type);
  Error pop_fields(const FieldType* fields, size_t stride, size_t count);
  Error check_read(const FieldType& field, bool with_extension);
  Error check_write(const FieldType& field);
  Error check_segment(const FieldType& elements, bool is_data, uint32_t segment);
  Error struct_new(Opcode opcode);
  Error struct_access(Opcode opcode);
  Error array_new(Opcode opcode);
  Error array_from_segment(Opcode opcode);
  Error array_access(Opcode opcode);
  Error array_fill();
  Error array_copy();
  Error cast(Opcode opcode);
  Error branch_on_cast(Opcode opcode);
  Error convert_reference(Opcode opcode);
  Error ref_eq();
  Error check_memory(uint32_t index);
  Error check_data_segment(uint32_t index);

  Error fail(Error error, const char* format, ...) __attribute__((format(printf, 3, 4)));
  Error out_of_memory() { return fail(Error::OutOfMemory, "%s", error_text(Error::OutOfMemory)); }
  Error unsupported(uint32_t prefix, uint32_t code);
  Error ran_off_the_end();

  [[nodiscard]] ValType memory_address(uint32_t index) const {
    return module_.memories()[index].limits.is_64 ? kI64 : kI32;
  }
  [[nodiscard]] ValType table_address(uint32_t index) const {
    return module_.tables()[index].type.limits.is_64 ? kI64 : kI32;
  }
  [[nodiscard]] const uint32_t* slot_at(const ValType* position) const {
    return scratch_.slots.data() + (position - bottom());
  }
  [[nodiscard]] ValType* bottom() const { return scratch_.operands.data() + kStackPad; }

  const Module& module_;
  const uint32_t function_;
  Diagnostic& diagnostic_;
  WalkScratch& scratch_;
  Sink& sink_;
  const TypeDef* type_ = nullptr;
  ByteRange body_;
  const uint8_t* code_ = nullptr;  // first byte of the body
  const uint8_t* end_ = nullptr;   // behind its last byte; kReadAhead more may be read
  const uint8_t* ip_ = nullptr;
  const uint8_t* op_ = nullptr;  // opcode of the current instruction
  ValType* top_ = nullptr;
  ValType* limit_ = nullptr;  // behind the last usable entry
  uint32_t local_count_ = 0;
  uint32_t flat_locals_ = 0;  // of them, those that stand in scratch_.locals
  bool has_nondefaultable_ = false;
  bool has_wide_locals_ = false;
  const bool has_wide_values_;  // operands of two slots are possible
};

}  // namespace wembed

#include "module/function_walker_parts.inc"
