#include "jit/alloc/plain.h"

#include <algorithm>
#include <bit>

namespace wembed::jit {

namespace {

class Plain {
 public:
  Plain(const MachineFunction& function, Allocation& made)
      : function_(function), made_(made), values_(static_cast<uint32_t>(function.classes.size())) {}

  bool run() {
    if (!made_.operands.resize(function_.operands.size())) return false;
    for (const MachineBlock& block : function_.blocks) {
      for (uint32_t i = block.first; i < block.first + block.count; i++) {
        const Instruction& in = function_.instructions[i];
        in.op == MachineOp::Jump ? jump(i, in) : instruction(i, in);
      }
    }
    made_.slots = values_ + most_arguments_;
    return !failed_;
  }

 private:
  void move(uint32_t before, Location from, Location to) {
    failed_ = failed_ || !made_.moves.push_back({before, from, to});
  }
  MachineRegister take(RegisterClass of) {
    const auto reg = static_cast<MachineRegister>(std::countr_zero(allocatable(of) & ~taken_));
    taken_ |= set_of(reg);
    return reg;
  }

  // By slots of their own, since an argument may be a parameter of the same block.
  void jump(uint32_t index, const Instruction& in) {
    const std::span<const Operand> arguments = function_.operands_of(in);
    const MachineBlock& target = function_.blocks[function_.targets_of(in)[0]];
    const std::span<const VirtualRegister> parameters = function_.parameters_of(target);
    for (uint32_t i = 0; i < arguments.size(); i++) {
      move(index, Location::in_slot(arguments[i].reg), Location::in_slot(values_ + i));
    }
    for (uint32_t i = 0; i < arguments.size(); i++) {
      move(index, Location::in_slot(values_ + i), Location::in_slot(parameters[i]));
    }
    most_arguments_ = std::max(most_arguments_, static_cast<uint32_t>(arguments.size()));
  }

  void instruction(uint32_t index, const Instruction& in) {
    const std::span<const Operand> operands = function_.operands_of(in);
    taken_ = 0;
    for (const Operand& operand : operands) {
      if (operand.constraint == Constraint::Fixed) taken_ |= set_of(operand.fixed);
    }
    for (uint32_t i = 0; i < operands.size(); i++) place(index, in, i);
    for (uint32_t i = 0; i < operands.size(); i++) {
      if (operands[i].role != Role::Define) continue;
      move(index + 1, made_.operands[in.first_operand + i], Location::in_slot(operands[i].reg));
    }
  }

  void place(uint32_t index, const Instruction& in, uint32_t number) {
    const std::span<const Operand> operands = function_.operands_of(in);
    const Operand& operand = operands[number];
    const Location slot = Location::in_slot(operand.reg);
    Location& at = made_.operands[in.first_operand + number];
    const bool is_same = number > 0 && operands[number - 1].constraint == Constraint::SameAsNext;
    if (operand.constraint == Constraint::RegisterOrSlot) {
      at = slot;
      return;
    }
    if (operand.constraint == Constraint::Fixed) {
      at = Location::in_register(operand.fixed);
    } else if (is_same) {
      at = made_.operands[in.first_operand + number - 1];
    } else {
      at = Location::in_register(take(function_.classes[operand.reg]));
    }
    const bool is_read = operand.role == Role::Use || operand.role == Role::LateUse;
    if (is_read) move(index, slot, at);
  }

  const MachineFunction& function_;
  Allocation& made_;
  uint32_t values_;  // slots of them; those of a jump's arguments follow
  uint32_t most_arguments_ = 0;
  RegisterSet taken_ = 0;  // by the instruction
  bool failed_ = false;
};

}  // namespace

bool allocate_plainly(const MachineFunction& function, Allocation& made) {
  return Plain(function, made).run();
}

}  // namespace wembed::jit
