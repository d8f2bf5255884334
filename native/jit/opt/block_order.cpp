#include "jit/opt/block_order.h"

#include <algorithm>
#include <utility>

namespace wembed::jit {

bool BlockOrder::begin() {
  const size_t blocks = graph_.blocks.size();
  if (!first_.resize(blocks) || !last_.resize(blocks) || !is_dropped_.resize(blocks)) return false;
  std::fill(first_.begin(), first_.end(), kNone);
  return true;
}

BlockId BlockOrder::insert_behind(BlockId before, LoopId loop) {
  is_changed_ = true;
  const auto made = static_cast<BlockId>(graph_.blocks.size());
  if (!graph_.blocks.push_back({.loop = loop}) || !is_dropped_.push_back(0) ||
      !next_.push_back(kNone)) {
    return kNone;
  }
  if (first_[before] == kNone) {
    first_[before] = made;
  } else {
    next_[last_[before] - first_.size()] = made;
  }
  last_[before] = made;
  return made;
}

// What is dropped has the number of the last block before it, in case a loop ended there.
bool BlockOrder::place(BlockId block, Vector<Block>& blocks, Vector<Edge>& edges) {
  const bool is_kept = !is_dropped(block);
  if (is_kept) {
    Block moved = graph_.blocks[block];
    const std::span<const Edge> from = graph_.edges_of(moved);
    moved.first_edge = static_cast<uint32_t>(edges.size());
    Edge* to = edges.extend(from.size());
    if (to == nullptr || !blocks.push_back(moved)) return false;
    std::copy(from.begin(), from.end(), to);
    position_[block] = static_cast<BlockId>(blocks.size() - 1);
  }
  if (block < first_.size()) {
    for (BlockId at = first_[block]; at != kNone; at = next_[at - first_.size()]) {
      if (!place(at, blocks, edges)) return false;
    }
  }
  if (!is_kept) position_[block] = static_cast<BlockId>(blocks.size() - 1);
  return true;
}

bool BlockOrder::finish() {
  if (!is_changed_) return true;
  Vector<Block> blocks(position_.allocator());
  Vector<Edge> edges(position_.allocator());
  if (!position_.resize(graph_.blocks.size()) || !blocks.reserve(graph_.blocks.size()) ||
      !edges.reserve(graph_.edges.size() + 1)) {
    return false;
  }
  for (BlockId block = 0; block < first_.size(); block++) {
    if (!place(block, blocks, edges)) return false;
  }
  for (Edge& edge : edges) edge.target = position_[edge.target];
  for (Loop& loop : graph_.loops) {
    loop.header = position_[loop.header];
    loop.last = position_[loop.last];
  }
  graph_.blocks = std::move(blocks);
  graph_.edges = std::move(edges);
  return true;
}

}  // namespace wembed::jit
