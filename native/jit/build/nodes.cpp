// Builder, first part: nodes and the blocks they go into.
#include <algorithm>

#include "jit/build/builder.h"

namespace wembed::jit {

NodeId Builder::add(Node node, std::span<const NodeId> operands) {
  const auto id = static_cast<NodeId>(graph_.nodes.size());
  node.first = static_cast<uint32_t>(graph_.operands.size());
  node.count = static_cast<uint32_t>(operands.size());
  const uint8_t effects = op_info(node.op).effects;
  if ((effects & (kTraps | kCalls)) != 0 && walker_ != nullptr) node.place = walker_->offset();
  NodeId* inputs = graph_.operands.extend(operands.size());
  if (inputs == nullptr || !graph_.nodes.push_back(node) || !graph_.order.push_back(id)) {
    out_of_memory_ = true;
    return 0;
  }
  std::copy(operands.begin(), operands.end(), inputs);
  return id;
}

NodeId Builder::find_or_add(Node node, std::span<const NodeId> operands) {
  const NodeId known = known_.find(node, operands);
  if (known != kNone) return known;
  const NodeId made = add(node, operands);
  if (!out_of_memory_) known_.add(made);
  return made;
}

NodeId Builder::constant(Type type, uint64_t bits) {
  if (type == Type::None) refuse(Refusal::Vectors);
  return find_or_add({.op = Op::Const, .type = type, .immediate = bits}, {});
}

bool Builder::is_constant(NodeId value, uint64_t& bits) const {
  bits = graph_.nodes[value].immediate;
  return graph_.nodes[value].op == Op::Const;
}

// One or two operands, one result, which follows from them.
NodeId Builder::numeric(Draft draft) {
  const Folded folded = fold(graph_, draft);
  const Type type = type_of(letter_type(op_info(draft.op).signature.result));
  if (folded.is_constant) return constant(type, folded.bits);
  if (folded.value != kNone) return folded.value;
  if (const NodeId quotient = divide(draft); quotient != kNone) return quotient;
  return find_or_add({.op = draft.op, .type = type}, {draft.operands, draft.count});
}

void Builder::operation(Op op, uint32_t count) {
  Draft draft = {op, count, {}};
  for (uint32_t i = count; i-- > 0;) draft.operands[i] = pop();
  push(numeric(draft));
}

void Builder::push_reference(NodeId value) {
  if (!options_.references) refuse(Refusal::References);
  push(value);
}

// --- blocks --------------------------------------------------------------------------------------

void Builder::begin_block(uint32_t edge) {
  graph_.order.truncate(dead_from_);
  if (edge == kNone) return;
  const auto id = static_cast<BlockId>(graph_.blocks.size());
  if (!graph_.blocks.push_back({.first = dead_from_, .predecessors = 1, .loop = loop_})) {
    out_of_memory_ = true;
    return;
  }
  graph_.edges[edge].target = id;
  block_ = id;
}

uint32_t Builder::end_block(Op op, std::span<const NodeId> operands, uint32_t edges,
                            uint64_t immediate) {
  if (!alive()) return kNone;
  const auto first = static_cast<uint32_t>(graph_.edges.size());
  Edge* made = graph_.edges.extend(edges);
  add({.op = op, .immediate = immediate}, operands);
  Block& block = graph_.blocks[block_];
  block.count = static_cast<uint32_t>(graph_.order.size()) - block.first;
  block.first_edge = first;
  block.edge_count = edges;
  block_ = kNone;
  dead_from_ = static_cast<uint32_t>(graph_.order.size());
  if (made == nullptr) {
    out_of_memory_ = true;
    return kNone;
  }
  std::fill_n(made, edges, Edge{});
  return first;
}

uint32_t Builder::jump() { return end_block(Op::Jump, {}, 1); }

void Builder::set_arguments(uint32_t edge, std::span<const NodeId> arguments) {
  if (edge == kNone) return;
  spend(arguments.size());
  const auto first = static_cast<uint32_t>(graph_.operands.size());
  NodeId* values = graph_.operands.extend(arguments.size());
  if (values == nullptr) {
    out_of_memory_ = true;
    return;
  }
  std::copy(arguments.begin(), arguments.end(), values);
  graph_.edges[edge].first = first;
  graph_.edges[edge].count = static_cast<uint32_t>(arguments.size());
}

void Builder::spend(uint64_t work) {
  if (work > work_left_) refuse(Refusal::TooLarge);
  work_left_ -= std::min(work, work_left_);
  if (Error asked = poll_.spend(work); asked != Error::None && error_ == Error::None) {
    error_ = asked;
  }
}

// --- fuel ----------------------------------------------------------------------------------------

// What the block before costs is known where the next one begins.
void Builder::on_fuel_block() {
  if (!options_.metered) return;
  if (charge_ != kNone) graph_.nodes[charge_].immediate = instructions_;
  instructions_ = 0;
  charge_ = add(Op::Charge, Type::None, {});
}

void Builder::finish() {
  if (charge_ != kNone) graph_.nodes[charge_].immediate = instructions_;
  if (error() == Error::None) end_loops();
}

}  // namespace wembed::jit
