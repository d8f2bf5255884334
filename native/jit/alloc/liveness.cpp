#include "jit/alloc/liveness.h"

#include <algorithm>

namespace wembed::jit {

namespace {

// Places where values live, for each operand and block there is, and for any function.
constexpr uint64_t kPlacesPerItem = 32;
constexpr uint64_t kPlacesAtLeast = 64 * 1024;

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
      in_(allocator),
      out_(allocator),
      predecessors_(allocator),
      uses_(allocator),
      definitions_(allocator),
      defined_in_(allocator),
      ends_(allocator),
      block_of_(allocator),
      innermost_(allocator),
      loops_(allocator),
      pairs_in_(allocator),
      pairs_out_(allocator),
      seen_in_(allocator),
      seen_out_(allocator),
      work_(allocator) {}

Error Liveness::find(Poll& poll) {
  if (!find_uses() || !find_predecessors() || !find_loops()) return Error::OutOfMemory;
  WEMBED_CHECK(find_live(poll));
  if (!group(pairs_in_, in_) || !group(pairs_out_, out_)) return Error::OutOfMemory;
  if (!seen_in_.resize(0) || !seen_in_.resize(function_.classes.size())) return Error::OutOfMemory;
  find_pressure();
  return Error::None;
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

Error Liveness::find_live(Poll& poll) {
  const size_t blocks = function_.blocks.size();
  if (!seen_in_.resize(blocks) || !seen_out_.resize(blocks)) return Error::OutOfMemory;
  const uint64_t limit = kPlacesAtLeast + kPlacesPerItem * (function_.operands.size() + blocks);
  for (VirtualRegister reg = 0; reg < function_.classes.size(); reg++) {
    const size_t before = pairs_in_.size();
    if (!live_up(reg)) return Error::OutOfMemory;
    const size_t found = pairs_in_.size() + pairs_out_.size();
    if (found > limit) return Error::Limit;
    WEMBED_CHECK(poll.spend(pairs_in_.size() - before + uses(reg).size() + 1));
  }
  return Error::None;
}

// From each use up to the definition, once through each block. Stamps are numbers above those of
// registers before, and never 0.
bool Liveness::live_up(VirtualRegister reg) {
  const uint32_t stamp = reg + 1;
  for (uint32_t use : uses(reg)) {
    if (!work_.push_back(block_of_[use])) return false;
    while (!work_.empty()) {
      const BlockIndex block = work_.back();
      work_.pop_back();
      if (block == defined_in_[reg] || seen_in_[block] == stamp) continue;
      seen_in_[block] = stamp;
      if (!pairs_in_.push_back({block, reg})) return false;
      for (BlockIndex from : predecessors(block)) {
        if (seen_out_[from] == stamp) continue;
        seen_out_[from] = stamp;
        if (!pairs_out_.push_back({from, reg}) || !work_.push_back(from)) return false;
        const MachineBlock& source = function_.blocks[from];
        ends_[reg] = std::max(ends_[reg], source.first + source.count);
      }
    }
  }
  return true;
}

bool Liveness::group(const Vector<Pair>& pairs, Grouped& made) {
  if (!made.begin(function_.blocks.size())) return false;
  for (const Pair& pair : pairs) made.count(pair.block);
  if (!made.end_of_counting()) return false;
  for (const Pair& pair : pairs) made.fill(pair.block, pair.reg);
  return true;
}

// Backwards through each block, counting what lives; seen_in_ has the block where a register was
// met last, plus one.
void Liveness::find_pressure() {
  for (BlockIndex b = 0; b < function_.blocks.size(); b++) {
    const MachineBlock& block = function_.blocks[b];
    const uint32_t loop = innermost_[b];
    if (loop == kNoLoop) continue;
    uint32_t live[2] = {}, most[2] = {};
    auto meet = [&](VirtualRegister reg) {
      if (seen_in_[reg] == b + 1) return;
      seen_in_[reg] = b + 1;
      const auto of = static_cast<size_t>(function_.classes[reg]);
      most[of] = std::max(most[of], ++live[of]);
    };
    for (VirtualRegister reg : live_out(b)) meet(reg);
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
}

}  // namespace wembed::jit
