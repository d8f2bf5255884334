#include "jit/build/value_table.h"

#include <algorithm>

namespace wembed::jit {

uint32_t ValueTable::hash(const Node& node, std::span<const NodeId> operands) {
  uint64_t mixed = node.immediate * 0x9e3779b97f4a7c15;
  mixed ^= static_cast<uint64_t>(node.op) << 8 | static_cast<uint64_t>(node.type);
  for (NodeId operand : operands) mixed = (mixed ^ operand) * 0x9e3779b97f4a7c15;
  return static_cast<uint32_t>(mixed >> 32);
}

NodeId ValueTable::find(const Node& node, std::span<const NodeId> operands) const {
  if (buckets_.empty()) return kNone;
  const uint32_t wanted = hash(node, operands);
  uint32_t at = buckets_[wanted & (buckets_.size() - 1)];
  // A bucket has one entry on average; guests that choose theirs well find no more than these.
  for (int tries = 16; at != kNone && tries > 0; at = entries_[at].next, tries--) {
    const Entry& entry = entries_[at];
    if (entry.hash != wanted) continue;
    const Node& known = graph_.nodes[entry.node];
    const std::span<const NodeId> inputs = graph_.operands_of(known);
    if (known.op == node.op && known.type == node.type && known.immediate == node.immediate &&
        std::equal(inputs.begin(), inputs.end(), operands.begin(), operands.end())) {
      return entry.node;
    }
  }
  return kNone;
}

void ValueTable::add(NodeId node) {
  const uint32_t hashed = hash(graph_.nodes[node], graph_.operands_of(node));
  if (entries_.size() >= buckets_.size() && !spread()) {
    out_of_memory_ = true;
    return;
  }
  if (!entries_.push_back({node, hashed, kNone})) {
    out_of_memory_ = true;
    return;
  }
  link(mark() - 1);
}

void ValueTable::link(uint32_t entry) {
  uint32_t& bucket = buckets_[entries_[entry].hash & (buckets_.size() - 1)];
  entries_[entry].next = bucket;
  bucket = entry;
}

bool ValueTable::spread() {
  const size_t size = buckets_.empty() ? 256 : buckets_.size() * 2;
  if (!buckets_.resize(size)) return false;
  std::fill(buckets_.begin(), buckets_.end(), kNone);
  for (uint32_t i = 0; i < entries_.size(); i++) link(i);
  return true;
}

void ValueTable::roll_back(uint32_t mark) {
  while (entries_.size() > mark) {
    const Entry& entry = entries_.back();
    buckets_[entry.hash & (buckets_.size() - 1)] = entry.next;
    entries_.pop_back();
  }
}

}  // namespace wembed::jit
