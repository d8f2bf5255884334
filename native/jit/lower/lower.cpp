// Control: blocks, branches, and what each node is lowered by.
#include "jit/lower/lower.h"

#include "jit/ir/evaluate.h"
#include "jit/lower/lowering.h"
#include "runtime/exec_env.h"

namespace wembed::jit {

bool lower(const LowerInput& input, MachineFunction& made, bool& is_known) {
  Lowering lowering(input, made, made.allocator);
  const bool done = lowering.run();
  is_known = lowering.is_known();
  return done && is_known;
}

bool Lowering::run() {
  function_.has_result = !graph_.results.empty();
  if (function_.has_result) function_.result = class_of_type(graph_.results[0]);
  if (!registers_.resize(graph_.nodes.size()) || !count_uses()) return false;
  // About what it comes to; more is made where there is more.
  const size_t nodes = graph_.order.size();
  if (!function_.instructions.reserve(nodes) || !function_.operands.reserve(2 * nodes) ||
      !function_.classes.reserve(nodes) || !function_.blocks.reserve(graph_.blocks.size())) {
    return false;
  }
  for (BlockId block = 0; block < graph_.blocks.size(); block++) {
    lower_block(block);
    if (build_.failed() || !has_memory_ || !is_known_) return false;
  }
  return true;
}

bool Lowering::count_uses() {
  if (!uses_.resize(graph_.nodes.size()) || !is_folded_.resize(graph_.nodes.size())) return false;
  for (const Block& block : graph_.blocks.span()) {
    for (NodeId id : graph_.nodes_of(block)) {
      has_references_ = has_references_ || node_of(id).type == Type::Ref;
      for (NodeId operand : graph_.operands_of(id)) uses_[operand]++;
    }
    for (const Edge& edge : graph_.edges_of(block)) {
      for (NodeId argument : graph_.arguments_of(edge)) uses_[argument]++;
    }
  }
  for (const Block& block : graph_.blocks.span()) {
    for (NodeId id : graph_.nodes_of(block)) {
      const Node& node = node_of(id);
      if (node.op == Op::Branch) fold_condition(graph_.operand(id, 0));
      if (node.op == Op::Select) fold_condition(graph_.operand(id, 2));
      if (is_sum(id)) fold_into_sum(id, graph_.nodes_of(block)[0]);
    }
  }
  return true;
}

// A comparison that nobody else asks for is made where its flags are used, and its negations, and
// what leaves only some bits of a number to be looked at.
void Lowering::fold_condition(NodeId condition) {
  while (uses_[condition] == 1 && is_condition(node_of(condition).op)) {
    is_folded_[condition] = 1;
    const Op op = node_of(condition).op;
    if (op != Op::I32Eqz && op != Op::I64Eqz) return;
    condition = graph_.operand(condition, 0);
    if (op == Op::I64Eqz && !is_bits(condition)) return;
  }
  if (uses_[condition] == 1 && is_bits(condition)) is_folded_[condition] = 1;
}

bool Lowering::is_bits(NodeId id) const {
  return node_of(id).op == Op::I32And || node_of(id).op == Op::I64And;
}

void Lowering::lower_block(BlockId index) {
  const Block& block = graph_.blocks[index];
  MachineBlock& made = build_.begin_block();
  if (block.loop != kNone) {
    const Loop& loop = graph_.loops[block.loop];
    made.loop_depth = loop.depth;
    made.is_loop_header = loop.header == index;
    if (made.is_loop_header) made.loop_end = loop.last;
  }
  if (index == 0) {
    lower_entry();
  } else {
    for (NodeId id : graph_.params_of(block)) build_.parameter(define_value(id));
  }
  for (NodeId id : graph_.nodes_of(block)) {
    const Node& node = node_of(id);
    build_.at(node.place == 0 ? kNoSource : node.place);
    if (op_info(node.op).effects & kEnds) {
      lower_end(block, node);
    } else if (node.op != Op::Param && node.op != Op::Const && is_folded_[id] == 0) {
      lower_node(id);
    }
  }
}

void Lowering::lower_entry() {
  for (NodeId id : graph_.params_of(graph_.blocks[0])) {
    lower_frame_slot(id, node_of(id).immediate);
  }
  find_fixed_values();
}

// Counted from the first parameter.
void Lowering::lower_frame_slot(NodeId id, uint64_t slot) {
  const auto from_link = static_cast<int32_t>(slot) - static_cast<int32_t>(local_slots_);
  load_value(id, {Base::Frame, false, 0, from_link * int32_t{sizeof(Slot)}}, kNowhere);
}

uint64_t Lowering::constant_of(NodeId id) const {
  const Node& node = node_of(id);
  const bool is_half = node.type == Type::I32 || node.type == Type::F32;
  return is_half ? static_cast<uint32_t>(node.immediate) : node.immediate;
}

// Whether it is a constant that instructions can hold, in 32 bits that are extended by their sign.
bool Lowering::is_immediate(NodeId id) const {
  if (!is_constant(id)) return false;
  if (node_of(id).type == Type::I32) return true;
  const auto bits = static_cast<int64_t>(constant_of(id));
  return node_of(id).type == Type::I64 && bits == static_cast<int32_t>(bits);
}

VirtualRegister Lowering::value(NodeId id) {
  const Node& node = node_of(id);
  if (node.op != Op::Const) return registers_[id];
  if (!is_float(node.type)) return build_.constant(constant_of(id));
  VirtualRegister to = build_.floating();
  build_.add(MachineOp::LoadFloat, {define(to)}).immediate = static_cast<int64_t>(constant_of(id));
  return to;
}

VirtualRegister Lowering::define_value(NodeId id) {
  const VirtualRegister reg = build_.fresh(class_of_type(node_of(id).type));
  set(id, reg);
  return reg;
}

void Lowering::lower_node(NodeId id) {
  const Node& node = node_of(id);
  switch (node.op) {
    case Op::Select: return lower_select(node, id);
    case Op::Poll: return lower_poll();
    case Op::FrameSlot: return lower_frame_slot(id, node.immediate);
    case Op::Result: return receive(id, static_cast<uint32_t>(node.immediate));
    default: break;
  }
  Test made;
  if (compare(node, made)) return set_by(id, made);
  is_known_ = lower_integer(id, node) || lower_float(id, node) || lower_conversion(id, node) ||
              lower_memory(id, node) || lower_call(id, node);
}

// A collection may look at the frame meanwhile: references are in slots then.
void Lowering::lower_poll() {
  function_.is_leaf = false;
  Instruction& made = build_.add(MachineOp::Poll);
  if (has_references_) made.clobbers = kAllocatable;
}

void Lowering::lower_select(const Node& node, NodeId id) {
  const std::span<const NodeId> operands = graph_.operands_of(node);
  const bool of_floats = is_float(node.type);
  const VirtualRegister yes = value(operands[0]);
  const VirtualRegister no = value(operands[1]);
  Test made = test(operands[2]);
  if (made.is_equality_of_floats) {
    const VirtualRegister bit = build_.general();
    const VirtualRegister spare = build_.general();
    build_.add(MachineOp::SetIfEqual, {define(bit), temporary(spare)}).condition = made.condition;
    build_.add(Encoding::Test, Form::Compare, false, {use(bit), use(bit)});
    made.condition = Condition::NotEqual;
  }
  const VirtualRegister to = define_value(id);
  Instruction& choice =
      of_floats ? build_.add(MachineOp::FloatSelect, {define_same(to), use(yes), late_use(no)})
                : build_.add(Encoding::MovIf, Form::Binary, true,
                             {define_same(to), use(no), use_any(yes)});
  choice.condition = made.condition;
}

void Lowering::lower_end(const Block& block, const Node& node) {
  switch (node.op) {
    case Op::Jump: return lower_jump(graph_.edges_of(block)[0]);
    case Op::Branch: return lower_branch(block, node);
    case Op::BranchTable: return lower_branch_table(block, node);
    case Op::Return: return lower_return(node);
    case Op::Trap: {
      build_.add(MachineOp::Trap).detail = static_cast<uint16_t>(node.immediate);
      return;
    }
    default: is_known_ = false;
  }
}

// Constants are made before the jump, whose operands they are.
void Lowering::lower_jump(const Edge& edge) {
  for (NodeId argument : graph_.arguments_of(edge)) {
    if (!arguments_.push_back(value(argument))) has_memory_ = false;
  }
  build_.add(MachineOp::Jump);
  for (VirtualRegister argument : arguments_.span()) build_.operand(use_any(argument));
  arguments_.clear();
  build_.target(edge.target);
}

void Lowering::lower_branch(const Block& block, const Node& node) {
  const Test made = test(graph_.operands_of(node)[0]);
  build_.add(made.is_equality_of_floats ? MachineOp::BranchFloat : MachineOp::Branch).condition =
      made.condition;
  for (const Edge& edge : graph_.edges_of(block)) build_.target(edge.target);
}

void Lowering::lower_branch_table(const Block& block, const Node& node) {
  const VirtualRegister index = value(graph_.operands_of(node)[0]);
  const VirtualRegister table = build_.general();
  const VirtualRegister distance = build_.general();
  build_.add(MachineOp::BranchTable, {late_use(index), temporary(table), temporary(distance)});
  for (const Edge& edge : graph_.edges_of(block)) build_.target(edge.target);
}

// Results but the first stand where the parameters began.
void Lowering::lower_return(const Node& node) {
  const std::span<const NodeId> results = graph_.operands_of(node);
  for (size_t i = 1; i < results.size(); i++) {
    const auto slot = static_cast<int32_t>(i) - static_cast<int32_t>(local_slots_);
    store_value(results[i], {Base::Frame, false, 0, slot * int32_t{sizeof(Slot)}}, kNowhere);
  }
  if (results.empty()) {
    build_.add(MachineOp::Return);
    return;
  }
  const RegisterClass of = class_of_type(node_of(results[0]).type);
  build_.add(MachineOp::Return, {use_fixed(value(results[0]), result_register(of))});
}

}  // namespace wembed::jit
