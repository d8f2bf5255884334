// Translates one function body to register operations, in one pass over the walker's hooks.
//
// Operands are descriptions until somebody needs their value (operand_stack.h). Where control
// joins, all operands are in their homes. The translator decides which operation is emitted;
// what it has to know for that is kept by parts with rules of their own: what accumulators hold
// (accumulators.h), which operations can still be taken back and merged into the next one
// (peephole.h, fuse.cpp), and where jumps lead (labels.h).
#pragma once

#include <cstdint>

#include "interp/accumulators.h"
#include "interp/emitter.h"
#include "interp/labels.h"
#include "interp/op_table.h"
#include "interp/operand_stack.h"
#include "interp/peephole.h"
#include "interp/recording.h"
#include "module/function_walker.h"
#include "runtime/code.h"

namespace wembed {

class Translator : public NullSink {
 public:
  static constexpr bool kActive = true;
  using Walker = FunctionWalker<Translator>;

  Translator(const Code& code, Code* siblings, const Recording& recording, Allocator& allocator);

  void restart(bool far);
  // Asked after each instruction.
  [[nodiscard]] Error error() const { return out_of_memory_ ? Error::OutOfMemory : Error::None; }
  // After the walk: what the frame needs, the word before the ops.
  uint64_t finish();
  void tell_extent(RootMapBuilder& roots) const;
  Emitter& emitter() { return emitter_; }
  HandlerTableBuilder& handlers() { return handlers_; }

  // Hooks of the walker; see NullSink.
  void on_instruction() {
    charged_++;
    if (recording_.roots != nullptr) [[unlikely]]
      note_roots();
  }
  void on_fuel_block();
  void on_start(const Walker& walker);
  void on_unreachable();
  void on_block(Control& control);
  void on_loop(Control& control);
  void on_if(Control& control);
  void on_else(Control& control);
  void on_end(Control& control);
  void on_try_table(Control& control, std::span<const CatchClause> clauses);
  void on_throw(uint32_t tag, const TypeDef* type);
  void on_throw_ref();
  void on_try(Control& control);
  void on_catch(Control& control, uint32_t tag, const TypeDef* type);
  void on_delegate(Control& control, uint32_t depth);
  void on_rethrow(uint32_t depth);
  void on_br(uint32_t depth);
  void on_br_if(uint32_t depth);
  void on_br_on_null(uint32_t depth);
  void on_br_on_non_null(uint32_t depth);
  void on_br_table(std::span<const uint32_t> depths);
  void on_return();
  void on_call(uint32_t function, const TypeDef* type);
  void on_call_indirect(const TypeDef* type, uint32_t table);
  void on_call_ref(const TypeDef* type);
  void on_return_call(uint32_t function, const TypeDef* type);
  void on_return_call_indirect(const TypeDef* type, uint32_t table);
  void on_return_call_ref(const TypeDef* type);
  void on_drop(ValType type);
  void on_select(ValType type);
  void on_local_get(uint32_t index);
  void on_local_set(uint32_t index);
  void on_local_tee(uint32_t index);
  void on_global_get(uint32_t index);
  void on_global_set(uint32_t index);
  void on_table_get(uint32_t table);
  void on_table_set(uint32_t table);
  void on_load(Opcode opcode, const MemArg& argument);
  void on_store(Opcode opcode, const MemArg& argument);
  void on_memory_size(uint32_t memory);
  void on_memory_grow(uint32_t memory);
  void on_memory_init(uint32_t segment, uint32_t memory);
  void on_data_drop(uint32_t segment);
  void on_memory_copy(uint32_t destination, uint32_t source);
  void on_memory_fill(uint32_t memory);
  void on_table_init(uint32_t segment, uint32_t table);
  void on_elem_drop(uint32_t segment);
  void on_table_copy(uint32_t destination, uint32_t source);
  void on_table_grow(uint32_t table);
  void on_table_size(uint32_t table);
  void on_table_fill(uint32_t table);
  void on_const(ValType type, uint64_t bits);
  void on_vector(Opcode opcode, const VectorArg& arg);
  void on_wide(Opcode opcode);
  void on_unary(Opcode opcode);
  void on_binary(Opcode opcode);
  void on_atomic(Opcode opcode, const MemArg& argument);
  void on_atomic_fence();
  void on_ref_null(ValType type);
  void on_ref_is_null();
  void on_ref_func(uint32_t function);
  void on_ref_as_non_null();

 private:
  // Where a load or store goes.
  struct Address {
    LoadVariant variant = kLoadS;
    Operand base, index;
    uint64_t constant = 0;  // K: the address; D, E: what is added
  };

  // values.cpp: how values get to where they must be
  Operand push_home(ValueClass type);
  Operand pop() { return stack_.pop(); }
  void push_back(const Operand& operand);
  void push_local(const Operand& operand, int32_t slot);
  void materialise(Operand& operand);
  void copy_to(const Operand& operand, int32_t slot);
  void copy_slot(int32_t to, int32_t from);
  void settle(const Operand& operand, int32_t slot);
  void flush(size_t position);
  void flush_top(size_t count);
  void flush_locals();
  void flush_unread_of(int32_t slot);
  bool save_references(int32_t slot, const Operand& value);
  void set_local(uint32_t index, bool tee);
  [[nodiscard]] int32_t local_slot(uint32_t index) const;

