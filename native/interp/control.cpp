// Translation of blocks, branches and returns.
#include <utility>

#include "interp/op_table.h"
#include "interp/translator.h"

namespace wembed {

// --- labels --------------------------------------------------------------------------------------

// Jumps to a label. Back to a loop that begins with a test: the test is made here, and the jump
// leads behind it.
void Translator::jump(Label& label) {
  const LoopTest* known = labels_.test_of(label);
  if (known == nullptr) {
    return labels_.refer(plain(Encoding(RegOp::Br).imm(0)) + 1, label);
  }
  const LoopTest test = *known;
  emitter_.patch(branch(test.condition, !test.leaves_when), label.loop + test.words);
  labels_.leave(test, plain(Encoding(RegOp::Br).imm(0)) + 1);
}

// The test that a loop begins with was emitted.
void Translator::note_test() {
  if (recording_.loop != nullptr) recording_.loop->end_test(emitter_.size());
}

void Translator::push_label(const Control& control, uint32_t parameters) {
  size_t height = stack_.first_of(parameters);
  int32_t home = height < stack_.size() ? stack_[height].home : stack_.next_home();
  labels_.push(control.entry_reachable ? static_cast<uint32_t>(height) : 0, home);
  if (!labels_.empty()) labels_.innermost().region = handlers_.current();
}

void Translator::push_results(std::span<const ValType> types) {
  for (ValType type : types) push_home(class_of(type));
}

// Metered code pays for a block's instructions at its beginning; the number is filled in when the
// next block begins.
void Translator::on_fuel_block() {
  if (!code_.variant().metered) return;
  if (charge_ != kNoPosition) emitter_.set_displacement(charge_ + 1, charged_);
  charged_ = 0;
  charge_ = plain(Encoding(RegOp::Charge).imm(0));
}

// --- conditions ----------------------------------------------------------------------------------

// A comparison made just now is taken back, to become part of the branch.
Condition Translator::take_condition(const Operand& operand) {
  Condition condition;
  const Remembered* maker = peephole_.maker_of(operand);
  if (maker != nullptr && maker->family == Family::Compare) {
    Remembered last = take_back();
    condition.compare = true;
    condition.opcode = last.opcode;
    condition.a = last.a;
    condition.b = last.b;
  } else {
    condition.a = operand;
    materialise(condition.a);
  }
  return condition;
}

// As branch(), for an i32 that is zero or not.
uint32_t Translator::branch_on_zero(const Operand& a, bool when_zero) {
  Operand none;
  none.place = Place::Const;
  uint32_t ref;
  if (!when_zero && a.type == ValueClass::I32 &&
      step_and_branch({true, Opcode::I32Ne, a, none}, Opcode::I32Ne, ref)) {
    accumulators_.keep_stores();
    return ref;
  }
  bool held = accumulators_.hold(a);
  Encoding encoding(when_zero ? (held ? RegOp::BrEqz_A : RegOp::BrEqz_S)
                              : (held ? RegOp::BrNez_A : RegOp::BrNez_S));
  if (held) {
    accumulators_.take(a);
  } else {
    encoding.from(0, a.slot);
  }
  ref = plain(encoding.imm(0)) + 1;
  accumulators_.keep_stores();
  return ref;
}

// A branch taken when the condition is `when_true`. The result is its displacement's word.
uint32_t Translator::branch(const Condition& condition, bool when_true) {
  Operand a = condition.a, b = condition.b;
  Opcode opcode = condition.opcode;
  stepped_ = false;
  if (!condition.compare) return branch_on_zero(a, !when_true);
  if (b.is_const() && b.bits == 0 && (opcode == Opcode::I32Eq || opcode == Opcode::I32Ne) &&
      !a.is_const()) {
    return branch_on_zero(a, when_true == (opcode == Opcode::I32Eq));
  }
  if (a.is_const() && b.is_const()) materialise(a);
  if (a.is_const() || (!b.is_const() && !accumulators_.hold(a) && accumulators_.hold(b))) {
    std::swap(a, b);
    opcode = mirrored(opcode);
  }
  if (Opcode direct = opcode; b.is_const() || b.place == Place::Local) {
    uint32_t ref;
    bool possible = opcode >= Opcode::I32Eq && opcode <= Opcode::I32GeU &&
                    (when_true || opposite(opcode, direct));
    if (possible && step_and_branch({true, direct, a, b}, direct, ref)) {
      accumulators_.keep_stores();
      return ref;
    }
  }
  uint32_t kind = kBranchIf;
  if (!when_true && !opposite(opcode, opcode)) kind = kBranchUnless;
  bool held = accumulators_.hold(a);
  uint32_t variant = (b.is_const() ? (held ? kAI : kSI) : (held ? kAS : kSS)) / 2;
  Encoding encoding(op_entry(opcode).base + kind + variant);
  encoding.imm(0);
  int field = 0;
  if (held) {
    accumulators_.take(a);
  } else {
    encoding.from(field++, a.slot);
  }
  if (b.is_const()) {
    encoding.wide(b.bits);
  } else {
    encoding.from(field, b.slot);
  }
  uint32_t ref = plain(encoding) + 1;
  accumulators_.keep_stores();
  return ref;
}

// --- blocks --------------------------------------------------------------------------------------

void Translator::on_block(Control& control) {
  uint32_t parameters = static_cast<uint32_t>(control.params().size());
  if (control.entry_reachable) {
    flush_locals();
  } else {
    parameters = 0;
  }
  push_label(control, parameters);
}

void Translator::on_loop(Control& control) {
  uint32_t parameters = static_cast<uint32_t>(control.params().size());
  if (!control.entry_reachable) return push_label(control, 0);
  flush_locals();
  flush_top(parameters);
  barrier();
  push_label(control, parameters);
  labels_.begin_loop();
  if (recording_.loop == nullptr) return;
  const auto local_slots = static_cast<uint32_t>(local_slots_);
  if (!recording_.loop->begin_loop(emitter_.size(), walker_->offset(), local_slots, stack_)) {
    out_of_memory_ = true;
  }
}

void Translator::on_if(Control& control) {
  uint32_t parameters = static_cast<uint32_t>(control.params().size());
  if (!control.entry_reachable) return push_label(control, 0);
  Condition condition = take_condition(pop());
  flush_locals();
  flush_top(parameters);
  uint32_t ref = branch(condition, false);
  push_label(control, parameters);
  if (labels_.empty()) return;
  labels_.innermost().else_reference = ref;
  emitter_.set_displacement(ref, kNoPosition);
  if (stepped_) return;
  if (labels_.remember_test(condition, ref, false, labels_.innermost(), true)) note_test();
}

void Translator::on_else(Control& control) {
  if (!control.entry_reachable || labels_.empty()) return;
  Label& inner = labels_.innermost();
  if (control.reachable) {
    flush_top(control.results().size());
    add_writer(inner);
    labels_.refer(plain(Encoding(RegOp::Br).imm(0)) + 1, inner);
  }
  labels_.bind(inner.else_reference);
  barrier();
  stack_.cut(inner.height);
  push_results(control.params());
}

void Translator::on_end(Control& control) {
  if (labels_.empty()) return;
  Label inner = labels_.pop();
  if (!control.entry_reachable) return;
  if (control.kind == ControlKind::Function) return end_function(control, inner);
  if (control.kind == ControlKind::TryTable || control.kind == ControlKind::Try) close_region();
  size_t results = control.results().size();
  bool arm = is_catch_arm(control.kind);
  bool joins = arm || inner.references != kNoPosition || inner.else_reference != kNoPosition ||
               inner.handlers != kNoHandler;
  if (control.reachable && !joins) return;
  if (control.reachable) {
    if (arm) {
      branch_values(control, inner.home);
    } else {
      flush_top(results);
    }
    add_writer(inner);
  }
  bind_handlers(inner);
  if (inner.else_reference != kNoPosition) inner.writers.complete = false;
  labels_.bind(inner.else_reference);
  labels_.bind(inner.references);
  barrier();
  // A loop's writers wrote its parameter, for the next round.
  if (results == 1 && inner.loop == kNoPosition && !emitter_.far()) {
    peephole_.join({inner.writers, inner.home, emitter_.size()});
  }
  stack_.cut(inner.height);
  push_results(control.results());
}

// --- branches ------------------------------------------------------------------------------------

// Moves what a branch to `target` takes along to `home` and above; it is gone from the stack's
// point of view afterwards, or home, where control goes on.
void Translator::branch_values(const Control& target, int32_t home) {
  size_t count = target.label_types().size();
  if (count == 0 || stack_.size() < count) return;
  if (count == 1) return settle(stack_.top(), home);
  flush_top(count);
  int32_t from = stack_.home_of_top(count);
  if (from == home) return;
  plain(Encoding(RegOp::CopyMany).imm(label_slots(target)).halves(home, from));
}

void Translator::on_br(uint32_t depth) {
  if (depth + 1 == walker_->control_count()) return emit_return();
  Label& label = labels_.at(depth);
  branch_values(walker_->control(depth), label.home);
  add_writer(label);
  jump(label);
}

void Translator::on_br_if(uint32_t depth) { branch_if(take_condition(pop()), depth); }

// Compares a reference with null. It will be read behind the branch too, so it is at home.
Condition Translator::null_test(Operand& reference, Opcode opcode) {
  materialise(reference);
  accumulators_.keep_stores();
  peephole_.forget();
  Condition condition;
  condition.compare = true;
  condition.opcode = opcode;
  condition.a = reference;
  condition.b.place = Place::Const;
  condition.b.type = condition.a.type = ValueClass::I64;
  return condition;
}

void Translator::on_br_on_null(uint32_t depth) {
  Operand reference = pop();
  branch_if(null_test(reference, Opcode::I64Eq), depth);
  push_back(reference);
}

// The reference is the last of the label's values, and gone where the branch is not taken.
void Translator::on_br_on_non_null(uint32_t depth) {
  flush_top(1);
  Operand reference = stack_.top();
  branch_if(null_test(reference, Opcode::I64Ne), depth);
  pop();
}

// A branch that takes the label's values along and leaves them where they are when it is not taken.
void Translator::branch_if(const Condition& condition, uint32_t depth) {
  const Control& target = walker_->control(depth);
  Label& label = labels_.at(depth);
  size_t count = target.label_types().size();
  bool returns = depth + 1 == walker_->control_count();
  if (!returns && count == 0) {
    uint32_t ref = branch(condition, true);
    if (!stepped_ && labels_.remember_test(condition, ref, true, label, false)) note_test();
    return labels_.refer(ref, label);
  }
  // The values stay operands when the branch is not taken.
  label.writers.complete = false;
  flush_top(count);
  int32_t from = stack_.home_of_top(count);
  if (!returns && from == label.home) {
    return labels_.refer(branch(condition, true), label);
  }
  uint32_t skip = branch(condition, false);
  if (returns) {
    emit_return();
  } else {
    Accumulators::State held = accumulators_.state();
    plain(Encoding(RegOp::CopyMany).imm(label_slots(target)).halves(label.home, from));
    labels_.refer(plain(Encoding(RegOp::Br).imm(0)) + 1, label);
    accumulators_.restore(held);
  }
  emitter_.patch(skip, emitter_.size());
  peephole_.forget();
}

// A target that needs values moved, or returns, is reached through a few operations behind the
// table, once per label however often the table names it.
void Translator::on_br_table(std::span<const uint32_t> depths) {
  Operand index = pop();
  size_t count = walker_->control(depths.back()).label_types().size();
  materialise(index);
  flush_top(count);
  bool held = accumulators_.hold(index);
  Encoding encoding(held ? RegOp::BrTable_A : RegOp::BrTable_S);
  if (held) {
    accumulators_.take(index);
  } else {
    encoding.from(0, index.slot);
  }
  plain(encoding.imm(static_cast<uint32_t>(depths.size())));
  int32_t from = stack_.home_of_top(count);
  uint32_t ref = emitter_.size();
  for (size_t i = 0; i < depths.size(); i++) emitter_.append(0);
  labels_.begin_table();
  for (uint32_t depth : depths) {
    Label& label = labels_.at(depth);
    bool returns = depth + 1 == walker_->control_count();
    label.writers.complete = false;
    if (!returns && (count == 0 || label.home == from)) {
      labels_.refer(ref++, label);
      continue;
    }
    if (labels_.begin_trampoline(label)) {
      trampoline(label, walker_->control(depth), returns, from);
    }
    emitter_.patch(ref++, label.trampoline);
  }
}

// What an entry of br_table leads to: the values at `from` are moved or returned.
void Translator::trampoline(Label& label, const Control& target, bool returns, int32_t from) {
  peephole_.forget();
  accumulators_.forget();
  if (returns) return emit_return();
  plain(Encoding(RegOp::CopyMany).imm(label_slots(target)).halves(label.home, from));
  labels_.refer(plain(Encoding(RegOp::Br).imm(0)) + 1, label);
}

// Returns the topmost operands. The link is read before results are written, so they may lie
// anywhere.
void Translator::emit_return() {
  profile(RegOp::ProfileLeave, 0);
  size_t count = walker_->type()->result_count;
  uint32_t locals = static_cast<uint32_t>(local_slots_);
  if (count == 0 || stack_.size() < count) {
    plain(Encoding(RegOp::Return0).imm(locals));
    return;
  }
  if (count > 1) {
    flush_top(count);
    plain(Encoding(RegOp::ReturnMany)
              .imm(locals)
              .halves(stack_.home_of_top(count),
                      static_cast<int32_t>(walker_->type()->result_slots)));
    return;
  }
  Operand value = stack_.top();
  if (value.type == ValueClass::V128) {
    plain(Encoding(RegOp::ReturnMany).imm(locals).halves(value.slot, slots_of(value.type)));
    return;
  }
  int file = static_cast<int>(file_of(value.type));
  if (value.is_const() && file == static_cast<int>(RegisterFile::Int)) {
    plain(Encoding(RegOp::Return1_I).imm(locals).wide(value.bits));
    return;
  }
  materialise(value);
  if (accumulators_.hold(value)) {
    constexpr RegOp kHeld[kFiles] = {RegOp::Return1_A, RegOp::Return1_D, RegOp::Return1_F};
    accumulators_.take(value);
    plain(Encoding(kHeld[file]).imm(locals));
  } else {
    constexpr RegOp kSlot[kFiles] = {RegOp::Return1_S, RegOp::Return1_SD, RegOp::Return1_SF};
    plain(Encoding(kSlot[file]).imm(locals).from(0, value.slot));
  }
}

void Translator::on_return() { emit_return(); }

void Translator::on_unreachable() { plain(Encoding(RegOp::Unreachable)); }

}  // namespace wembed
