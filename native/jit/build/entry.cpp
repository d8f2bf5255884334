// Builder, fifth part: bodies that begin with a loop, in a frame that interpreted code has made.
#include <algorithm>

#include "jit/build/builder.h"
#include "runtime/exec_env.h"

namespace wembed::jit {

// The first block reads the frame. Node `i` is what local `i` has there.
void Builder::begin_with_loop(const Walker& walker) {
  const LoopEntry& from = *options_.entry;
  const uint32_t locals = walker.local_count();
  entry_.loop = loops_.loop_at(from.offset);
  if (entry_.loop == kNone) return refuse(Refusal::Entry);
  for (uint32_t i = 0; i < locals && !out_of_memory_; i++) {
    locals_.add(add(Op::FrameSlot, known_type(walker.local_type(i)), {}, i));
  }
  entry_.flag = locals;
  locals_.add(constant(Type::I32, 1));
  entry_.zero = constant(Type::I32, 0);
  const uint32_t first = from.local_slots + kLinkSlots;
  for (uint32_t i = 0; i < from.operands.size(); i++) {
    const LoopEntry::Operand& operand = from.operands[i];
    const Type type = known_type(operand.type);
    const NodeId value = operand.is_constant ? constant(type, operand.bits)
                                             : add(Op::FrameSlot, type, {}, first + i);
    if (!entry_operands_.push_back(value)) out_of_memory_ = true;
  }
  spend(locals + from.operands.size());
  block_ = kNone;
  dead_from_ = static_cast<uint32_t>(graph_.order.size());
  entry_.values = known_.mark();
}

// Where a loop on the way begins: control has it from here on, and what there is beside the way.
void Builder::arrive(uint32_t loop, const Control& control) {
  if (!control.entry_reachable) return refuse(Refusal::Entry);
  if (entry_.edge == kNone) {
    resume(control);
  } else {
    join_way(control);
  }
  forget_values();
  if (loop != entry_.loop) return;
  if (stack_.size() != entry_operands_.size()) refuse(Refusal::Entry);
  locals_.set(entry_.flag, entry_.zero);
  entry_.loop = kNone;
}

// The outermost one. Before it nothing was alive, so all is as the first block found it.
void Builder::resume(const Control& control) {
  graph_.order.truncate(dead_from_);
  block_ = 0;
  for (uint32_t i = 0; i < entry_.flag; i++) locals_.set(i, i);
  entry_.height = control.height;
  const std::span<const ValType> params = control.params();
  for (uint32_t i = 0; i < stack_.size(); i++) {
    if (i < entry_operands_.size()) {
      stack_[i] = entry_operands_[i];
    } else if (i >= control.height) {
      // A parameter that nobody looks at on the way to a loop inside.
      stack_[i] = constant(known_type(params[i - control.height]), 0);
    } else {
      refuse(Refusal::Entry);
    }
  }
  spend(stack_.size() + entry_.flag);
}

// One inside of another. Locals that were set between the two may have either value, and operands
// that were pushed there: on the way they have what the frame had.
void Builder::join_way(const Control& control) {
  if (!control.params().empty() || stack_.size() > entry_operands_.size()) {
    return refuse(Refusal::Entry);
  }
  const size_t first = records_.size();
  uint64_t work = 0;
  locals_.differences(entry_.locals, LocalValues::Which::Before, records_, work);
  const std::span<const LocalValues::Record> changed = records_.span().subspan(first);
  const uint32_t pushed_from = std::min(entry_.height, static_cast<uint32_t>(stack_.size()));
  const std::span<NodeId> pushed = {stack_.data() + pushed_from, stack_.size() - pushed_from};
  spend(work + changed.size() + pushed.size());
  if (out_of_memory_) return;
  entry_.height = static_cast<uint32_t>(stack_.size());
  const uint32_t beside = jump();
  if (beside == kNone) {
    begin_block(entry_.edge);
    for (const LocalValues::Record& record : changed) locals_.set(record.local, record.value);
    std::copy_n(entry_operands_.begin() + pushed_from, pushed.size(), pushed.begin());
    return records_.truncate(first);
  }
  const size_t count = changed.size() + pushed.size();
  NodeId* arguments = arguments_.resize(count) ? arguments_.data() : nullptr;
  if (arguments == nullptr) {
    out_of_memory_ = true;
    return;
  }
  for (size_t i = 0; i < changed.size(); i++) arguments[i] = locals_[changed[i].local];
  std::copy(pushed.begin(), pushed.end(), arguments + changed.size());
  set_arguments(beside, arguments_.span());
  for (size_t i = 0; i < changed.size(); i++) arguments[i] = changed[i].value;
  std::copy_n(entry_operands_.begin() + pushed_from, pushed.size(), arguments + changed.size());
  set_arguments(entry_.edge, arguments_.span());
  begin_block(beside);
  if (!alive()) return;
  graph_.edges[entry_.edge].target = block_;
  graph_.blocks[block_].predecessors = 2;
  graph_.blocks[block_].params = static_cast<uint32_t>(count);
  for (size_t i = 0; i < count; i++) {
    const NodeId param = add(Op::Param, graph_.nodes[arguments[i]].type, {}, i);
    if (i < changed.size()) {
      locals_.set(changed[i].local, param);
    } else {
      pushed[i - changed.size()] = param;
    }
  }
  records_.truncate(first);
}

// At the header of a loop on the way: to the next one, or on as ever.
void Builder::pass_on() {
  const NodeId flag = locals_[entry_.flag];
  const uint32_t first = end_block(Op::Branch, {&flag, 1}, 2);
  if (first == kNone) return;
  begin_block(first);
  entry_.edge = jump();
  entry_.locals = locals_.enter();
  entry_.values = known_.mark();
  begin_block(first + 1);
  locals_.set(entry_.flag, entry_.zero);
}

// Not all ways from here on have passed what was computed since.
void Builder::forget_values() {
  known_.roll_back(entry_.values);
  for (Label& label : labels_) label.values = std::min(label.values, entry_.values);
  spend(labels_.size());
}

}  // namespace wembed::jit
