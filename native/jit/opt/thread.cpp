#include "jit/opt/thread.h"

#include <algorithm>

#include "base/result.h"
#include "jit/opt/block_order.h"

namespace wembed::jit {

namespace {

class Threader {
 public:
  Threader(Graph& graph, Arena& arena, Poll& poll)
      : graph_(graph),
        poll_(poll),
        order_(graph, arena),
        uses_(arena.allocator()),
        first_source_(arena.allocator()),
        next_source_(arena.allocator()) {}

  Error run() {
    const auto blocks = static_cast<BlockId>(graph_.blocks.size());
    if (!order_.begin() || !uses_.resize(graph_.nodes.size()) || !first_source_.resize(blocks) ||
        !next_source_.resize(blocks)) {
      return Error::OutOfMemory;
    }
    for (const Block& block : graph_.blocks) {
      WEMBED_CHECK(poll_.spend(block.count));
      count_uses(block);
    }
    // From the end: where a block leads to is then known already.
    for (BlockId block = blocks; block-- > 0;) skip_by_jump(block);
    find_sources();
    for (BlockId block = 0; block < blocks; block++) {
      if (is_test(block)) thread(block);
      if (out_of_memory_) return Error::OutOfMemory;
    }
    for (auto block = static_cast<BlockId>(graph_.blocks.size()); block-- > 0;) {
      skip_by_branch(block);
    }
    return order_.finish() ? Error::None : Error::OutOfMemory;
  }

 private:
  // Ways that lead to a test, and parameters that are handed on: more than these are nobody's.
  static constexpr uint32_t kMostSources = 8;
  static constexpr uint32_t kMostParams = 4;

  void count_uses(const Block& block) {
    for (NodeId id : graph_.nodes_of(block)) {
      for (NodeId operand : graph_.operands_of(id)) uses_[operand]++;
    }
    for (const Edge& edge : graph_.edges_of(block)) {
      for (NodeId argument : graph_.arguments_of(edge)) uses_[argument]++;
    }
  }

  [[nodiscard]] bool ends_with(const Block& block, Op op) const {
    return graph_.nodes[graph_.end_of(block)].op == op;
  }
  [[nodiscard]] bool is_header(BlockId block) const {
    const LoopId loop = graph_.blocks[block].loop;
    return loop != kNone && graph_.loops[loop].header == block;
  }
  [[nodiscard]] Edge& only_edge(BlockId block) {
    return graph_.edges[graph_.blocks[block].first_edge];
  }

  // --- blocks that lead on -----------------------------------------------------------------------

  // Whether nobody but its jump asks for its parameters, and it has nothing else.
  [[nodiscard]] bool only_leads_on(BlockId id) const {
    const Block& block = graph_.blocks[id];
    if (id == 0 || block.count != block.params + 1 || block.params > kMostParams) return false;
    if (!ends_with(block, Op::Jump) || is_header(id)) return false;
    const auto arguments = graph_.arguments_of(graph_.edges_of(block)[0]);
    const auto params = graph_.params_of(block);
    return std::all_of(params.begin(), params.end(), [&](NodeId param) {
      const auto count = std::count(arguments.begin(), arguments.end(), param);
      return uses_[param] == static_cast<uint32_t>(count);
    });
  }

  void skip_by_jump(BlockId id) {
    if (!ends_with(graph_.blocks[id], Op::Jump)) return;
    const BlockId skipped = only_edge(id).target;
    if (skipped <= id || !only_leads_on(skipped) || out_of_memory_) return;
    const Edge onward = only_edge(skipped);
    Edge made = {onward.target, static_cast<uint32_t>(graph_.operands.size()), onward.count};
    NodeId* arguments = graph_.operands.extend(onward.count);
    if (arguments == nullptr) {
      out_of_memory_ = true;
      return;
    }
    const auto given = graph_.arguments_of(only_edge(id));
    const auto params = graph_.params_of(graph_.blocks[skipped]);
    for (NodeId argument : graph_.arguments_of(onward)) {
      const auto param = std::find(params.begin(), params.end(), argument);
      *arguments++ = param == params.end() ? argument : given[param - params.begin()];
    }
    only_edge(id) = made;
    graph_.blocks[made.target].predecessors++;
    leave(skipped);
  }

  // One way less leads to it.
  void leave(BlockId id) {
    Block& block = graph_.blocks[id];
    if (--block.predecessors != 0) return;
    for (const Edge& edge : graph_.edges_of(block)) graph_.blocks[edge.target].predecessors--;
    order_.drop(id);
  }