  // Emission: `plain` remembers nothing; `produce` makes the value of a fresh operand.
  enum class Twin : bool { No, Yes };  // whether the operation has a form without the store
  uint32_t plain(const Encoding& encoding);
  void profile(RegOp op, uint32_t what);
  void produce(Encoding& encoding, ValueClass type, Remembered& remembered, Twin twin);
  void produce_plain(Encoding& encoding, ValueClass type) {
    Remembered nothing;
    produce(encoding, type, nothing, Twin::No);
  }
  void note(uint32_t position);
  void note_roots();
  void overwritten(ValueClass type, int32_t slot);
  void barrier();

  // numeric.cpp
  void binary(Opcode opcode, Operand a, Operand b);
  void compare(Opcode opcode, Operand a, Operand b);
  void value_operation(RegOp base, bool commutative, Operand a, Operand b, ValueClass type,
                       ValueClass result, Remembered& remembered);
  void encode_immediate(Encoding& encoding, ValueClass type, uint64_t bits);

  // fuse.cpp
  Remembered take_back();
  void start_remembering(Remembered& remembered, Family family, Opcode opcode, const Operand& a,
                         const Operand& b);
  bool fuse_shifted_add(const Operand& a, const Operand& b);
  bool fuse_product(Opcode opcode, const Operand& product, const Operand& other);
  bool fuse_choice(const Operand& condition, const Operand& a, const Operand& b);
  bool fuse_post_add(int32_t slot, const Operand& value);
  bool fuse_copy_add(int32_t slot, const Operand& value);
  void post_add(int32_t old, int32_t slot, uint32_t step);
  void add_writer(Label& label);
  bool redirect_writers(int32_t slot, const Operand& value);
  bool take_scaled(Address& address, uint32_t scale);
  Address address_of(const Operand& operand, uint32_t scale, uint64_t offset);
  void take_address(Encoding& encoding, const Address& address, uint64_t offset, int first_field);
  bool step_and_branch(const Condition& condition, Opcode opcode, uint32_t& ref);

  // control.cpp
  Condition take_condition(const Operand& operand);
  uint32_t branch(const Condition& condition, bool when_true);
  void branch_if(const Condition& condition, uint32_t depth);
  Condition null_test(Operand& reference, Opcode opcode);
  uint32_t branch_on_zero(const Operand& a, bool when_zero);
  void note_test();
  void jump(Label& label);
  void push_label(const Control& control, uint32_t parameters);
  void push_results(std::span<const ValType> types);
  void branch_values(const Control& target, int32_t home);
  void emit_return();
  void trampoline(Label& label, const Control& target, bool returns, int32_t from);

  // exceptions.cpp
  uint32_t open_region(const Control& control);
  void close_region();
  void add_handler(uint32_t region, const CatchClause& clause);
  void bind_handlers(const Label& label);
  void end_function(const Control& control, const Label& label);
  // atomics.cpp
  void atomic_access(Opcode opcode, uint64_t offset);

  // calls.cpp
  void arguments(const TypeDef* type, int32_t& first);
  void results(const TypeDef* type, bool any_callee);
  void tail(const Encoding& encoding, const TypeDef* type);
  Encoding import_call(RegOp op, uint32_t function, const TypeDef* type);
  Encoding indirect_call(RegOp op, const TypeDef* type, uint32_t table);
  Encoding ref_call(RegOp op, const TypeDef* type);
  void operation(Encoding encoding, Shape shape);
  [[nodiscard]] bool memory_is_64(uint32_t memory) const {
    return walker_->module().memories()[memory].limits.is_64;
  }
  [[nodiscard]] bool table_is_64(uint32_t table) const;
  Operand pop_index(uint32_t table);

  // far.cpp: memories that handlers do not know
  [[nodiscard]] bool is_far(uint32_t memory) const;
  Encoding far_access(RegOp op, const MemArg& argument, int field, const Operand& address) const;
  void far_load(RegOp op, const MemArg& argument, ValueClass type);
  void far_store(RegOp op, const MemArg& argument);

  const Code& code_;
  Code* siblings_;  // all code of the module's variant
  Recording recording_;
  bool out_of_memory_ = false;  // of all parts
  Emitter emitter_;
  OperandStack stack_;
  Accumulators accumulators_;
  Peephole peephole_;
  Labels labels_;
  HandlerTableBuilder handlers_;
  const Walker* walker_ = nullptr;
  int32_t local_slots_ = 0;
  uint32_t charge_ = kNoPosition;  // Charge of the current block, metered code
  uint32_t charged_ = 0;
  bool stepped_ = false;  // the last branch is a step as well: more than a test
#include "interp/translator_objects.inc"
#include "interp/translator_vectors.inc"
};

}  // namespace wembed
