#include "jit/opt/unroll.h"

#include <algorithm>

#include "base/result.h"
#include "jit/ir/evaluate.h"
#include "jit/opt/block_order.h"

namespace wembed::jit {

namespace {

// Nodes of a loop that is copied, and of all its turns together.
constexpr uint32_t kMostNodes = 24;
constexpr uint32_t kMostInAll = 64;
constexpr uint32_t kMostTurns = 4;
constexpr uint32_t kMostBlocks = 6;

class Unroller {
 public:
  Unroller(Graph& graph, Arena& arena, Poll& poll)
      : graph_(graph),
        poll_(poll),
        order_(graph, arena),
        loop_of_(arena.allocator()),
        escapes_(arena.allocator()),
        copy_of_(arena.allocator()),
        outside_(arena.allocator()),
        is_inner_(arena.allocator()),
        block_copy_(arena.allocator()),
        escaping_(arena.allocator()),
        exits_(arena.allocator()),
        values_(arena.allocator()) {}

  Error run() {
    if (graph_.loops.empty()) return Error::None;
    if (!is_inner_.resize(graph_.loops.size())) return Error::OutOfMemory;
    find_inner();
    bool is_any = false;
    for (LoopId loop = 0; loop < is_inner_.size() && !is_any; loop++) {
      is_any = is_inner_[loop] != 0 && describe(loop);
    }
    return is_any ? unroll_all() : Error::None;
  }

 private:
  // The loop that is looked at.
  struct Shape {
    LoopId loop = kNone;
    BlockId header = kNone;
    BlockId last = kNone;
    BlockId back = kNone;    // jumps to the header
    BlockId exit = kNone;    // what the header leads to besides, and nothing else does
    uint32_t exit_side = 0;  // of the header's branch
    uint32_t turns = 0;
  };
  // A block that is passed when a loop is left, which takes its values along.
  struct Exit {
    BlockId block;
    LoopId loop;
    uint32_t first;  // of values_
    uint32_t count;
  };

  // --- which loops, and which of their values are asked for behind them
  // ---------------------------

  Error unroll_all() {
    const size_t nodes = graph_.nodes.size();
    if (!order_.begin() || !loop_of_.resize(nodes) || !escapes_.resize(nodes) ||
        !copy_of_.resize(nodes) || !outside_.resize(nodes) ||
        !block_copy_.resize(graph_.blocks.size())) {
      return Error::OutOfMemory;
    }
    WEMBED_CHECK(find_values());
    for (LoopId loop = 0; loop < graph_.loops.size(); loop++) {
      if (is_inner_[loop] == 0 || !describe(loop)) continue;
      WEMBED_CHECK(poll_.spend(kMostInAll));
      unroll();
      if (out_of_memory_) return Error::OutOfMemory;
    }
    for (const Block& block : graph_.blocks) {
      WEMBED_CHECK(poll_.spend(block.count));
      ask_behind_loops(block);
    }
    for (const Exit& exit : exits_) take_along(exit);
    return !out_of_memory_ && order_.finish() ? Error::None : Error::OutOfMemory;
  }

  void find_inner() {
    std::fill(is_inner_.begin(), is_inner_.end(), uint8_t{1});
    for (const Loop& loop : graph_.loops) {
      if (loop.parent != kNone) is_inner_[loop.parent] = 0;
    }
  }

  Error find_values() {
    std::fill(loop_of_.begin(), loop_of_.end(), kNone);
    std::fill(outside_.begin(), outside_.end(), kNone);
    for (BlockId b = 0; b < graph_.blocks.size(); b++) {
      const Block& block = graph_.blocks[b];
      WEMBED_CHECK(poll_.spend(block.count));
      const bool is_header = block.loop != kNone && graph_.loops[block.loop].header == b;
      for (NodeId id : graph_.nodes_of(block)) {
        // A constant is the same in all turns, and of a header known in all.
        if (!is_header || graph_.nodes[id].op != Op::Const) loop_of_[id] = block.loop;
      }
    }
    for (const Block& block : graph_.blocks) {
      for (NodeId id : graph_.nodes_of(block)) note_uses(graph_.operands_of(id), block.loop);
      for (const Edge& edge : graph_.edges_of(block)) {
        note_uses(graph_.arguments_of(edge), block.loop);
      }
    }
    return Error::None;
  }

