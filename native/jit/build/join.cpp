// Builder, fourth part: where branches of a construct meet behind it.
#include <algorithm>

#include "jit/build/builder.h"

namespace wembed::jit {

void Builder::branch_forward(Label& label, const Control& control) {
  const std::span<const NodeId> results = top(control.results().size());
  Branch branch;
  branch.first_record = static_cast<uint32_t>(records_.size());
  branch.first_value = static_cast<uint32_t>(saved_.size());
  branch.next = label.branches;
  NodeId* saved = saved_.extend(results.size());
  if (saved == nullptr) {
    out_of_memory_ = true;
    return;
  }
  std::copy(results.begin(), results.end(), saved);
  uint64_t work = results.size();
  locals_.differences(label.locals, LocalValues::Which::Now, records_, work);
  spend(work);
  branch.record_count = static_cast<uint32_t>(records_.size()) - branch.first_record;
  branch.edge = jump();
  label.branches = static_cast<uint32_t>(branches_.size());
  label.branch_count++;
  if (branch.edge == kNone || !branches_.push_back(branch)) out_of_memory_ = true;
}

// A value that is the same on all ways stays as it is, others become parameters of a new block.
void Builder::join(Label& label, const Control& control) {
  if (alive()) branch_forward(label, control);
  if (out_of_memory_) return;
  locals_.roll_back(label.locals);
  known_.roll_back(label.values);
  stack_.truncate(std::min<size_t>(stack_.size(), label.height));
  begin_block(kNone);
  if (label.branch_count == 0) {
    // Nothing leads here: whatever there is to be on the stack will do.
    for (ValType type : control.results()) push(constant(type_of(type), 0));
    return;
  }
  const auto results = static_cast<uint32_t>(control.results().size());
  collect_results(label, results);
  collect_locals(label);
  if (out_of_memory_) return;
  begin_joined(label);
  set_joined(label, results);
}

// A value of results_ is the one that all branches bring, or kNone.
void Builder::collect_results(const Label& label, uint32_t results) {
  results_.clear();
  const Branch& newest = branches_[label.branches];
  for (uint32_t i = 0; i < results; i++) {
    if (!results_.push_back({kNone, saved_[newest.first_value + i]})) out_of_memory_ = true;
  }
  if (out_of_memory_) return;
  spend(uint64_t{results} * label.branch_count);
  param_count_ = 0;
  for (uint32_t at = newest.next; at != kNone; at = branches_[at].next) {
    for (uint32_t i = 0; i < results; i++) {
      if (results_[i].value != saved_[branches_[at].first_value + i]) results_[i].value = kNone;
    }
  }
  for (Result& result : results_) {
    if (result.value == kNone) result.param = param_count_++;
  }
}

void Builder::collect_locals(const Label& label) {
  joins_++;
  join_locals_.clear();
  for (uint32_t at = label.branches; at != kNone; at = branches_[at].next) {
    const Branch& branch = branches_[at];
    spend(branch.record_count);
    for (uint32_t i = 0; i < branch.record_count; i++) {
      const LocalValues::Record& record = records_[branch.first_record + i];
      Joined& joined = joined_[record.local];
      if (joined.join != joins_) {
        joined = {joins_, 0, kNone, record.value, true};
        if (!join_locals_.push_back(record.local)) out_of_memory_ = true;
      }
      joined.edges++;
      joined.is_same &= joined.value == record.value;
    }
  }
  for (uint32_t local : join_locals_) {
    Joined& joined = joined_[local];
    if (!joined.is_same || joined.edges != label.branch_count) joined.param = param_count_++;
  }
}

// The block, and what each edge takes to it.
void Builder::begin_joined(const Label& label) {
  spend(uint64_t{param_count_} * label.branch_count);
  if (refusal() != Refusal::None || !arguments_.resize(param_count_)) {
    out_of_memory_ |= refusal() == Refusal::None;
    return;
  }
  for (uint32_t at = label.branches; at != kNone; at = branches_[at].next) {
    const Branch& branch = branches_[at];
    for (uint32_t i = 0; i < results_.size(); i++) {
      if (results_[i].param != kNone) {
        arguments_[results_[i].param] = saved_[branch.first_value + i];
      }
    }
    for (uint32_t local : join_locals_) {
      if (joined_[local].param != kNone) arguments_[joined_[local].param] = locals_[local];
    }
    for (uint32_t i = 0; i < branch.record_count; i++) {
      const LocalValues::Record& record = records_[branch.first_record + i];
      const uint32_t param = joined_[record.local].param;
      if (param != kNone) arguments_[param] = record.value;
    }
    set_arguments(branch.edge, arguments_.span());
    graph_.edges[branch.edge].target = static_cast<BlockId>(graph_.blocks.size());
  }
  begin_block(branches_[label.branches].edge);
  if (!alive()) return;
  graph_.blocks[block_].predecessors = label.branch_count;
  graph_.blocks[block_].params = param_count_;
}

void Builder::set_joined(const Label& label, uint32_t results) {
  if (!alive()) return;
  for (uint32_t i = 0; i < results; i++) {
    if (results_[i].param == kNone) continue;
    const NodeId any = saved_[branches_[label.branches].first_value + i];
    results_[i].value = add(Op::Param, graph_.nodes[any].type, {}, results_[i].param);
  }
  for (uint32_t i = 0; i < results; i++) push(results_[i].value);
  for (uint32_t local : join_locals_) {
    const Joined& joined = joined_[local];
    const Type type = graph_.nodes[joined.value].type;
    locals_.set(local,
                joined.param == kNone ? joined.value : add(Op::Param, type, {}, joined.param));
  }
}

}  // namespace wembed::jit
