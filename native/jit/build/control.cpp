// Builder, third part: constructs and branches.
#include <algorithm>
#include <utility>

#include "jit/build/builder.h"

namespace wembed::jit {

Builder::Label& Builder::open(const Control& control) {
  Label label;
  label.height = control.height;
  label.locals = locals_.enter();
  label.values = known_.mark();
  label.first_local = static_cast<uint32_t>(loop_locals_.size());
  label.first_saved = static_cast<uint32_t>(saved_.size());
  // The first one has room: see build().
  if (!labels_.push_back(label)) out_of_memory_ = true;
  return labels_.back();
}

void Builder::on_block(Control& control) { open(control); }

void Builder::on_end(Control& control) {
  if (control.kind == ControlKind::Function) {
    if (alive()) return_values();
    // The bytes have changed since that loop was found.
    if (entry_.loop != kNone) refuse(Refusal::Entry);
    return;
  }
  Label ended = labels_.back();
  labels_.pop_back();
  if (control.kind == ControlKind::Loop) close_loop(ended);
  if (control.kind == ControlKind::If) begin_else(ended, control);
  locals_.leave(ended.locals);
  if (alive() && ended.branches == kNone) return;
  join(ended, control);
}

// --- if ------------------------------------------------------------------------------------------

void Builder::on_if(Control& control) {
  NodeId condition = control.entry_reachable ? pop() : 0;
  Label& entered = open(control);
  if (!control.entry_reachable) return;
  const std::span<const NodeId> parameters = top(control.params().size());
  NodeId* saved = saved_.extend(parameters.size());
  if (saved == nullptr) {
    out_of_memory_ = true;
    return;
  }
  std::copy(parameters.begin(), parameters.end(), saved);
  uint64_t bits;
  if (is_constant(condition, bits)) {
    const uint32_t only = jump();
    begin_block(bits != 0 ? only : kNone);
    entered.else_edge = bits != 0 ? kNone : only;
    return;
  }
  const bool exchanged = strip(condition);
  const uint32_t first = end_block(Op::Branch, {&condition, 1}, 2);
  if (first == kNone) return;
  entered.else_edge = exchanged ? first : first + 1;
  begin_block(exchanged ? first + 1 : first);
}

void Builder::on_else(Control& control) {
  if (!control.entry_reachable) return;
  Label& entered = labels_.back();
  if (alive()) branch_forward(entered, control);
  begin_else(entered, control);
}

// The state is again what it was where the `if` began.
void Builder::begin_else(Label& label, const Control& control) {
  if (!control.entry_reachable) return;
  if (alive()) branch_forward(label, control);
  locals_.roll_back(label.locals);
  known_.roll_back(label.values);
  stack_.truncate(std::min<size_t>(stack_.size(), label.height));
  for (size_t i = 0; i < control.params().size(); i++) push(saved_[label.first_saved + i]);
  begin_block(std::exchange(label.else_edge, kNone));
}

// --- loops ---------------------------------------------------------------------------------------

void Builder::on_loop(Control& control) {
  const uint32_t number = loops_seen_++;
  if (is_on_the_way(number)) arrive(number, control);
  const bool is_passed = is_on_the_way(number);
  Label& entered = open(control);
  if (!alive()) return;
  find_loop_locals(entered, loops_.sets_in(number));
  if (is_passed) {
    if (!loop_locals_.push_back(entry_.flag)) out_of_memory_ = true;
    entered.local_count++;
  }
  open_loop(entered, control);
  if (is_passed) pass_on();
}

// Each local that the loop sets, once.
void Builder::find_loop_locals(Label& label, std::span<const uint32_t> sets) {
  spend(sets.size());
  joins_++;
  for (uint32_t local : sets) {
    if (joined_[local].join == joins_) continue;
    joined_[local].join = joins_;
    if (!loop_locals_.push_back(local)) out_of_memory_ = true;
  }
  label.local_count = static_cast<uint32_t>(loop_locals_.size()) - label.first_local;
}

void Builder::open_loop(Label& label, const Control& control) {
  const size_t values = control.params().size();
  const uint32_t edge = jump();
  arguments_of_loop(label, values);
  set_arguments(edge, arguments_.span());
  label.loop = static_cast<LoopId>(graph_.loops.size());
  const uint32_t depth = loop_ == kNone ? 1 : graph_.loops[loop_].depth + 1;
  if (!graph_.loops.push_back({.parent = loop_, .depth = depth})) {
    out_of_memory_ = true;
    return;
  }
  loop_ = label.loop;
  begin_block(edge);
  if (out_of_memory_ || !alive()) return;
  graph_.loops[loop_].header = block_;
  for (size_t i = 0; i < arguments_.size() && !out_of_memory_; i++) {
    const Type type = graph_.nodes[arguments_[i]].type;
    const NodeId param = add(Op::Param, type, {}, i);
    if (i < values) {
      stack_[stack_.size() - values + i] = param;
    } else {
      locals_.set(loop_locals_[label.first_local + i - values], param);
    }
  }
  graph_.blocks[block_].params = static_cast<uint32_t>(arguments_.size());
}

// What an edge to the loop's header takes along where the builder is.
void Builder::arguments_of_loop(const Label& label, size_t values) {
  arguments_.clear();
  NodeId* arguments = arguments_.extend(values + label.local_count);
  if (arguments == nullptr) {
    out_of_memory_ = true;
    return;
  }
  std::copy_n(top(values).begin(), values, arguments);
  for (uint32_t i = 0; i < label.local_count; i++) {
    arguments[values + i] = locals_[loop_locals_[label.first_local + i]];
  }
}

// What follows is outside, in a block of its own.
void Builder::close_loop(const Label& label) {
  loop_locals_.truncate(label.first_local);
  if (label.loop == kNone) return;
  loop_ = graph_.loops[label.loop].parent;
  if (alive()) begin_block(jump());
}

// A loop ends with the last block that leads back to it, or is in a loop that does; what comes
// behind that, and what nothing leads back to, is none of its. Blocks are looked at in their order,
// so that a loop which has ended is passed by from then on.
void Builder::end_loops() {
  Vector<BlockId> inner_ends(stack_.allocator());  // by loop: where the loops in it end; 0: none
  Vector<LoopId> around(stack_.allocator());
  if (!inner_ends.resize(graph_.loops.size()) || !around.resize(graph_.loops.size())) {
    out_of_memory_ = true;
    return;
  }
  for (size_t i = graph_.loops.size(); i-- > 0;) {
    const Loop& loop = graph_.loops[i];
    around[i] = loop.parent;
    if (loop.parent == kNone) continue;
    const BlockId end = std::max(inner_ends[i], loop.last == kNone ? 0 : loop.last);
    Loop& parent = graph_.loops[loop.parent];
    inner_ends[loop.parent] = std::max(inner_ends[loop.parent], end);
    if (parent.last != kNone && parent.last >= loop.header)
      parent.last = std::max(parent.last, end);
  }
  auto innermost = [&](LoopId loop, BlockId at) {
    LoopId found = loop;
    auto has_ended = [&](const Loop& of) { return of.last == kNone || of.last < at; };
    while (found != kNone && has_ended(graph_.loops[found])) found = around[found];
    while (loop != found) loop = std::exchange(around[loop], found);
    return found;
  };
  LoopId next = 0;
  for (BlockId block = 0; block < graph_.blocks.size(); block++) {
    if (next < graph_.loops.size() && graph_.loops[next].header == block) {
      Loop& loop = graph_.loops[next++];
      loop.parent = innermost(loop.parent, block);
      loop.depth = loop.parent == kNone ? 1 : graph_.loops[loop.parent].depth + 1;
    }
    graph_.blocks[block].loop = innermost(graph_.blocks[block].loop, block);
  }
  for (Loop& loop : graph_.loops) {
    if (loop.last == kNone) loop.last = loop.header;
  }
}

// --- branches ------------------------------------------------------------------------------------

void Builder::on_br(uint32_t depth) { go_to(depth); }

void Builder::on_br_if(uint32_t depth) {
  NodeId condition = pop();
  uint64_t bits;
  if (is_constant(condition, bits)) {
    if (bits != 0) go_to(depth);
    return;
  }
  const bool exchanged = strip(condition);
  const uint32_t first = end_block(Op::Branch, {&condition, 1}, 2);
  if (first == kNone) return;
  begin_block(exchanged ? first + 1 : first);
  go_to(depth);
  begin_block(exchanged ? first : first + 1);
}

void Builder::on_br_table(std::span<const uint32_t> depths) {
  const NodeId index = pop();
  const auto count = static_cast<uint32_t>(depths.size());
  uint64_t bits;
  if (is_constant(index, bits)) return go_to(depths[std::min<uint64_t>(bits, count - 1)]);
  if (count == 1) return go_to(depths[0]);
  tables_seen_++;
  const uint32_t first = end_block(Op::BranchTable, {&index, 1}, count);
  if (first == kNone) return;
  for (uint32_t i = 0; i < count && !out_of_memory_; i++) {
    Label& target = label(depths[i]);
    if (target.table == tables_seen_) {
      graph_.edges[first + i].target = target.table_block;
      continue;
    }
    begin_block(first + i);
    target.table = tables_seen_;
    target.table_block = block_;
    go_to(depths[i]);
  }
}

void Builder::on_return() { return_values(); }

void Builder::on_unreachable() {
  end_block(Op::Trap, {}, 0, static_cast<uint64_t>(Trap::Unreachable));
}

void Builder::return_values() { end_block(Op::Return, top(graph_.results.size()), 0); }

void Builder::go_to(uint32_t depth) {
  const Control& control = walker_->control(depth);
  if (!alive()) return;
  if (control.kind == ControlKind::Function) return return_values();
  if (control.kind == ControlKind::Loop) {
    branch_back(label(depth), control);
  } else {
    branch_forward(label(depth), control);
  }
}

// A stop request is looked for at each turn, where the branch is.
void Builder::branch_back(const Label& label, const Control& control) {
  add(Op::Poll, Type::None, {});
  arguments_of_loop(label, control.params().size());
  graph_.loops[label.loop].last = block_;
  const uint32_t edge = jump();
  set_arguments(edge, arguments_.span());
  if (edge == kNone) return;
  const BlockId header = graph_.loops[label.loop].header;
  graph_.edges[edge].target = header;
  graph_.blocks[header].predecessors++;
}

bool Builder::strip(NodeId& condition) const {
  bool exchanged = false;
  // Each test undone is one that somebody wrote; more than a few in a row are nobody's.
  for (int tests = 0; tests < 4; tests++) {
    const Node& node = graph_.nodes[condition];
    uint64_t bits = 0;
    const bool with_zero = (node.op == Op::I32Eq || node.op == Op::I32Ne) &&
                           is_constant(graph_.operands_of(node)[1], bits) && bits == 0;
    if (!with_zero && node.op != Op::I32Eqz) break;
    exchanged ^= node.op != Op::I32Ne;
    condition = graph_.operands_of(node)[0];
  }
  return exchanged;
}

}  // namespace wembed::jit
