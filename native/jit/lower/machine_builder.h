// Appends machine instructions to a function: the block that is being made is the last one.
#pragma once

#include <initializer_list>

#include "jit/lower/machine.h"

namespace wembed::jit {

constexpr Operand use(VirtualRegister reg) { return {reg, Role::Use, Constraint::Register, 0}; }
constexpr Operand use_any(VirtualRegister reg) {
  return {reg, Role::Use, Constraint::RegisterOrSlot, 0};
}
constexpr Operand late_use(VirtualRegister reg) {
  return {reg, Role::LateUse, Constraint::Register, 0};
}
constexpr Operand use_fixed(VirtualRegister reg, MachineRegister fixed) {
  return {reg, Role::Use, Constraint::Fixed, fixed};
}
constexpr Operand define(VirtualRegister reg) {
  return {reg, Role::Define, Constraint::Register, 0};
}
constexpr Operand define_same(VirtualRegister reg) {
  return {reg, Role::Define, Constraint::SameAsNext, 0};
}
constexpr Operand define_fixed(VirtualRegister reg, MachineRegister fixed) {
  return {reg, Role::Define, Constraint::Fixed, fixed};
}
constexpr Operand temporary(VirtualRegister reg) {
  return {reg, Role::Temporary, Constraint::Register, 0};
}

class MachineBuilder {
 public:
  using Operands = std::initializer_list<Operand>;

  explicit MachineBuilder(MachineFunction& function) : function_(function) {}

  [[nodiscard]] MachineFunction& function() { return function_; }
  [[nodiscard]] bool failed() const { return failed_; }

  VirtualRegister fresh(RegisterClass of) {
    keep(function_.classes.push_back(of));
    return static_cast<VirtualRegister>(function_.classes.size() - 1);
  }
  VirtualRegister general() { return fresh(RegisterClass::General); }
  VirtualRegister floating() { return fresh(RegisterClass::Float); }

  MachineBlock& begin_block() {
    MachineBlock block;
    block.first = static_cast<uint32_t>(function_.instructions.size());
    block.first_parameter = static_cast<uint32_t>(function_.parameters.size());
    keep(function_.blocks.push_back(block));
    return failed_ ? spare_ : last_of(function_.blocks);
  }
  void parameter(VirtualRegister reg) {
    keep(function_.parameters.push_back(reg));
    if (!failed_) last_of(function_.blocks).parameter_count++;
  }

  // What is appended from here on is the work of the instruction at that byte offset.
  void at(uint32_t source) { source_ = source; }

  // Not to be kept: good until the next one.
  Instruction& add(MachineOp op, Form form, bool is_wide, Operands operands) {
    Instruction made;
    made.op = op;
    made.form = form;
    made.is_wide = is_wide;
    made.source = source_;
    made.first_operand = static_cast<uint32_t>(function_.operands.size());
    keep(function_.instructions.push_back(made));
    if (failed_) return spare_instruction_ = made;
    last_of(function_.blocks).count++;
    for (const Operand& operand : operands) this->operand(operand);
    return last_of(function_.instructions);
  }
  Instruction& add(MachineOp::Pseudo op, Operands operands = {}) {
    return add(op, Form::None, false, operands);
  }
  // One more of the last instruction's.
  void operand(const Operand& operand) {
    keep(function_.operands.push_back(operand));
    if (!failed_) last_of(function_.instructions).operand_count++;
  }
  void target(BlockIndex block) {
    if (failed_) return;
    Instruction& last = last_of(function_.instructions);
    if (last.target_count == 0) last.first_target = static_cast<uint32_t>(function_.targets.size());
    keep(function_.targets.push_back(block));
    last.target_count++;
  }

  // --- frequent ones -----------------------------------------------------------------------------
  VirtualRegister load(Encoding encoding, bool is_wide, RegisterClass of, const Address& address,
                       Operands registers = {}) {
    VirtualRegister to = fresh(of);
    Instruction& made = add(encoding, Form::Load, is_wide, {define(to)});
    made.address = address;
    for (const Operand& operand : registers) this->operand(operand);
    return to;
  }
  // A word of 64 bits at a register's address.
  VirtualRegister load_word(VirtualRegister from, int32_t displacement) {
    return load(Encoding::MovLoad, true, RegisterClass::General,
                {Base::Register, false, 0, displacement}, {use(from)});
  }
  VirtualRegister constant(uint64_t value) {
    VirtualRegister to = general();
    add(MachineOp::LoadConstant, {define(to)}).immediate = static_cast<int64_t>(value);
    return to;
  }
  void trap_if(Condition condition, uint16_t trap) {
    Instruction& made = add(MachineOp::TrapIf);
    made.condition = condition;
    made.detail = trap;
  }

 private:
  template <class T> static T& last_of(Vector<T>& items) { return items[items.size() - 1]; }
  void keep(bool done) { failed_ = failed_ || !done; }

  MachineFunction& function_;
  uint32_t source_ = kNoSource;
  bool failed_ = false;
  MachineBlock spare_;  // written to once there was no memory
  Instruction spare_instruction_;
};

}  // namespace wembed::jit