  void note_uses(std::span<const NodeId> values, LoopId in) {
    for (NodeId value : values) {
      if (loop_of_[value] != in) escapes_[value] = 1;
    }
  }

  bool describe(LoopId loop) {
    shape_ = {.loop = loop, .header = graph_.loops[loop].header, .last = graph_.loops[loop].last};
    if (shape_.header == 0 || shape_.last - shape_.header >= kMostBlocks) return false;
    uint32_t nodes = 0;
    for (BlockId b = shape_.header; b <= shape_.last; b++) {
      const Block& block = graph_.blocks[b];
      if (block.loop != loop) return false;
      for (NodeId id : graph_.nodes_of(block)) {
        if (!can_be_copied(graph_.nodes[id].op)) return false;
        nodes += is_work(graph_.nodes[id].op) ? 1 : 0;
      }
      for (uint32_t side = 0; side < block.edge_count; side++) {
        if (!note_edge(b, side, graph_.edges_of(block)[side].target)) return false;
      }
    }
    if (shape_.exit == kNone || shape_.back == kNone || nodes > kMostNodes) return false;
    const Block& exit = graph_.blocks[shape_.exit];
    shape_.turns = std::min(kMostTurns, kMostInAll / std::max(nodes, 1u));
    return exit.predecessors == 1 && exit.params == 0 && exit.loop == graph_.loops[loop].parent;
  }
  static bool can_be_copied(Op op) {
    if (op == Op::Poll) return true;
    return (op_info(op).effects & kCalls) == 0 && op != Op::Charge && op != Op::BranchTable;
  }
  static bool is_work(Op op) { return op != Op::Const && op != Op::Param && op != Op::Poll; }

  // False: the loop is left, or begun again, in more than one way.
  bool note_edge(BlockId from, uint32_t side, BlockId target) {
    if (target == shape_.header) {
      if (shape_.back != kNone) return false;
      shape_.back = from;
    } else if (target < shape_.header || target > shape_.last) {
      if (from != shape_.header || shape_.exit != kNone) return false;
      shape_.exit = target;
      shape_.exit_side = side;
    }
    return true;
  }

  // --- copies
  // -------------------------------------------------------------------------------------

  [[nodiscard]] NodeId copy_of(NodeId value) const {
    return value < loop_of_.size() && loop_of_[value] == shape_.loop ? copy_of_[value] : value;
  }

  void unroll() {
    const uint32_t first_exit = static_cast<uint32_t>(exits_.size());
    find_escaping();
    for (BlockId b = shape_.header; b <= shape_.last; b++) {
      for (NodeId id : graph_.nodes_of(graph_.blocks[b])) copy_of_[id] = id;
    }
    add_exit(shape_.header);
    const Edge again = graph_.edges_of(graph_.blocks[shape_.back])[0];
    BlockId back = shape_.back;
    for (uint32_t turn = 1; turn < shape_.turns && !out_of_memory_; turn++) {
      begin_turn(again);
      if (out_of_memory_) return;
      for (BlockId b = shape_.header; b <= shape_.last; b++) {
        copy_nodes(b, turn + 1 == shape_.turns);
        copy_edges(b);
      }
      if (out_of_memory_) return;
      // The turn before goes on here, and has brought its values already.
      edge_of(back) = {.target = block_copy_[shape_.header]};
      back = block_copy_[shape_.back];
      add_exit(block_copy_[shape_.header]);
    }
    if (out_of_memory_) return;
    Edge to_header = {.target = shape_.header, .first = 0, .count = again.count};
    to_header.first = copied(graph_.arguments_of(again));
    edge_of(back) = to_header;
    for (BlockId b = shape_.header; b <= shape_.last; b++) drop_polls(graph_.blocks[b]);
    graph_.loops[shape_.loop].last = block_copy_[shape_.last];
    begin_behind(first_exit);
  }

  [[nodiscard]] Edge& edge_of(BlockId block) {
    return graph_.edges[graph_.blocks[block].first_edge];
  }

  // The values as they are in the turn that was copied last. Where they begin in the operands.
  uint32_t copied(std::span<const NodeId> values) {
    const auto first = static_cast<uint32_t>(graph_.operands.size());
    const size_t at = static_cast<size_t>(values.data() - graph_.operands.data());
    NodeId* to = graph_.operands.extend(values.size());
    if (to == nullptr) {
      out_of_memory_ = true;
      return 0;
    }
    for (size_t i = 0; i < values.size(); i++) to[i] = copy_of(graph_.operands[at + i]);
    return first;
  }

