#include "jit/emit/layout.h"

#include <algorithm>

namespace wembed::jit {

namespace {

// Whether the loop's header ends in a branch of which one side is outside of the loop, and the
// other the block behind it.
bool is_left_from_header(const MachineFunction& function, BlockIndex header) {
  const MachineBlock& block = function.blocks[header];
  const BlockIndex last = block.loop_end;
  if (!block.is_loop_header || last == header) return false;
  const Instruction& end = function.instructions[block.first + block.count - 1];
  if (end.op != MachineOp::Branch && end.op != MachineOp::BranchFloat) return false;
  const std::span<const BlockIndex> targets = function.targets_of(end);
  auto is_outside = [&](BlockIndex target) { return target < header || target > last; };
  return (is_outside(targets[0]) && targets[1] == header + 1) ||
         (is_outside(targets[1]) && targets[0] == header + 1);
}

bool ends_in_trap(const MachineFunction& function, BlockIndex index) {
  const MachineBlock& block = function.blocks[index];
  return function.instructions[block.first + block.count - 1].op == MachineOp::Trap;
}

}  // namespace

bool lay_out(const MachineFunction& function, Vector<BlockIndex>& order) {
  // Headers that wait for their loop's end, innermost last.
  Vector<BlockIndex> waiting(function.allocator);
  Vector<BlockIndex> cold(function.allocator);
  for (BlockIndex block = 0; block < function.blocks.size(); block++) {
    const bool is_cold = block != 0 && ends_in_trap(function, block);
    const bool waits = block != 0 && is_left_from_header(function, block);
    if (!(is_cold ? cold : waits ? waiting : order).push_back(block)) return false;
    while (!waiting.empty() && function.blocks[waiting.back()].loop_end == block) {
      if (!order.push_back(waiting.back())) return false;
      waiting.pop_back();
    }
  }
  BlockIndex* last = order.extend(cold.size());
  if (last == nullptr) return false;
  std::copy(cold.begin(), cold.end(), last);
  return true;
}

}  // namespace wembed::jit
