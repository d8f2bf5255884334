// Scan, second part: one instruction. Moves go before it, in the order in which they are found to
// be needed; what it reads stays where it was put until it has read it.
#include <algorithm>
#include <bit>

#include "jit/alloc/scan.h"

namespace wembed::jit {

namespace {

bool is_use(const Operand& operand) {
  return operand.role == Role::Use || operand.role == Role::LateUse;
}

}  // namespace

struct Scan::Instr {
  const Instruction& instruction;
  std::span<const Operand> operands;
  Location* at;                 // of each operand
  RegisterSet fixed_early = 0;  // read there
  RegisterSet fixed_late = 0;   // written there, or read late
  RegisterSet fixed_spare = 0;  // of temporaries: shared with nothing that is not fixed there
  RegisterSet early = 0;        // taken: read
  RegisterSet late = 0;         // taken: written, or read late

  // What nothing new can be put into.
  [[nodiscard]] RegisterSet taken() const { return fixed_early | fixed_late | early | late; }
  // What is not there any more when late uses are read.
  [[nodiscard]] RegisterSet lost() const { return fixed_late | instruction.clobbers; }
};

void Scan::step(const Instruction& instruction) {
  Instr in{instruction, function_.operands_of(instruction),
           made_.operands.data() + instruction.first_operand};
  for (const Operand& operand : in.operands) {
    if (is_use(operand)) {
      while (next_use(operand.reg) <= at_) next_[operand.reg]++;
    }
    if (operand.constraint != Constraint::Fixed) continue;
    const RegisterSet fixed = set_of(operand.fixed);
    (operand.role == Role::Use ? in.fixed_early : in.fixed_late) |= fixed;
    if (operand.role == Role::Temporary) in.fixed_spare |= fixed;
  }
  const auto count = static_cast<uint32_t>(in.operands.size());
  for (uint32_t k = 0; k < count; k++) {
    if (is_use(in.operands[k]) && in.operands[k].constraint == Constraint::Fixed) {
      place_fixed(in, k);
    }
  }
  for (uint32_t k = 0; k < count; k++) {
    if (is_use(in.operands[k]) && in.operands[k].constraint != Constraint::Fixed) place_use(in, k);
  }
  for (uint32_t k = 0; k < count; k++) {
    if (in.operands[k].constraint == Constraint::SameAsNext) place_same(in, k);
  }
  for (uint32_t k = 0; k < count; k++) {
    if (in.operands[k].role == Role::Temporary) place_temporary(in, k);
  }
  save_lost(in);
  end_uses(in);
  for (uint32_t k = 0; k < count; k++) {
    if (in.operands[k].role == Role::Define) place_definition(in, k);
  }
  for (const Operand& operand : in.operands) {
    if (operand.role == Role::Define && !lives_on(operand.reg)) clear(home_[operand.reg]);
  }
}

// A copy for this instruction alone, unless the value is nowhere else.
void Scan::place_fixed(Instr& in, uint32_t k) {
  const VirtualRegister value = in.operands[k].reg;
  const MachineRegister fixed = in.operands[k].fixed;
  in.at[k] = Location::in_register(fixed);
  in.early |= set_of(fixed);
  const VirtualRegister before = state_.at[fixed];
  if (before == value) return;
  if (before != kNobody) {
    const MachineRegister other =
        find_free(class_of_value(before), in.taken() | in.instruction.clobbers, kNoRegister);
    const bool is_operand = std::any_of(in.operands.begin(), in.operands.end(), [&](const auto& o) {
      return is_use(o) && o.reg == before;
    });
    if (other != kNoRegister && (is_operand || lives_on(before))) {
      move(Location::in_register(fixed), Location::in_register(other));
      put(other, before);
    } else if (is_operand || lives_on(before)) {
      forget(fixed);
    } else {
      clear(fixed);
    }
  }
  if (home_[value] == kNoRegister) {
    move(Location::in_slot(value), Location::in_register(fixed));
    put(fixed, value);
  } else {
    move(Location::in_register(home_[value]), Location::in_register(fixed));
  }
}

void Scan::place_use(Instr& in, uint32_t k) {
  const Operand& operand = in.operands[k];
  const VirtualRegister value = operand.reg;
  const bool is_late = operand.role == Role::LateUse;
  const bool is_overwritten = k > 0 && in.operands[k - 1].constraint == Constraint::SameAsNext;
  const RegisterSet bad = is_late ? in.lost() : in.fixed_spare;
  MachineRegister reg = home_[value];
  if (reg == kNoRegister) {
    const RegisterSet without = in.taken() | bad;
    if (operand.constraint == Constraint::RegisterOrSlot && !is_overwritten &&
        (next_use(value) >= block_end_ ||
         find_free(class_of_value(value), without, kNoRegister) == kNoRegister)) {
      in.at[k] = Location::in_slot(value);
      return;
    }
    reg = take(class_of_value(value), without, hint_[value]);
    move(Location::in_slot(value), Location::in_register(reg));
    put(reg, value);
  } else if ((bad & set_of(reg)) != 0) {
    const MachineRegister other =
        take(class_of_value(value), in.taken() | bad | set_of(reg), kNoRegister);
    move(Location::in_register(reg), Location::in_register(other));
    put(other, value);
    reg = other;
  }
  in.at[k] = Location::in_register(reg);
  (is_late ? in.late : in.early) |= set_of(reg);
}

// The definition overwrites the register of the use behind it, which has to have one of its own if
// the value is needed any longer.
void Scan::place_same(Instr& in, uint32_t k) {
  const VirtualRegister value = in.operands[k + 1].reg;
  MachineRegister reg = in.at[k + 1].reg();
  const bool is_fixed = in.operands[k + 1].constraint == Constraint::Fixed;
  if (!is_fixed && (lives_on(value) || (in.late & set_of(reg)) != 0)) {
    const MachineRegister other =
        take(class_of_value(value), in.taken() | in.lost(), hint_[in.operands[k].reg]);
    move(Location::in_register(reg), Location::in_register(other));
    in.at[k + 1] = Location::in_register(other);
    in.early |= set_of(other);
    reg = other;
  }
  in.at[k] = Location::in_register(reg);
  in.late |= set_of(reg);
}

void Scan::place_temporary(Instr& in, uint32_t k) {
  const Operand& operand = in.operands[k];
  const MachineRegister reg =
      operand.constraint == Constraint::Fixed
          ? operand.fixed
          : take(class_of_value(operand.reg), in.taken() | in.instruction.clobbers, kNoRegister);
  in.at[k] = Location::in_register(reg);
  in.late |= set_of(reg);
}

// Values that are needed later do not stay where they will be overwritten.
void Scan::save_lost(Instr& in) {
  RegisterSet lost = state_.occupied & (in.lost() | in.late);
  for (; lost != 0; lost &= lost - 1) {
    const auto reg = static_cast<MachineRegister>(std::countr_zero(lost));
    const VirtualRegister value = state_.at[reg];
    const bool is_read_late =
        std::any_of(in.operands.begin(), in.operands.end(),
                    [&](const auto& o) { return o.role == Role::LateUse && o.reg == value; });
    if (!lives_on(value) || (is_read_late && (in.lost() & set_of(reg)) == 0)) continue;
    const MachineRegister other =
        find_free(class_of_value(value), in.taken() | in.lost(), kNoRegister);
    if (other == kNoRegister) {
      forget(reg);
    } else {
      move(Location::in_register(reg), Location::in_register(other));
      put(other, value);
    }
  }
}

void Scan::end_uses(Instr& in) {
  for (const Operand& operand : in.operands) {
    if (!is_use(operand) || lives_on(operand.reg)) continue;
    if (home_[operand.reg] != kNoRegister) clear(home_[operand.reg]);
  }
}

void Scan::place_definition(Instr& in, uint32_t k) {
  const Operand& operand = in.operands[k];
  MachineRegister reg = operand.fixed;
  if (operand.constraint == Constraint::SameAsNext) reg = in.at[k].reg();
  if (operand.constraint == Constraint::Register) {
    reg = take(class_of_value(operand.reg), in.late | in.fixed_late, hint_[operand.reg]);
  }
  in.at[k] = Location::in_register(reg);
  in.late |= set_of(reg);
  put(reg, operand.reg);
  made_in_[operand.reg] = reg;
}

}  // namespace wembed::jit
