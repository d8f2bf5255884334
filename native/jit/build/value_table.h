// The nodes that can stand for another one like them, as far as control has surely passed them.
#pragma once

#include "jit/ir/graph.h"

namespace wembed::jit {

class ValueTable {
 public:
  ValueTable(Arena& arena, Graph& graph, bool& out_of_memory)
      : graph_(graph),
        out_of_memory_(out_of_memory),
        entries_(arena.allocator()),
        buckets_(arena.allocator()) {}

  // One that computes the same; kNone: there is none.
  [[nodiscard]] NodeId find(const Node& node, std::span<const NodeId> operands) const;
  void add(NodeId node);

  // What was added since mark() goes at roll_back(): it does not lie on all ways from there on.
  [[nodiscard]] uint32_t mark() const { return static_cast<uint32_t>(entries_.size()); }
  void roll_back(uint32_t mark);

 private:
  struct Entry {
    NodeId node;
    uint32_t hash;
    uint32_t next;  // older one of its bucket
  };
  static uint32_t hash(const Node& node, std::span<const NodeId> operands);
  void link(uint32_t entry);
  [[nodiscard]] bool spread();

  Graph& graph_;
  bool& out_of_memory_;
  Vector<Entry> entries_;
  Vector<uint32_t> buckets_;  // newest entry of each, kNone; a power of two of them
};

}  // namespace wembed::jit
