// The state of emitting one function. Parts: frames and control (emitter.cpp), instructions with
// operands and moves (operands.cpp), what numbers need several instructions for (sequences.cpp),
// calls (calls.cpp).
#pragma once

#include "base/trap.h"
#include "jit/emit/emitter.h"
#include "runtime/vm_layout.h"

namespace wembed::jit {

class Emission {
 public:
  Emission(const EmitInput& input, Emitted& made, Allocator& allocator)
      : function_(input.function),
        allocation_(input.allocation),
        stubs_(input.stubs),
        local_slots_(static_cast<int32_t>(input.local_slots)),
        first_slot_(kLinkSlots + static_cast<int32_t>(input.operand_slots)),
        has_entry_(input.has_entry),
        guarded_(input.guarded),
        made_(made),
        code_(made.code),
        blocks_(allocator),
        ends_(allocator),
        order_(allocator),
        cold_(allocator),
        tables_(allocator),
        literals_(allocator) {}

  [[nodiscard]] bool run();

 private:
  static constexpr int32_t kSlotBytes = sizeof(Slot);

  // Behind the function: where it is entered, where it goes on, and what is done there.
  enum class ColdKind : uint8_t { Trap, TrapInRdx, Poll, Truncate, Callee, CallAny };
  struct Cold {
    ColdKind kind;
    wembed::Trap trap;
    Label label;
    Label back;
    const Instruction* instruction;
  };
  struct BranchTable {
    Label label;
    const Instruction* instruction;
  };
  struct Literal {
    Label label;
    uint64_t bits;
  };

  // --- frames and control (emitter.cpp) ----------------------------------------------------------
  void thunk();
  void entry();
  void begin_frame();
  void epilogue();
  void tail();
  [[nodiscard]] bool find_ends();
  void block(BlockIndex index, BlockIndex next);
  void instruction(const Instruction& in, BlockIndex next);
  void pseudo(const Instruction& in, BlockIndex next);
  void jump(BlockIndex to, BlockIndex next);
  void branch(const Instruction& in, BlockIndex next);
  void branch_float(const Instruction& in, BlockIndex next);
  void branch_table(const Instruction& in);
  void cold(const Cold& part);
  void cold_trap(wembed::Trap trap);
  [[nodiscard]] Label trap_label(wembed::Trap trap, const Instruction& in);
  Cold& add_cold(ColdKind kind, const Instruction& in);
  void note_source(const Instruction& in);
  [[nodiscard]] Label label_of(BlockIndex block) const { return blocks_[ends_[block]]; }
  [[nodiscard]] int32_t outgoing(int32_t displacement) const {
    return static_cast<int32_t>(made_.outgoing) * kSlotBytes + displacement;
  }

  // --- instructions with operands, moves (operands.cpp) ------------------------------------------
  void encoded(const Instruction& in);
  void move(const Move& move);
  [[nodiscard]] uint32_t first_move(uint32_t instruction) const;
  void moves_before(uint32_t instruction);
  [[nodiscard]] Location location(const Instruction& in, uint32_t operand) const {
    return allocation_.operands[in.first_operand + operand];
  }
  [[nodiscard]] MachineRegister reg(const Instruction& in, uint32_t operand) const {
    return location(in, operand).reg();
  }
  [[nodiscard]] Place place_of(Location location) const;
  [[nodiscard]] Place place(const Instruction& in, uint32_t operand) const {
    return place_of(location(in, operand));
  }
  [[nodiscard]] Place address(const Instruction& in, uint32_t first_operand) const;
  [[nodiscard]] Label literal(uint64_t bits);

  // --- sequences of instructions (sequences.cpp) -------------------------------------------------
  void sum(const Instruction& in);
  void sum_constant(const Instruction& in);
  void divide(const Instruction& in);
  void count_zeros(const Instruction& in);
  void float_extreme(const Instruction& in);
  void float_select(const Instruction& in);
  void float_unary(const Instruction& in);
  void truncate(const Instruction& in);
  void cold_truncate(const Cold& part);
  void set_if_equal(const Instruction& in);

  // --- calls (calls.cpp) -------------------------------------------------------------------------
  void call_direct(const Instruction& in);
  void call_import(const Instruction& in);
  void call_indirect(const Instruction& in);
  void cold_callee(const Cold& part);
  void cold_call_any(const Cold& part);
  void call_runtime(const Instruction& in);
  void call_numeric(const Instruction& in);
  void poll(const Instruction& in);
  void call_address(uint64_t address);
  void check_trap();
  void after_call();
  void load_result(const Instruction& in);

  // --- short forms -------------------------------------------------------------------------------
  void load(MachineRegister to, const Place& from) {
    code_.emit(Encoding::MovLoad, true, to, from);
  }
  void store(const Place& to, MachineRegister from) {
    code_.emit(Encoding::MovStore, true, from, to);
  }
  static Place link(int slot) { return Place::at(kFrame, slot * kSlotBytes); }
  static Place environment(int32_t field) { return Place::at(kEnvironment, field); }
  void keep(bool done) { failed_ = failed_ || !done; }

  const MachineFunction& function_;
  const Allocation& allocation_;
  const Stubs& stubs_;
  int32_t local_slots_;
  int32_t first_slot_;  // of what the allocator gave, from the link
  bool has_entry_;
  bool guarded_;
  Emitted& made_;
  Assembler& code_;
  Vector<Label> blocks_;
  Vector<BlockIndex> ends_;  // by block: where one that comes to it ends up
  Vector<BlockIndex> order_;
  Vector<Cold> cold_;
  Vector<BranchTable> tables_;
  Vector<Literal> literals_;
  Label entry_;
  Label linked_;
  Label no_room_;
  Label below_floor_;
  Label return_trap_;  // eax is the trap, the state is written back
  uint32_t next_move_ = 0;
  bool failed_ = false;
  Cold spare_{};
};

}  // namespace wembed::jit
