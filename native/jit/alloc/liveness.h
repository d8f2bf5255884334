// Where virtual registers are used and where they live, and what loops there are.
#pragma once

#include <span>

#include "base/error.h"
#include "base/poll.h"
#include "base/result.h"
#include "jit/alloc/live_sets.h"
#include "jit/lower/machine.h"

namespace wembed::jit {

// Items by the number of what they belong to, made in two rounds: count, then fill.
class Grouped {
 public:
  explicit Grouped(Allocator& allocator) : ends_(allocator), items_(allocator) {}
  [[nodiscard]] bool begin(size_t groups) { return ends_.resize(groups + 1); }
  void count(uint32_t group) { ends_[group + 1]++; }
  [[nodiscard]] bool end_of_counting();
  void fill(uint32_t group, uint32_t item) { items_[ends_[group]++] = item; }
  // Behind the last fill().
  [[nodiscard]] std::span<const uint32_t> of(uint32_t group) const {
    const uint32_t first = group == 0 ? 0 : ends_[group - 1];
    return items_.span().subspan(first, ends_[group] - first);
  }
  [[nodiscard]] size_t size() const { return items_.size(); }

 private:
  Vector<uint32_t> ends_;
  Vector<uint32_t> items_;
};

struct LoopRange {
  BlockIndex header;
  BlockIndex last;
  uint32_t parent;            // kNoLoop
  uint32_t first;             // instruction
  uint32_t end;               // behind the last one
  uint32_t pressure[2] = {};  // most values that live at once, by class
};
constexpr uint32_t kNoLoop = UINT32_MAX;

class Liveness {
 public:
  Liveness(const MachineFunction& function, Allocator& allocator);

  // Error::Limit: see allocate().
  Error find(Poll& poll);

  [[nodiscard]] const LiveSets& sets() const { return sets_; }
  [[nodiscard]] std::span<const uint32_t> predecessors(BlockIndex block) const {
    return predecessors_.of(block);
  }
  // Instructions, in order; one may stand there twice.
  [[nodiscard]] std::span<const uint32_t> uses(VirtualRegister reg) const { return uses_.of(reg); }
  // The instruction that defines it; of a parameter, the first of its block, where nothing else
  // that lives before it is defined.
  [[nodiscard]] uint32_t definition(VirtualRegister reg) const { return definitions_[reg]; }
  [[nodiscard]] BlockIndex defined_in(VirtualRegister reg) const { return defined_in_[reg]; }
  [[nodiscard]] BlockIndex block_of(uint32_t instruction) const { return block_of_[instruction]; }
  // Behind the last instruction that it lives at, in the order of blocks.
  [[nodiscard]] uint32_t end(VirtualRegister reg) const;

  [[nodiscard]] uint32_t innermost(BlockIndex block) const { return innermost_[block]; }
  [[nodiscard]] std::span<const LoopRange> loops() const { return loops_.span(); }
  // How many loops are around an instruction.
  [[nodiscard]] uint32_t depth(uint32_t instruction) const {
    return function_.blocks[block_of_[instruction]].loop_depth;
  }
  [[nodiscard]] bool is_parameter_of(VirtualRegister reg, BlockIndex block) const {
    return definitions_[reg] == function_.blocks[block].first;
  }

 private:
  [[nodiscard]] bool find_uses();
  [[nodiscard]] bool find_predecessors();
  [[nodiscard]] bool find_loops();
  Error find_pressure(Poll& poll);

  const MachineFunction& function_;
  LiveSets sets_;
  Grouped predecessors_;
  Grouped uses_;
  Vector<uint32_t> definitions_;
  Vector<BlockIndex> defined_in_;
  Vector<uint32_t> ends_;
  Vector<BlockIndex> block_of_;  // by instruction
  Vector<uint32_t> innermost_;
  Vector<LoopRange> loops_;
  Vector<BlockIndex> met_in_;  // by register: the block where it was met last, plus one
};

}  // namespace wembed::jit
