#include "jit/verify.h"

#include <algorithm>
#include <vector>

namespace wembed::jit {

namespace {

// Immediate dominators; and where each node is defined.
class Verifier {
 public:
  explicit Verifier(const Graph& graph)
      : graph_(graph),
        blocks_(static_cast<uint32_t>(graph.blocks.size())),
        block_of_(graph.nodes.size(), kNone),
        order_of_(graph.nodes.size(), 0),
        dominator_(blocks_, kNone) {}

  std::string run() {
    if (blocks_ == 0) return "no block";
    for (uint32_t b = 0; b < blocks_ && wrong_.empty(); b++) check_shape(b);
    if (wrong_.empty()) check_edges();
    if (wrong_.empty()) check_loops();
    if (wrong_.empty()) find_dominators();
    for (uint32_t b = 0; b < blocks_ && wrong_.empty(); b++) check_nodes(b);
    return wrong_;
  }

 private:
  bool expect(bool holds, const std::string& what) {
    if (!holds && wrong_.empty()) wrong_ = what;
    return holds;
  }
  static std::string at(BlockId block) { return " in b" + std::to_string(block); }

  void check_shape(BlockId b) {
    const Block& block = graph_.blocks[b];
    const size_t end = size_t{block.first} + block.count;
    if (!expect(block.count > 0 && end <= graph_.order.size(), "no nodes" + at(b))) return;
    uint32_t position = 0;
    for (NodeId id : graph_.nodes_of(block)) {
      if (!expect(id < graph_.nodes.size(), "unknown node" + at(b))) return;
      const Node& node = graph_.nodes[id];
      expect(block_of_[id] == kNone, "v" + std::to_string(id) + " twice");
      block_of_[id] = b;
      order_of_[id] = position;
      const bool is_param = node.op == Op::Param;
      expect(is_param == (position < block.params), "parameters not in front" + at(b));
      if (is_param) expect(node.immediate == position, "parameters not in order" + at(b));
      const bool ends = (op_info(node.op).effects & kEnds) != 0;
      expect(ends == (position + 1 == block.count), "end not at the end" + at(b));
      position++;
    }
  }

  void check_edges() {
    std::vector<uint32_t> predecessors(blocks_, 0);
    for (BlockId b = 0; b < blocks_; b++) {
      const Block& block = graph_.blocks[b];
      const Op end = graph_.nodes[graph_.end_of(block)].op;
      if (end == Op::Jump) expect(block.edge_count == 1, "edges of a jump" + at(b));
      if (end == Op::Branch) expect(block.edge_count == 2, "edges of a branch" + at(b));
      if (end == Op::BranchTable) expect(block.edge_count > 1, "edges of a table" + at(b));
      if (end == Op::Return || end == Op::Trap) expect(block.edge_count == 0, "edges" + at(b));
      std::vector<BlockId> seen;
      for (const Edge& edge : graph_.edges_of(block)) {
        if (!expect(edge.target < blocks_ && edge.target != 0, "edge to nowhere" + at(b))) return;
        check_arguments(b, edge);
        if (std::find(seen.begin(), seen.end(), edge.target) != seen.end()) continue;
        seen.push_back(edge.target);
        predecessors[edge.target]++;
      }
    }
    for (BlockId b = 0; b < blocks_; b++) {
      expect(predecessors[b] == graph_.blocks[b].predecessors, "number of predecessors" + at(b));
      expect(b == 0 || predecessors[b] > 0, "unreachable" + at(b));
      const Block& block = graph_.blocks[b];
      if (block.edge_count < 2) continue;
      for (const Edge& edge : graph_.edges_of(block)) {
        expect(edge.count == 0 && predecessors[edge.target] == 1, "critical edge" + at(b));
      }
    }
  }

  void check_arguments(BlockId b, const Edge& edge) {
    const Block& target = graph_.blocks[edge.target];
    if (!expect(edge.count == target.params, "number of arguments" + at(b))) return;
    for (uint32_t i = 0; i < edge.count; i++) {
      const NodeId argument = graph_.arguments_of(edge)[i];
      if (!expect(argument < graph_.nodes.size(), "unknown argument" + at(b))) return;
      expect(graph_.nodes[argument].type == graph_.nodes[graph_.params_of(target)[i]].type,
             "type of an argument" + at(b));
    }
    if (edge.target > b) return;
    const LoopId loop = target.loop;
    if (!expect(loop != kNone && graph_.loops[loop].header == edge.target, "back edge" + at(b))) {
      return;
    }
    expect(b <= graph_.loops[loop].last, "back edge from outside" + at(b));
  }

