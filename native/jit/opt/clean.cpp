#include "jit/opt/clean.h"

#include "base/result.h"

namespace wembed::jit {

namespace {

class Cleaner {
 public:
  Cleaner(Graph& graph, Arena& arena, Poll& poll)
      : graph_(graph),
        poll_(poll),
        is_needed_(arena.allocator()),
        block_of_(arena.allocator()),
        edges_in_(arena.allocator()),
        edge_ends_(arena.allocator()),
        work_(arena.allocator()) {}

  Error run() {
    if (!is_needed_.resize(graph_.nodes.size()) || !block_of_.resize(graph_.nodes.size()) ||
        !find_edges()) {
      return Error::OutOfMemory;
    }
    WEMBED_CHECK(find_needed());
    // Edges first: they know their arguments by the parameters that there are.
    for (const Block& block : graph_.blocks) {
      for (uint32_t i = 0; i < block.edge_count; i++) drop_arguments(block.first_edge + i);
    }
    for (Block& block : graph_.blocks) drop_nodes(block);
    return Error::None;
  }

 private:
  // By block the edges that lead to it.
  bool find_edges() {
    const size_t blocks = graph_.blocks.size();
    if (!edge_ends_.resize(blocks + 1)) return false;
    for (const Edge& edge : graph_.edges) edge_ends_[edge.target + 1]++;
    for (size_t i = 1; i <= blocks; i++) edge_ends_[i] += edge_ends_[i - 1];
    if (!edges_in_.resize(graph_.edges.size())) return false;
    for (uint32_t e = 0; e < graph_.edges.size(); e++) {
      edges_in_[edge_ends_[graph_.edges[e].target]++] = e;
    }
    return true;
  }
  [[nodiscard]] std::span<const uint32_t> edges_to(BlockId block) const {
    const uint32_t first = block == 0 ? 0 : edge_ends_[block - 1];
    return edges_in_.span().subspan(first, edge_ends_[block] - first);
  }

  [[nodiscard]] bool need(NodeId node) {
    if (is_needed_[node] != 0) return true;
    is_needed_[node] = 1;
    return work_.push_back(node);
  }

  Error find_needed() {
    for (BlockId b = 0; b < graph_.blocks.size(); b++) {
      for (NodeId id : graph_.nodes_of(graph_.blocks[b])) {
        block_of_[id] = b;
        // The function's own parameters stay what they are.
        const bool is_given = b == 0 && graph_.nodes[id].op == Op::Param;
        const uint8_t effects = op_info(graph_.nodes[id].op).effects;
        if ((is_given || (effects & ~kReads) != 0) && !need(id)) return Error::OutOfMemory;
      }
    }
    while (!work_.empty()) {
      const NodeId id = work_.back();
      work_.pop_back();
      const Node& node = graph_.nodes[id];
      WEMBED_CHECK(poll_.spend(node.count + 1));
      for (NodeId operand : graph_.operands_of(node)) {
        if (!need(operand)) return Error::OutOfMemory;
      }
      if (node.op != Op::Param) continue;
      for (uint32_t edge : edges_to(block_of_[id])) {
        WEMBED_CHECK(poll_.spend(1));
        const auto which = static_cast<size_t>(node.immediate);
        if (!need(graph_.arguments_of(graph_.edges[edge])[which])) return Error::OutOfMemory;
      }
    }
    return Error::None;
  }

  void drop_arguments(uint32_t index) {
    Edge& edge = graph_.edges[index];
    const std::span<const NodeId> params = graph_.params_of(graph_.blocks[edge.target]);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < edge.count; i++) {
      if (is_needed_[params[i]] == 0) continue;
      graph_.operands[edge.first + kept++] = graph_.operands[edge.first + i];
    }
    edge.count = kept;
  }

  void drop_nodes(Block& block) {
    uint32_t kept = 0, params = 0;
    for (uint32_t i = 0; i < block.count; i++) {
      const NodeId id = graph_.order[block.first + i];
      if (is_needed_[id] == 0) continue;
      graph_.order[block.first + kept++] = id;
      if (i < block.params) graph_.nodes[id].immediate = params++;
    }
    block.count = kept;
    block.params = params;
  }

  Graph& graph_;
  Poll& poll_;
  Vector<uint8_t> is_needed_;
  Vector<BlockId> block_of_;
  Vector<uint32_t> edges_in_;
  Vector<uint32_t> edge_ends_;
  Vector<NodeId> work_;
};

}  // namespace

Error clean(Graph& graph, Arena& arena, Poll& poll) { return Cleaner(graph, arena, poll).run(); }

}  // namespace wembed::jit