  // The header's parameters are what the turn before would have brought back to it.
  void begin_turn(const Edge& again) {
    const uint32_t first = copied(graph_.arguments_of(again));
    const auto params = graph_.params_of(graph_.blocks[shape_.header]);
    for (BlockId b = shape_.header; b <= shape_.last && !out_of_memory_; b++) {
      block_copy_[b] = order_.insert_behind(shape_.last, shape_.loop);
      out_of_memory_ |= block_copy_[b] == kNone;
    }
    if (out_of_memory_) return;
    for (size_t i = 0; i < params.size(); i++) {
      copy_of_[params[i]] = graph_.operands[first + i];
    }
  }

  // Whether the first turn has come through the block wherever a later one begins.
  [[nodiscard]] bool is_passed_first(BlockId block) const {
    return block == shape_.header || block == shape_.back;
  }
  // Whether the copy would be what the node is. Conditions are made where they are asked for.
  [[nodiscard]] bool is_same_again(NodeId id, const Node& copy) const {
    if (op_info(copy.op).effects != kPure || copy.op == Op::Param || is_condition(copy.op)) {
      return false;
    }
    const std::span<const NodeId> operands = graph_.operands_of(id);
    const std::span<const NodeId> copies = graph_.operands_of(copy);
    return std::equal(operands.begin(), operands.end(), copies.begin());
  }

  void copy_nodes(BlockId from, bool is_last_turn) {
    const auto first = static_cast<uint32_t>(graph_.order.size());
    const Block& source = graph_.blocks[from];
    const uint32_t skipped = from == shape_.header ? source.params : 0;
    for (uint32_t i = skipped; i < source.count && !out_of_memory_; i++) {
      const NodeId id = graph_.order[source.first + i];
      Node node = graph_.nodes[id];
      if (loop_of_[id] == kNone || (node.op == Op::Poll && !is_last_turn)) continue;
      const size_t before = graph_.operands.size();
      node.first = copied(graph_.operands_of(node));
      if (is_passed_first(from) && is_same_again(id, node)) {
        graph_.operands.truncate(before);
        copy_of_[id] = id;
        continue;
      }
      copy_of_[id] = static_cast<NodeId>(graph_.nodes.size());
      out_of_memory_ |= !graph_.nodes.push_back(node) || !graph_.order.push_back(copy_of_[id]);
    }
    Block& made = graph_.blocks[block_copy_[from]];
    made.first = first;
    made.count = static_cast<uint32_t>(graph_.order.size()) - first;
    made.params = source.params - skipped;
    made.predecessors = from == shape_.header ? 1 : source.predecessors;
  }

  // The one back to the header is to be set, and the one that leads out.
  void copy_edges(BlockId from) {
    const uint32_t count = graph_.blocks[from].edge_count;
    const auto first = static_cast<uint32_t>(graph_.edges.size());
    for (uint32_t side = 0; side < count && !out_of_memory_; side++) {
      Edge edge = graph_.edges[graph_.blocks[from].first_edge + side];
      edge.first = copied(graph_.arguments_of(edge));
      if (edge.target >= shape_.header && edge.target <= shape_.last) {
        edge.target = block_copy_[edge.target];
      }
      out_of_memory_ |= !graph_.edges.push_back(edge);
    }
    graph_.blocks[block_copy_[from]].first_edge = first;
    graph_.blocks[block_copy_[from]].edge_count = count;
  }

  void drop_polls(Block& block) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < block.count; i++) {
      const NodeId id = graph_.order[block.first + i];
      if (graph_.nodes[id].op != Op::Poll) graph_.order[block.first + kept++] = id;
    }
    block.count = kept;
  }

  // --- ways out
  // -----------------------------------------------------------------------------------

  void find_escaping() {
    escaping_.clear();
    for (NodeId id : graph_.nodes_of(graph_.blocks[shape_.header])) {
      if (loop_of_[id] == shape_.loop && escapes_[id] != 0 && !escaping_.push_back(id)) {
        out_of_memory_ = true;
      }
    }
  }

