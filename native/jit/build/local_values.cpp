#include "jit/build/local_values.h"

namespace wembed::jit {

void LocalValues::add(NodeId value) {
  if (!locals_.push_back({value, 0, 0})) out_of_memory_ = true;
}

void LocalValues::set(uint32_t local, NodeId value) {
  if (local >= locals_.size()) return;
  Local& at = locals_[local];
  if (at.value == value) return;
  if (at.scope != scope_) {
    if (!changes_.push_back({local, at.value, at.scope})) out_of_memory_ = true;
    at.scope = scope_;
  }
  at.value = value;
}

LocalValues::Scope LocalValues::enter() {
  const Scope scope = {static_cast<uint32_t>(changes_.size()), scope_};
  scope_ = ++last_scope_;
  return scope;
}

void LocalValues::roll_back(const Scope& scope) {
  while (changes_.size() > scope.first) {
    const Change& change = changes_.back();
    locals_[change.local].value = change.before;
    locals_[change.local].scope = change.scope_before;
    changes_.pop_back();
  }
}

void LocalValues::differences(const Scope& scope, Which which, Vector<Record>& records,
                              uint64_t& work) {
  look_++;
  work += changes_.size() - scope.first;
  for (size_t i = scope.first; i < changes_.size(); i++) {
    // A local may stand there once for each scope within; its first change has the oldest value.
    Local& local = locals_[changes_[i].local];
    if (local.look == look_) continue;
    local.look = look_;
    if (local.value == changes_[i].before) continue;
    const NodeId value = which == Which::Now ? local.value : changes_[i].before;
    if (!records.push_back({changes_[i].local, value})) out_of_memory_ = true;
  }
}

}  // namespace wembed::jit
