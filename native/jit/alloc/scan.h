// The allocator's one walk over the instructions, in their order. At each point a value is in a
// register, or else in its slot: a value that ever leaves its registers is stored where it is
// defined, once, so that to take its register is to forget it. What is in registers where a block
// begins is decided when it is come to; whatever leads there brings it about (resolve.h).
#pragma once

#include <bit>

#include "jit/alloc/allocate.h"
#include "jit/alloc/liveness.h"

namespace wembed::jit {

constexpr VirtualRegister kNobody = UINT32_MAX;
constexpr MachineRegister kNoRegister = 0xff;

// Whose values registers have.
struct RegisterState {
  VirtualRegister at[kRegisters];
  RegisterSet occupied;  // where there is somebody
};

// What they had at some point, of those that had any.
struct Registers {
  RegisterSet occupied;
  std::span<const VirtualRegister> values;  // in the order of registers

  template <class Visit> void each(Visit visit) const {
    const VirtualRegister* value = values.data();
    for (RegisterSet left = occupied; left != 0; left &= left - 1) {
      visit(static_cast<MachineRegister>(std::countr_zero(left)), *value++);
    }
  }
};

class Scan {
 public:
  Scan(const MachineFunction& function, const AllocationOptions& options, const Liveness& liveness,
       Allocator& allocator, Allocation& made);

  Error run(Poll& poll);

  // For what comes behind. Moves name the slot of a value by its number.
  [[nodiscard]] const Vector<Move>& moves() const { return moves_; }
  [[nodiscard]] Registers at_entry(BlockIndex block) const { return registers(borders_[block].in); }
  [[nodiscard]] Registers at_exit(BlockIndex block) const { return registers(borders_[block].out); }
  // Where a value is when it is defined; kNoRegister: a parameter that comes in its slot, or that
  // nobody uses.
  [[nodiscard]] MachineRegister defined_in(VirtualRegister reg) const { return made_in_[reg]; }
  [[nodiscard]] bool has_slot(VirtualRegister reg) const { return has_slot_[reg] != 0; }
  void give_slot(VirtualRegister reg) { has_slot_[reg] = 1; }

 private:
  struct Instr;
  struct Candidate {
    VirtualRegister value;
    uint64_t weight;
    bool is_parameter;
  };
  // The register that a value had where the block before this one ended.
  struct Given {
    BlockIndex block;
    MachineRegister reg;
  };

  struct Kept {
    RegisterSet occupied;
    uint32_t first;  // of kept_
  };
  struct Border {
    Kept in;
    Kept out;
  };

  // Registers.
  [[nodiscard]] Kept keep();
  [[nodiscard]] Registers registers(const Kept& of) const {
    const auto count = static_cast<size_t>(std::popcount(of.occupied));
    return {of.occupied, kept_.span().subspan(of.first, count)};
  }
  [[nodiscard]] RegisterSet allowed(RegisterClass of) const {
    return options_.allowed & allocatable(of);
  }
  [[nodiscard]] RegisterClass class_of_value(VirtualRegister reg) const {
    return function_.classes[reg];
  }
  void put(MachineRegister reg, VirtualRegister value);
  void clear(MachineRegister reg);
  void forget(MachineRegister reg);  // its value is in its slot from now on
  [[nodiscard]] MachineRegister find_free(RegisterClass of, RegisterSet without,
                                          MachineRegister hint) const;
  MachineRegister take(RegisterClass of, RegisterSet without, MachineRegister hint);
  [[nodiscard]] MachineRegister farthest(RegisterClass of, RegisterSet without,
                                         uint64_t& distance) const;
  void move(Location from, Location to) {
    if (!moves_.push_back({at_, from, to})) out_of_memory_ = true;
  }

  // Uses to come.
  static constexpr uint32_t kNoUse = UINT32_MAX;
  [[nodiscard]] uint32_t next_use(VirtualRegister value) const {
    const std::span<const uint32_t> uses = liveness_.uses(value);
    return next_[value] < uses.size() ? uses[next_[value]] : kNoUse;
  }
  // Behind the instruction that is looked at.
  [[nodiscard]] bool lives_on(VirtualRegister value) const {
    return next_use(value) < block_end_ || liveness_.sets().is_live_out(value, block_);
  }
  [[nodiscard]] uint64_t distance(VirtualRegister value) const;

  // Blocks.
  void enter(BlockIndex block);
  void keep_in_loop(BlockIndex block, RegisterClass of);
  void settle(RegisterClass of, std::span<const Candidate> kept);
  void place_parameters(BlockIndex block, const Instruction& jump, const Registers& before);
  void hint_arguments(BlockIndex block);
  void leave(BlockIndex block);
  [[nodiscard]] uint64_t weight_in_loop(VirtualRegister value, const LoopRange& loop) const;
  [[nodiscard]] const Instruction& last_of(BlockIndex block) const {
    const MachineBlock& of = function_.blocks[block];
    return function_.instructions[of.first + of.count - 1];
  }

  // Instructions.
  void step(const Instruction& instruction);
  void place_fixed(Instr& in, uint32_t k);
  void place_use(Instr& in, uint32_t k);
  void place_same(Instr& in, uint32_t k);
  void place_temporary(Instr& in, uint32_t k);
  void save_lost(Instr& in);
  void end_uses(Instr& in);
  void place_definition(Instr& in, uint32_t k);

  const MachineFunction& function_;
  const AllocationOptions& options_;
  const Liveness& liveness_;
  LiveSets::Walk live_;
  Allocation& made_;
  bool out_of_memory_ = false;
  bool out_of_registers_ = false;

  RegisterState state_;
  uint32_t at_ = 0;  // instruction
  BlockIndex block_ = 0;
  uint32_t block_end_ = 0;

  Vector<Move> moves_;
  Vector<Border> borders_;        // by block
  Vector<VirtualRegister> kept_;  // what registers had there
  Vector<MachineRegister> home_;  // by value, now
  Vector<MachineRegister> made_in_;
  Vector<MachineRegister> hint_;
  Vector<uint8_t> has_slot_;
  Vector<uint32_t> next_;  // by value: how many of its uses are behind
  Vector<Given> lives_in_;
  Vector<uint32_t> calls_;  // instructions behind which nothing is in registers
};

}  // namespace wembed::jit
