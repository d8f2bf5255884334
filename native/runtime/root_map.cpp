#include "runtime/root_map.h"

#include <algorithm>
#include <cstring>

namespace wembed {

uint32_t RootMap::top_at(uint32_t position) const {
  const Range* end = ranges() + range_count_;
  const Range* found =
      std::upper_bound(ranges(), end, position,
                       [](uint32_t wanted, const Range& range) { return wanted < range.position; });
  return found == ranges() ? 0 : found[-1].top;
}

void RootMapBuilder::clear() {
  nodes_.clear();
  ranges_.clear();
  locals_.clear();
  stack_.clear();
  pending_count_ = 0;
  last_ = 0;
}

// What is taken by the instruction it was waiting for has come home for that at the latest.
void RootMapBuilder::cut(size_t height) {
  while (!stack_.empty() && stack_.back().index >= height) stack_.pop_back();
  while (pending_count_ > 0 && pending_[pending_count_ - 1].index >= height) {
    nodes_[pending_[--pending_count_].node].from = last_;
  }
}

void RootMapBuilder::push(size_t index, int32_t slot, bool is_home) {
  if (out_of_memory_) return;
  is_home = is_home || pending_count_ == kMostPending;
  const auto node = static_cast<uint32_t>(nodes_.size());
  keep(nodes_.push_back({slot, top(), is_home ? 0 : kNever}) && stack_.push_back({index, node}));
  if (!is_home && !out_of_memory_) pending_[pending_count_++] = {index, node};
}

// Of several instructions at one position the last one counts: those before it had no code.
void RootMapBuilder::begin_instruction(uint32_t position) {
  last_ = position;
  while (!ranges_.empty() && ranges_.back().position >= position) ranges_.pop_back();
  if (ranges_.empty() || ranges_.back().top != top()) keep(ranges_.push_back({position, top()}));
}

RootMap* RootMapBuilder::finish(Allocator& allocator) {
  if (out_of_memory_) return nullptr;
  auto* map = static_cast<RootMap*>(allocator.allocate(
      sizeof(RootMap) + nodes_.size() * sizeof(RootMap::Node) +
      ranges_.size() * sizeof(RootMap::Range) + locals_.size() * sizeof(int32_t)));
  if (map == nullptr) return nullptr;
  map->extent_ = extent_;
  map->node_count_ = static_cast<uint32_t>(nodes_.size());
  map->range_count_ = static_cast<uint32_t>(ranges_.size());
  map->local_count_ = static_cast<uint32_t>(locals_.size());
  auto copy = [](const void* to, const auto& items) {
    if (!items.empty())
      std::memcpy(const_cast<void*>(to), items.data(), items.size() * sizeof items[0]);
  };
  copy(map->nodes(), nodes_);
  copy(map->ranges(), ranges_);
  copy(map->locals(), locals_);
  return map;
}

}  // namespace wembed
