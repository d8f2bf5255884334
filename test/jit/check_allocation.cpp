#include "jit/check_allocation.h"

#include <algorithm>
#include <deque>
#include <set>
#include <vector>

namespace wembed::jit {

namespace {

using Values = std::set<VirtualRegister>;
using State = std::vector<Values>;  // by place: a register, or kRegisters + slot

class Checker {
 public:
  Checker(const MachineFunction& function, const Allocation& allocation)
      : function_(function),
        allocation_(allocation),
        places_(kRegisters + allocation.slots),
        entries_(function.blocks.size()),
        known_(function.blocks.size(), false),
        first_move_(function.instructions.size() + 1) {}

  std::string run() {
    if (allocation_.operands.size() != function_.operands.size()) return "operands missing";
    size_t move = 0;
    for (uint32_t i = 0; i < first_move_.size(); i++) {
      while (move < allocation_.moves.size() && allocation_.moves[move].before < i) move++;
      first_move_[i] = move;
    }
    entries_[0] = State(places_);
    known_[0] = true;
    std::deque<BlockIndex> work = {0};
    while (!work.empty() && wrong_.empty()) {
      const BlockIndex block = work.front();
      work.pop_front();
      pass(block, work);
    }
    return wrong_;
  }

 private:
  bool expect(bool holds, const char* what, uint32_t i) {
    if (!holds && wrong_.empty()) wrong_ = std::string(what) + " at " + std::to_string(i);
    return holds;
  }
  [[nodiscard]] static size_t place(Location location) {
    return location.is_register() ? location.reg() : kRegisters + size_t{location.slot()};
  }

  void pass(BlockIndex index, std::deque<BlockIndex>& work) {
    const MachineBlock& block = function_.blocks[index];
    State state = entries_[index];
    for (uint32_t i = block.first; i < block.first + block.count && wrong_.empty(); i++) {
      const Instruction& instruction = function_.instructions[i];
      make_moves(i, state);
      if (instruction.op == MachineOp(MachineOp::Jump)) {
        pass_arguments(instruction, state, i);
      } else {
        step(instruction, state, i);
      }
    }
    const Instruction& last = function_.instructions[block.first + block.count - 1];
    for (BlockIndex target : function_.targets_of(last)) {
      if (meet(target, state)) work.push_back(target);
    }
  }

  // Whether something is known less than before.
  bool meet(BlockIndex target, const State& state) {
    if (!known_[target]) {
      known_[target] = true;
      entries_[target] = state;
      return true;
    }
    bool changed = false;
    for (size_t p = 0; p < places_; p++) {
      Values& values = entries_[target][p];
      for (auto it = values.begin(); it != values.end();) {
        const bool stays = state[p].contains(*it);
        changed |= !stays;
        it = stays ? std::next(it) : values.erase(it);
      }
    }
    return changed;
  }

  void make_moves(uint32_t i, State& state) {
    for (size_t m = first_move_[i]; m < first_move_[i + 1]; m++) {
      const Move& move = allocation_.moves[m];
      if (!expect(move.from.is_known() && move.to.is_known(), "move of nothing", i)) return;
      if (move.to.is_register()) {
        expect((set_of(move.to.reg()) & (kAllocatable | set_of(kScratch))) != 0,
               "move to a register of meaning", i);
      }
      if (!expect(place(move.from) < places_ && place(move.to) < places_, "no such slot", i)) {
        return;
      }
      state[place(move.to)] = state[place(move.from)];
    }
  }

  void pass_arguments(const Instruction& jump, State& state, uint32_t i) {
    const auto arguments = function_.operands_of(jump);
    const auto parameters =
        function_.parameters_of(function_.blocks[function_.targets_of(jump)[0]]);
    if (!expect(arguments.size() == parameters.size(), "arguments", i)) return;
    for (Values& values : state) {
      const Values before = values;
      for (VirtualRegister parameter : parameters) values.erase(parameter);
      for (size_t k = 0; k < parameters.size(); k++) {
        if (before.contains(arguments[k].reg)) values.insert(parameters[k]);
      }
    }
  }

  void step(const Instruction& instruction, State& state, uint32_t i) {
    const auto operands = function_.operands_of(instruction);
    const Location* at = allocation_.operands.data() + instruction.first_operand;
    RegisterSet early = 0, late = 0, written = 0;
    for (size_t k = 0; k < operands.size(); k++) {
      const Operand& operand = operands[k];
      if (!expect(at[k].is_known() && place(at[k]) < places_, "operand without place", i)) return;
      check_constraint(operands, at, k, i);
      const bool is_use = operand.role == Role::Use || operand.role == Role::LateUse;
      if (is_use) expect(state[place(at[k])].contains(operand.reg), "another value", i);
      if (!at[k].is_register()) continue;
      const RegisterSet reg = set_of(at[k].reg());
      if (operand.role == Role::Use) early |= reg;
      if (operand.role == Role::LateUse) late |= reg;
    }
    for (size_t k = 0; k < operands.size(); k++) {
      const Operand& operand = operands[k];
      if (operand.role != Role::Define && operand.role != Role::Temporary) continue;
      const RegisterSet reg = set_of(at[k].reg());
      expect((written & reg) == 0, "two results in one register", i);
      expect((late & reg) == 0, "written before it is read", i);
      if (operand.role == Role::Temporary && operand.constraint != Constraint::Fixed) {
        expect((early & reg) == 0, "a temporary that is read", i);
      }
      if (operand.role == Role::Temporary) {
        for (size_t j = 0; j < operands.size(); j++) {
          const bool shares = operands[j].role == Role::Use && at[j] == at[k];
          if (shares) expect(operands[j].constraint == Constraint::Fixed, "shared temporary", i);
        }
      }
      written |= reg;
    }
    expect((late & instruction.clobbers) == 0, "lost before it is read", i);
    for (MachineRegister reg = 0; reg < kRegisters; reg++) {
      const RegisterSet lost =
          written | instruction.clobbers | set_of(kScratch) | set_of(kFloatScratch);
      if ((lost & set_of(reg)) != 0) state[reg].clear();
    }
    for (size_t k = 0; k < operands.size(); k++) {
      if (operands[k].role != Role::Define) continue;
      for (Values& values : state) values.erase(operands[k].reg);
      state[place(at[k])] = {operands[k].reg};
    }
  }

  void check_constraint(std::span<const Operand> operands, const Location* at, size_t k,
                        uint32_t i) {
    const Operand& operand = operands[k];
    if (!at[k].is_register()) {
      expect(operand.constraint == Constraint::RegisterOrSlot, "not in a register", i);
      return;
    }
    const MachineRegister reg = at[k].reg();
    expect(class_of(reg) == function_.classes[operand.reg], "register of the other class", i);
    switch (operand.constraint) {
      case Constraint::Fixed: expect(reg == operand.fixed, "not in the fixed register", i); break;
      case Constraint::SameAsNext:
        expect(k + 1 < operands.size() && at[k + 1] == at[k], "not the same register", i);
        break;
      // Where a value has been made by a fixed register it may stay.
      default: expect((set_of(reg) & kAllocatable) != 0, "register of meaning", i);
    }
  }

  const MachineFunction& function_;
  const Allocation& allocation_;
  size_t places_;
  std::vector<State> entries_;
  std::vector<bool> known_;
  std::vector<size_t> first_move_;
  std::string wrong_;
};

}  // namespace

std::string check_allocation(const MachineFunction& function, const Allocation& allocation) {
  return Checker(function, allocation).run();
}

}  // namespace wembed::jit
