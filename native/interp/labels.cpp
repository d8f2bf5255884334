#include "interp/labels.h"

namespace wembed {

void Labels::clear() {
  labels_.clear();
  tests_.clear();
  tables_ = 0;
}

void Labels::push(uint32_t height, int32_t home) {
  Label label;
  label.id = ++ids_;
  label.height = height;
  label.home = home;
  label.innermost_loop = labels_.empty() ? 0 : labels_.back().innermost_loop;
  if (!labels_.push_back(label)) out_of_memory_ = true;
}

Label Labels::pop() {
  Label inner = labels_.back();
  labels_.pop_back();
  if (inner.test != 0) tests_.truncate(inner.test - 1);
  return inner;
}

void Labels::begin_loop() {
  if (labels_.empty()) return;
  labels_.back().loop = emitter_.size();
  labels_.back().innermost_loop = static_cast<uint32_t>(labels_.size());
}

void Labels::refer(uint32_t ref, Label& label) {
  if (label.loop != kNoPosition) {
    emitter_.patch(ref, label.loop);
  } else {
    emitter_.set_displacement(ref, static_cast<int32_t>(label.references));
    label.references = ref;
  }
}

void Labels::bind(uint32_t& references) {
  uint32_t here = emitter_.size();
  for (uint32_t ref = references; ref != kNoPosition && !emitter_.out_of_memory();) {
    uint32_t next = emitter_.displacement(ref);
    emitter_.patch(ref, here);
    ref = next;
  }
  references = kNoPosition;
}

bool Labels::remember_test(const Condition& condition, uint32_t ref, bool when, Label& target,
                           bool to_else) {
  uint32_t place = labels_.empty() ? 0 : labels_.back().innermost_loop;
  if (place == 0) return false;
  Label& loop = labels_[place - 1];
  if (loop.loop != ref - 1 || emitter_.out_of_memory()) return false;
  LoopTest test;
  test.words = emitter_.size() - loop.loop;
  test.leaves_when = when;
  test.to_else = to_else;
  test.label = target.id;
  test.place = static_cast<uint32_t>(&target - labels_.data());
  test.condition = condition;
  if (!tests_.push_back(test)) {
    out_of_memory_ = true;
    return false;
  }
  loop.test = static_cast<uint32_t>(tests_.size());
  return true;
}

const LoopTest* Labels::test_of(const Label& loop) const {
  if (loop.test == 0) return nullptr;
  const LoopTest& test = tests_[loop.test - 1];
  if (test.place >= labels_.size() || labels_[test.place].id != test.label) return nullptr;
  bool bound = test.to_else && labels_[test.place].else_reference == kNoPosition;
  return bound ? nullptr : &test;
}

void Labels::leave(const LoopTest& test, uint32_t ref) {
  Label& target = labels_[test.place];
  if (!test.to_else) return refer(ref, target);
  emitter_.set_displacement(ref, static_cast<int32_t>(target.else_reference));
  target.else_reference = ref;
}

bool Labels::begin_trampoline(Label& label) {
  if (label.table == tables_) return false;
  label.table = tables_;
  label.trampoline = emitter_.size();
  return true;
}

}  // namespace wembed