  // A block between that header and what is behind the loop. It stands behind all turns, see
  // begin_behind(); its arguments are told at the end.
  void add_exit(BlockId header) {
    Exit exit = {header, shape_.loop, static_cast<uint32_t>(values_.size()),
                 static_cast<uint32_t>(escaping_.size())};
    for (NodeId value : escaping_) out_of_memory_ |= !values_.push_back(copy_of(value));
    out_of_memory_ |= !exits_.push_back(exit);
  }

  // The block behind the loop has parameters for what is asked for there.
  void begin_behind(uint32_t first_exit) {
    for (uint32_t i = first_exit; i < exits_.size() && !out_of_memory_; i++) {
      const BlockId between = order_.insert_behind(shape_.last, graph_.loops[shape_.loop].parent);
      if (between == kNone || !graph_.order.push_back(static_cast<NodeId>(graph_.nodes.size())) ||
          !graph_.nodes.push_back({.op = Op::Jump}) ||
          !graph_.edges.push_back({.target = shape_.exit})) {
        out_of_memory_ = true;
        return;
      }
      Block& block = graph_.blocks[between];
      block.first = static_cast<uint32_t>(graph_.order.size() - 1);
      block.count = block.edge_count = block.predecessors = 1;
      block.first_edge = static_cast<uint32_t>(graph_.edges.size() - 1);
      graph_.edges[graph_.blocks[exits_[i].block].first_edge + shape_.exit_side].target = between;
      exits_[i].block = between;
    }
    if (!out_of_memory_) add_parameters(graph_.blocks[shape_.exit]);
  }

  void add_parameters(Block& behind) {
    const uint32_t first_before = behind.first;
    behind.first = static_cast<uint32_t>(graph_.order.size());
    for (NodeId value : escaping_) {
      const auto param = static_cast<NodeId>(graph_.nodes.size());
      const Node node = {
          .op = Op::Param, .type = graph_.nodes[value].type, .immediate = behind.params++};
      out_of_memory_ |= !graph_.nodes.push_back(node) || !graph_.order.push_back(param);
      outside_[value] = param;
    }
    NodeId* nodes = graph_.order.extend(behind.count);
    if (nodes == nullptr) {
      out_of_memory_ = true;
      return;
    }
    std::copy_n(graph_.order.begin() + first_before, behind.count, nodes);
    behind.count += behind.params;
    behind.predecessors = shape_.turns;
  }

  // --- what asks for values of a loop from outside -----------------------------------------------

  void replace(uint32_t first, uint32_t count, LoopId in) {
    for (uint32_t i = first; i < first + count; i++) {
      NodeId& value = graph_.operands[i];
      if (value < outside_.size() && outside_[value] != kNone && loop_of_[value] != in) {
        value = outside_[value];
      }
    }
  }
  void ask_behind_loops(const Block& block) {
    for (NodeId id : graph_.nodes_of(block)) {
      replace(graph_.nodes[id].first, graph_.nodes[id].count, block.loop);
    }
    for (const Edge& edge : graph_.edges_of(block)) replace(edge.first, edge.count, block.loop);
  }
  void take_along(const Exit& exit) {
    Edge& edge = edge_of(exit.block);
    edge.first = static_cast<uint32_t>(graph_.operands.size());
    edge.count = exit.count;
    NodeId* arguments = graph_.operands.extend(exit.count);
    if (arguments == nullptr) {
      out_of_memory_ = true;
      return;
    }
    std::copy_n(values_.begin() + exit.first, exit.count, arguments);
    replace(edge.first, edge.count, exit.loop);
  }

  Graph& graph_;
  Poll& poll_;
  BlockOrder order_;
  bool out_of_memory_ = false;
  Shape shape_;
  Vector<LoopId> loop_of_;      // by node: the innermost one
  Vector<uint8_t> escapes_;     // by node: asked for outside of that loop
  Vector<NodeId> copy_of_;      // by node, in the turn that was copied last
  Vector<NodeId> outside_;      // by node: what it is behind its loop; kNone: the same
  Vector<uint8_t> is_inner_;    // by loop
  Vector<BlockId> block_copy_;  // by block
  Vector<NodeId> escaping_;     // of the loop that is looked at
  Vector<Exit> exits_;          // of all loops
  Vector<NodeId> values_;
};

}  // namespace

Error unroll(Graph& graph, Arena& arena, Poll& poll) { return Unroller(graph, arena, poll).run(); }

}  // namespace wembed::jit