  void check_loops() {
    for (LoopId l = 0; l < graph_.loops.size(); l++) {
      const Loop& loop = graph_.loops[l];
      const std::string name = " of loop " + std::to_string(l);
      if (!expect(loop.header <= loop.last && loop.last < blocks_, "range" + name)) return;
      if (loop.parent == kNone) {
        expect(loop.depth == 1, "depth" + name);
        continue;
      }
      if (!expect(loop.parent < l, "parent" + name)) return;
      const Loop& parent = graph_.loops[loop.parent];
      expect(parent.depth + 1 == loop.depth, "depth" + name);
      expect(parent.header <= loop.header && loop.last <= parent.last, "nesting" + name);
    }
    for (BlockId b = 0; b < blocks_; b++) {
      const LoopId loop = graph_.blocks[b].loop;
      if (loop == kNone) continue;
      const bool is_inside = loop < graph_.loops.size() && graph_.loops[loop].header <= b &&
                             b <= graph_.loops[loop].last;
      expect(is_inside, "loop" + at(b));
    }
  }

  // Of blocks in an order in which dominators come first, one round is enough but for back edges,
  // which lead to blocks that dominate their source.
  void find_dominators() {
    dominator_[0] = 0;
    for (BlockId b = 0; b < blocks_; b++) {
      for (const Edge& edge : graph_.edges_of(graph_.blocks[b])) {
        if (edge.target <= b) continue;
        BlockId& known = dominator_[edge.target];
        known = known == kNone ? b : common(known, b);
      }
    }
    for (BlockId b = 0; b < blocks_; b++) {
      for (const Edge& edge : graph_.edges_of(graph_.blocks[b])) {
        if (edge.target <= b) expect(dominates(edge.target, b), "entry into a loop" + at(b));
      }
    }
  }
  BlockId common(BlockId a, BlockId b) const {
    while (a != b) (a > b ? a : b) = dominator_[a > b ? a : b];
    return a;
  }
  [[nodiscard]] bool dominates(BlockId a, BlockId b) const {
    while (b > a) b = dominator_[b];
    return a == b;
  }
  [[nodiscard]] bool is_known(NodeId value, BlockId block, uint32_t position) const {
    if (value >= graph_.nodes.size() || block_of_[value] == kNone) return false;
    if (block_of_[value] == block) return order_of_[value] < position;
    return dominates(block_of_[value], block);
  }

  void check_nodes(BlockId b) {
    const Block& block = graph_.blocks[b];
    uint32_t position = 0;
    for (NodeId id : graph_.nodes_of(block)) {
      const Node& node = graph_.nodes[id];
      for (NodeId operand : graph_.operands_of(node)) {
        expect(is_known(operand, b, position),
               "v" + std::to_string(operand) + " not known at v" + std::to_string(id));
      }
      if (wrong_.empty()) check_types(id, node);
      position++;
    }
    for (const Edge& edge : graph_.edges_of(block)) {
      for (NodeId argument : graph_.arguments_of(edge)) {
        expect(is_known(argument, b, block.count),
               "v" + std::to_string(argument) + " not known at the end" + at(b));
      }
    }
  }

  static bool fits(char letter, Type type, Type own) {
    switch (letter) {
      case 'I':
      case 'A': return type == Type::I32;
      case 'L': return type == Type::I64;
      case 'F': return type == Type::F32;
      case 'D': return type == Type::F64;
      case 'R': return type == Type::Ref;
      case 'T': return type == own;
      default: return type != Type::None;
    }
  }

  void check_types(NodeId id, const Node& node) {
    const OpInfo& info = op_info(node.op);
    const std::string name = " of v" + std::to_string(id);
    const char result = info.signature.result;
    if (result == 0) {
      expect(node.type == Type::None, "result" + name);
    } else if (result != 'X') {
      expect(fits(result, node.type, node.type), "result" + name);
    }
    if (!info.any_count) {
      if (!expect(node.count == info.signature.count, "operands" + name)) return;
    }
    for (uint32_t i = 0; i < node.count; i++) {
      const char letter = info.any_count ? 'X' : info.signature.operands[i];
      expect(fits(letter, graph_.nodes[graph_.operands_of(node)[i]].type, node.type),
             "operand " + std::to_string(i) + name);
    }
    if (node.op == Op::Return) check_return(node);
  }

  void check_return(const Node& node) {
    if (!expect(node.count == graph_.results.size(), "number of results")) return;
    for (uint32_t i = 0; i < node.count; i++) {
      expect(graph_.nodes[graph_.operands_of(node)[i]].type == graph_.results[i], "result type");
    }
  }

  const Graph& graph_;
  uint32_t blocks_;
  std::vector<BlockId> block_of_;
  std::vector<uint32_t> order_of_;
  std::vector<BlockId> dominator_;
  std::string wrong_;
};

}  // namespace

std::string verify(const Graph& graph) { return Verifier(graph).run(); }

}  // namespace wembed::jit