  // A branch may lead to what nothing else leads to; a table of branches to one block several
  // times.
  void skip_by_branch(BlockId id) {
    const Block& block = graph_.blocks[id];
    if (order_.is_dropped(id) || block.edge_count < 2) return;
    for (uint32_t i = 0; i < block.edge_count; i++) {
      Edge& edge = graph_.edges[block.first_edge + i];
      const BlockId skipped = edge.target;
      const Block& between = graph_.blocks[skipped];
      if (between.count != 1 || !ends_with(between, Op::Jump) || is_header(skipped)) continue;
      const Edge onward = only_edge(skipped);
      if (onward.count != 0 || graph_.blocks[onward.target].predecessors != 1) continue;
      edge.target = onward.target;
      order_.drop(skipped);
    }
  }

  // --- branches that are decided before ----------------------------------------------------------

  // A block that only branches by its one parameter, of which nobody else knows.
  [[nodiscard]] bool is_test(BlockId id) const {
    const Block& block = graph_.blocks[id];
    if (order_.is_dropped(id) || block.params != 1 || block.count != 2 || is_header(id)) {
      return false;
    }
    const NodeId param = graph_.params_of(block)[0];
    return ends_with(block, Op::Branch) && uses_[param] == 1 &&
           graph_.operand(graph_.end_of(block), 0) == param;
  }

  // By block the blocks that jump there.
  void find_sources() {
    std::fill(first_source_.begin(), first_source_.end(), kNone);
    for (BlockId block = 0; block < first_source_.size(); block++) {
      if (order_.is_dropped(block) || !ends_with(graph_.blocks[block], Op::Jump)) continue;
      BlockId& first = first_source_[only_edge(block).target];
      next_source_[block] = first;
      first = block;
    }
  }
  [[nodiscard]] NodeId argument_of(BlockId source) {
    return graph_.arguments_of(only_edge(source))[0];
  }

  void thread(BlockId test) {
    if (graph_.blocks[test].predecessors > kMostSources) return;
    uint32_t constants = 0, others = 0;
    for (BlockId from = first_source_[test]; from != kNone; from = next_source_[from]) {
      (graph_.nodes[argument_of(from)].op == Op::Const ? constants : others)++;
    }
    // Both sides of the branch stay.
    if (constants == 0 || others == 0) return;
    for (BlockId from = first_source_[test]; from != kNone; from = next_source_[from]) {
      const NodeId argument = argument_of(from);
      if (graph_.nodes[argument].op == Op::Const) {
        const bool holds = static_cast<uint32_t>(graph_.nodes[argument].immediate) != 0;
        const BlockId target = graph_.edges_of(graph_.blocks[test])[holds ? 0 : 1].target;
        only_edge(from) = {.target = target};
        graph_.blocks[target].predecessors++;
      } else {
        branch(from, argument, test);
      }
      if (out_of_memory_) return;
    }
    graph_.blocks[test].predecessors = 1;
    leave(test);
  }

  // The block branches as the test does; no edge is critical.
  void branch(BlockId from, NodeId condition, BlockId test) {
    const auto first = static_cast<uint32_t>(graph_.edges.size());
    if (!graph_.edges.push_back({}) || !graph_.edges.push_back({})) out_of_memory_ = true;
    for (uint32_t side = 0; side < 2 && !out_of_memory_; side++) {
      const BlockId target = graph_.edges_of(graph_.blocks[test])[side].target;
      const BlockId between = lead_to(target, test);
      if (!out_of_memory_) graph_.edges[first + side].target = between;
    }
    Node& end = graph_.nodes[graph_.end_of(graph_.blocks[from])];
    end.op = Op::Branch;
    end.first = static_cast<uint32_t>(graph_.operands.size());
    end.count = 1;
    if (!graph_.operands.push_back(condition)) out_of_memory_ = true;
    graph_.blocks[from].first_edge = first;
    graph_.blocks[from].edge_count = 2;
  }

  // A new block where the test was, which jumps there.
  BlockId lead_to(BlockId target, BlockId test) {
    const BlockId made = order_.insert_behind(test, graph_.blocks[test].loop);
    const auto node = static_cast<NodeId>(graph_.nodes.size());
    if (made == kNone || !graph_.nodes.push_back({.op = Op::Jump}) ||
        !graph_.order.push_back(node) || !graph_.edges.push_back({.target = target})) {
      out_of_memory_ = true;
      return kNone;
    }
    Block& block = graph_.blocks[made];
    block.first = static_cast<uint32_t>(graph_.order.size() - 1);
    block.count = 1;
    block.first_edge = static_cast<uint32_t>(graph_.edges.size() - 1);
    block.edge_count = 1;
    block.predecessors = 1;
    graph_.blocks[target].predecessors++;
    return made;
  }

  Graph& graph_;
  Poll& poll_;
  BlockOrder order_;
  bool out_of_memory_ = false;
  Vector<uint32_t> uses_;         // by node
  Vector<BlockId> first_source_;  // by block
  Vector<BlockId> next_source_;   // by source
};

}  // namespace

Error thread(Graph& graph, Arena& arena, Poll& poll) { return Threader(graph, arena, poll).run(); }

}  // namespace wembed::jit
