#include "jit/alloc/liveness.h"

#include <algorithm>

#include "base/result.h"

namespace wembed::jit {

namespace {

bool is_use(const Operand& operand) {
  return operand.role == Role::Use || operand.role == Role::LateUse;
}

}  // namespace

bool Grouped::end_of_counting() {
  // What a group's end will be is where it begins now, and fill() moves it there.
  uint32_t sum = 0;
  for (size_t i = 0; i + 1 < ends_.size(); i++) {
    const uint32_t count = ends_[i + 1];
    ends_[i] = sum;
    sum += count;
  }
  ends_[ends_.size() - 1] = sum;
  return items_.resize(sum);
}

Liveness::Liveness(const MachineFunction& function, Allocator& allocator)
    : function_(function),
      sets_(function, *this, allocator),
      predecessors_(allocator),
      uses_(allocator),
      definitions_(allocator),
      defined_in_(allocator),
      ends_(allocator),
      block_of_(allocator),
      innermost_(allocator),
      loops_(allocator),
      met_in_(allocator) {}

Error Liveness::find(Poll& poll) {
  if (!find_uses() || !find_predecessors() || !find_loops()) return Error::OutOfMemory;
  WEMBED_CHECK(sets_.find(poll));
  return find_pressure(poll);
}

uint32_t Liveness::end(VirtualRegister reg) const {
  const BlockIndex behind = sets_.end(reg);
  if (behind == 0) return ends_[reg];
  const MachineBlock& last = function_.blocks[behind - 1];
  return std::max(ends_[reg], last.first + last.count);
}

bool Liveness::find_uses() {
  const size_t registers = function_.classes.size();
  if (!uses_.begin(registers) || !definitions_.resize(registers) ||
      !defined_in_.resize(registers) || !ends_.resize(registers) ||
      !block_of_.resize(function_.instructions.size())) {
    return false;
  }
  for (const Operand& operand : function_.operands) {
    if (is_use(operand)) uses_.count(operand.reg);
  }
  if (!uses_.end_of_counting()) return false;
  for (BlockIndex b = 0; b < function_.blocks.size(); b++) {
    const MachineBlock& block = function_.blocks[b];
    for (VirtualRegister parameter : function_.parameters_of(block)) {
      definitions_[parameter] = block.first;
      defined_in_[parameter] = b;
      ends_[parameter] = block.first + 1;
    }
    for (uint32_t i = block.first; i < block.first + block.count; i++) {
      block_of_[i] = b;
      for (const Operand& operand : function_.operands_of(function_.instructions[i])) {
        if (is_use(operand)) {
          uses_.fill(operand.reg, i);
        } else {
          definitions_[operand.reg] = i;
          defined_in_[operand.reg] = b;
        }
        ends_[operand.reg] = std::max(ends_[operand.reg], i + 1);
      }
    }
  }
  return true;
}

bool Liveness::find_predecessors() {
  if (!predecessors_.begin(function_.blocks.size())) return false;
  for (int round = 0; round < 2; round++) {
    for (BlockIndex b = 0; b < function_.blocks.size(); b++) {
      const MachineBlock& block = function_.blocks[b];
      const Instruction& last = function_.instructions[block.first + block.count - 1];
      for (BlockIndex target : function_.targets_of(last)) {
        if (round == 0) {
          predecessors_.count(target);
        } else {
          predecessors_.fill(target, b);
        }
      }
    }
    if (round == 0 && !predecessors_.end_of_counting()) return false;
  }
  return true;
}

bool Liveness::find_loops() {
  if (!innermost_.resize(function_.blocks.size())) return false;
  uint32_t current = kNoLoop;
  for (BlockIndex b = 0; b < function_.blocks.size(); b++) {
    while (current != kNoLoop && loops_[current].last < b) current = loops_[current].parent;
    const MachineBlock& block = function_.blocks[b];
    if (block.is_loop_header) {
      const MachineBlock& last = function_.blocks[block.loop_end];
      if (!loops_.push_back({b, block.loop_end, current, block.first, last.first + last.count})) {
        return false;
      }
      current = static_cast<uint32_t>(loops_.size() - 1);
    }
    innermost_[b] = current;
  }
  return true;
}

// Backwards through each block in a loop, counting what lives.
Error Liveness::find_pressure(Poll& poll) {
  if (loops_.empty()) return Error::None;
  LiveSets::Walk walk(sets_, met_in_.allocator());
  if (!met_in_.resize(function_.classes.size())) return Error::OutOfMemory;
  for (BlockIndex b = 0; b < function_.blocks.size(); b++) {
    const MachineBlock& block = function_.blocks[b];
    const uint32_t loop = innermost_[b];
    if (!walk.go_to(b)) return Error::OutOfMemory;
    if (loop == kNoLoop) continue;
    WEMBED_CHECK(poll.spend(walk.size() + block.count));
    uint32_t live[2] = {};
    walk.count_out(live);
    uint32_t most[2] = {live[0], live[1]};
    auto meet = [&](VirtualRegister reg) {
      if (met_in_[reg] == b + 1 || sets_.is_live_out(reg, b)) return;
      met_in_[reg] = b + 1;
      const auto of = static_cast<size_t>(function_.classes[reg]);
      most[of] = std::max(most[of], ++live[of]);
    };
    for (uint32_t i = block.first + block.count; i-- > block.first;) {
      const auto operands = function_.operands_of(function_.instructions[i]);
      for (const Operand& operand : operands) {
        if (is_use(operand)) continue;
        meet(operand.reg);
        live[static_cast<size_t>(function_.classes[operand.reg])]--;
      }
      for (const Operand& operand : operands) {
        if (is_use(operand)) meet(operand.reg);
      }
    }
    for (int of = 0; of < 2; of++) {
      uint32_t& known = loops_[loop].pressure[of];
      known = std::max(known, most[of]);
    }
  }
  for (size_t i = loops_.size(); i-- > 0;) {
    if (loops_[i].parent == kNoLoop) continue;
    LoopRange& parent = loops_[loops_[i].parent];
    for (int of = 0; of < 2; of++) {
      parent.pressure[of] = std::max(parent.pressure[of], loops_[i].pressure[of]);
    }
  }
  return Error::None;
}

}  // namespace wembed::jit
