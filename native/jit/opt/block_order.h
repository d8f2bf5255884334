// Blocks that come into a graph and go from it, by the passes. Numbers of blocks stay what they are
// until the end, when all get theirs by where they stand.
#pragma once

#include "jit/ir/graph.h"

namespace wembed::jit {

class BlockOrder {
 public:
  BlockOrder(Graph& graph, Arena& arena)
      : graph_(graph),
        first_(arena.allocator()),
        last_(arena.allocator()),
        next_(arena.allocator()),
        is_dropped_(arena.allocator()),
        position_(arena.allocator()) {}

  // False, here and below: no memory.
  [[nodiscard]] bool begin();

  // The block, which is empty so far, stands behind one that was there at the beginning, and behind
  // what was put there before. kNone: no memory.
  BlockId insert_behind(BlockId before, LoopId loop);
  // Nothing leads to it any more; its edges go with it.
  void drop(BlockId block) {
    is_dropped_[block] = 1;
    is_changed_ = true;
  }
  [[nodiscard]] bool is_dropped(BlockId block) const { return is_dropped_[block] != 0; }

  [[nodiscard]] bool finish();

 private:
  [[nodiscard]] bool place(BlockId block, Vector<Block>& blocks, Vector<Edge>& edges);

  Graph& graph_;
  bool is_changed_ = false;
  // By block: what stands behind it, as a list; next_ by inserted block.
  Vector<BlockId> first_;
  Vector<BlockId> last_;
  Vector<BlockId> next_;
  Vector<uint8_t> is_dropped_;
  Vector<BlockId> position_;
};

}  // namespace wembed::jit
