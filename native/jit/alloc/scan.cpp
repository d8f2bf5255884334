#include "jit/alloc/scan.h"

#include <algorithm>
#include <bit>

namespace wembed::jit {

namespace {

// As far as nothing else is: not in this loop.
constexpr uint64_t kOutside = uint64_t{1} << 40;

// Those that instructions have fixed last.
constexpr MachineRegister kOrder[] = {kRsi, kRdi, kR8,  kR9,  kR10, kR12,
                                      kR14, kR15, kRax, kRdx, kRcx};

bool is_call(const Instruction& instruction) {
  return (instruction.clobbers & kAllocatable) == kAllocatable;
}

}  // namespace

Scan::Scan(const MachineFunction& function, const AllocationOptions& options,
           const Liveness& liveness, Allocator& allocator, Allocation& made)
    : function_(function),
      options_(options),
      liveness_(liveness),
      live_(liveness.sets(), allocator),
      made_(made),
      moves_(allocator),
      borders_(allocator),
      kept_(allocator),
      home_(allocator),
      made_in_(allocator),
      hint_(allocator),
      has_slot_(allocator),
      next_(allocator),
      lives_in_(allocator),
      calls_(allocator) {
  std::fill_n(state_.at, kRegisters, kNobody);
  state_.occupied = 0;
}

Error Scan::run(Poll& poll) {
  const size_t values = function_.classes.size();
  const size_t blocks = function_.blocks.size();
  if (!borders_.resize(blocks) || !home_.resize(values) || !made_in_.resize(values) ||
      !hint_.resize(values) || !has_slot_.resize(values) || !next_.resize(values) ||
      !lives_in_.resize(values) || !made_.operands.resize(function_.operands.size())) {
    return Error::OutOfMemory;
  }
  std::fill(home_.begin(), home_.end(), kNoRegister);
  std::fill(made_in_.begin(), made_in_.end(), kNoRegister);
  std::fill(hint_.begin(), hint_.end(), kNoRegister);
  for (uint32_t i = 0; i < function_.instructions.size(); i++) {
    if (is_call(function_.instructions[i]) && !calls_.push_back(i)) return Error::OutOfMemory;
  }
  for (BlockIndex b = 0; b < blocks; b++) {
    if (!live_.go_to(b)) return Error::OutOfMemory;
    enter(b);
    const MachineBlock& block = function_.blocks[b];
    WEMBED_CHECK(poll.spend(block.count + live_.size() + kRegisters));
    for (at_ = block.first; at_ < block_end_; at_++) {
      const Instruction& instruction = function_.instructions[at_];
      if (instruction.op == MachineOp(MachineOp::Jump)) {
        leave(b);
        for (const Operand& operand : function_.operands_of(instruction)) {
          while (next_use(operand.reg) <= at_) next_[operand.reg]++;
        }
      } else {
        step(instruction);
      }
      if (out_of_memory_) return Error::OutOfMemory;
      if (out_of_registers_) return Error::Limit;
    }
    if (last_of(b).op != MachineOp(MachineOp::Jump)) leave(b);
  }
  return Error::None;
}

// --- registers -----------------------------------------------------------------------------------

Scan::Kept Scan::keep() {
  const Kept made = {state_.occupied, static_cast<uint32_t>(kept_.size())};
  for (RegisterSet left = state_.occupied; left != 0; left &= left - 1) {
    if (!kept_.push_back(state_.at[std::countr_zero(left)])) out_of_memory_ = true;
  }
  return made;
}

void Scan::put(MachineRegister reg, VirtualRegister value) {
  if (home_[value] != kNoRegister) clear(home_[value]);
  state_.at[reg] = value;
  state_.occupied |= set_of(reg);
  home_[value] = reg;
}

void Scan::clear(MachineRegister reg) {
  const VirtualRegister value = state_.at[reg];
  if (value == kNobody) return;
  home_[value] = kNoRegister;
  state_.at[reg] = kNobody;
  state_.occupied &= ~set_of(reg);
}

void Scan::forget(MachineRegister reg) {
  if (state_.at[reg] == kNobody) return;
  has_slot_[state_.at[reg]] = 1;
  clear(reg);
}

MachineRegister Scan::find_free(RegisterClass of, RegisterSet without, MachineRegister hint) const {
  const RegisterSet free = allowed(of) & ~without & ~state_.occupied;
  if (free == 0) return kNoRegister;
  if (hint != kNoRegister && (free & set_of(hint)) != 0) return hint;
  if (of == RegisterClass::Float) return static_cast<MachineRegister>(std::countr_zero(free));
  for (MachineRegister reg : kOrder) {
    if ((free & set_of(reg)) != 0) return reg;
  }
  return kNoRegister;
}

// One that is free from now on, whoever had it.
MachineRegister Scan::take(RegisterClass of, RegisterSet without, MachineRegister hint) {
  MachineRegister reg = find_free(of, without, hint);
  if (reg != kNoRegister) return reg;
  uint64_t ignored;
  reg = farthest(of, without, ignored);
  if (reg == kNoRegister) {
    out_of_registers_ = true;
    return of == RegisterClass::Float ? kXmm0 : kRax;
  }
  forget(reg);
  return reg;
}

MachineRegister Scan::farthest(RegisterClass of, RegisterSet without, uint64_t& most) const {
  MachineRegister found = kNoRegister;
  most = 0;
  for (RegisterSet left = allowed(of) & ~without & state_.occupied; left != 0; left &= left - 1) {
    const auto reg = static_cast<MachineRegister>(std::countr_zero(left));
    const VirtualRegister value = state_.at[reg];
    // One that has a slot already costs no store.
    const uint64_t far = distance(value) * (has_slot_[value] != 0 ? 3 : 2);
    if (found != kNoRegister && far <= most) continue;
    found = reg;
    most = far;
  }
  return found;
}

// --- uses to come --------------------------------------------------------------------------------

// Instructions until it is used again, as control goes in the innermost loop.
uint64_t Scan::distance(VirtualRegister value) const {
  const uint32_t next = next_use(value);
  const uint32_t inner = liveness_.innermost(block_);
  if (inner == kNoLoop) return next == kNoUse ? kOutside : next - at_;
  const LoopRange& loop = liveness_.loops()[inner];
  if (next < loop.end) return next - at_;
  if (liveness_.definition(value) < loop.first) {
    const std::span<const uint32_t> uses = liveness_.uses(value);
    const auto again = std::lower_bound(uses.begin(), uses.end(), loop.first);
    if (again != uses.end() && *again < at_) return (loop.end - at_) + (*again - loop.first);
  }
  return kOutside + (next == kNoUse ? kOutside : next - at_);
}

}  // namespace wembed::jit
