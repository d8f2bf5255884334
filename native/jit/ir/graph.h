// A function while it is compiled: a control-flow graph in SSA form, whose blocks take arguments.
//
//   b1(v4: I32 v5: I64):            a block: its parameters are its first nodes
//     v6: I32 = I32Add v4 v1        a node is the value it makes
//     v7 = I32Store v6 v4 +8 @120   immediate; place: byte offset in the module
//     v8 = Branch v6 b2 b3          the last node ends the block
//   b2:
//     v9 = Jump b1(v6 v5)           arguments go along an edge
//
// Everything is an index into an array. Blocks stand in an order in which each loop is contiguous
// and whatever dominates a block stands before it; only edges to loop headers lead back.
// No edge is critical: an edge with arguments, or to a block that several lead to, belongs to a
// block with one edge only.
#pragma once

#include <cstdint>
#include <span>

#include "base/trap.h"
#include "base/vector.h"
#include "isa/limits.h"
#include "jit/ir/arena.h"
#include "jit/ir/op.h"

namespace wembed::jit {

using NodeId = uint32_t;
using BlockId = uint32_t;
using LoopId = uint32_t;
constexpr uint32_t kNone = UINT32_MAX;

struct Node {
  Op op = Op::Const;
  Type type = Type::None;  // of the value; None: it makes none
  uint32_t first = 0;      // operands, in Graph::operands
  uint32_t count = 0;
  uint32_t place = 0;  // byte offset in the module, where it can trap or call
  uint64_t immediate = 0;
};

struct Edge {
  BlockId target = kNone;
  uint32_t first = 0;  // arguments, in Graph::operands
  uint32_t count = 0;
};

struct Block {
  uint32_t first = 0;  // nodes, in Graph::order
  uint32_t count = 0;
  uint32_t params = 0;  // how many of them are parameters
  uint32_t first_edge = 0;
  uint32_t edge_count = 0;
  uint32_t predecessors = 0;  // edges that lead to it
  LoopId loop = kNone;        // innermost
};

// Blocks header .. last are the loop's.
struct Loop {
  BlockId header = kNone;
  BlockId last = kNone;
  LoopId parent = kNone;
  uint32_t depth = 1;
};

struct CallSite {
  const TypeDef* type = nullptr;  // null only in graphs that were read from text
  uint32_t index = 0;             // function, or table
  uint32_t results = 0;
};

class Graph {
 public:
  explicit Graph(Arena& arena)
      : nodes(arena.allocator()),
        operands(arena.allocator()),
        order(arena.allocator()),
        blocks(arena.allocator()),
        edges(arena.allocator()),
        loops(arena.allocator()),
        calls(arena.allocator()),
        params(arena.allocator()),
        results(arena.allocator()) {}

  [[nodiscard]] std::span<const NodeId> operands_of(const Node& node) const {
    return {operands.data() + node.first, node.count};
  }
  [[nodiscard]] std::span<const NodeId> operands_of(NodeId id) const {
    return operands_of(nodes[id]);
  }
  [[nodiscard]] NodeId operand(NodeId id, uint32_t k) const { return operands_of(id)[k]; }
  [[nodiscard]] std::span<const NodeId> arguments_of(const Edge& edge) const {
    return {operands.data() + edge.first, edge.count};
  }
  [[nodiscard]] std::span<const NodeId> nodes_of(const Block& block) const {
    return {order.data() + block.first, block.count};
  }
  [[nodiscard]] std::span<const NodeId> params_of(const Block& block) const {
    return {order.data() + block.first, block.params};
  }
  [[nodiscard]] std::span<const Edge> edges_of(const Block& block) const {
    return {edges.data() + block.first_edge, block.edge_count};
  }
  // The node that ends the block.
  [[nodiscard]] NodeId end_of(const Block& block) const {
    return order[block.first + block.count - 1];
  }
  [[nodiscard]] uint32_t loop_depth(const Block& block) const {
    return block.loop == kNone ? 0 : loops[block.loop].depth;
  }

  Vector<Node> nodes;
  Vector<NodeId> operands;
  Vector<NodeId> order;
  Vector<Block> blocks;  // 0: the function begins there
  Vector<Edge> edges;
  Vector<Loop> loops;  // one around another stands before it
  Vector<CallSite> calls;
  Vector<Type> params;  // the function's
  Vector<Type> results;
  bool guarded = false;  // accesses to memory fault by themselves
};

}  // namespace wembed::jit
