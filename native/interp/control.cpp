// Translation of blocks, branches and returns.
#include "interp/op_table.h"
#include "interp/translator.h"
#include "runtime/exec_env.h"

namespace wembed {

// --- labels --------------------------------------------------------------------------------------

// `ref` jumps to the label: known already for loops, else it waits in the label's chain.
void Translator::refer(uint32_t ref, Label& label) {
  if (label.loop != kNoPosition) {
    emitter_.patch(ref, label.loop);
  } else {
    emitter_.set_displacement(ref, static_cast<int32_t>(label.references));
    label.references = ref;
  }
}

// The displacements of a chain lead here.
void Translator::bind(uint32_t& references) {
  uint32_t here = emitter_.size();
  for (uint32_t ref = references; ref != kNoPosition && !emitter_.out_of_memory();) {
    uint32_t next = emitter_.displacement(ref);
    emitter_.patch(ref, here);
    ref = next;
  }
  references = kNoPosition;
}

// Jumps to a label. Back to a loop that begins with a test: the test is made here, and the jump
// leads behind it.
void Translator::jump(Label& label) {
  const LoopTest* known = label.test == 0 ? nullptr : &tests_[label.test - 1];
  if (known != nullptr &&
      (known->place >= labels_.size() || labels_[known->place].id != known->label ||
       (known->to_else && labels_[known->place].else_reference == kNoPosition))) {
    known = nullptr;
  }
  if (known == nullptr) {
    refer(plain(Encoding(RegOp::Br).imm(0)) + 1, label);
    return;
  }
  const LoopTest test = *known;
  emitter_.patch(branch(test.condition, !test.leaves_when), label.loop + test.words);
  uint32_t ref = plain(Encoding(RegOp::Br).imm(0)) + 1;
  Label& target = labels_[test.place];
  if (test.to_else) {
    emitter_.set_displacement(ref, static_cast<int32_t>(target.else_reference));
    target.else_reference = ref;
  } else {
    refer(ref, target);
  }
}

// A branch out of the innermost loop whose displacement is at `ref`: taken when the condition is
// `when`. Only as the loop's very first operation is it worth remembering.
void Translator::remember_test(const Condition& condition, uint32_t ref, bool when, Label& target,
                               bool to_else) {
  uint32_t place = labels_.empty() ? 0 : labels_.back().innermost_loop;
  if (place == 0) return;
  Label& loop = labels_[place - 1];
  // A step is more than a test.
  if (loop.loop != ref - 1 || stepped_ || emitter_.out_of_memory()) return;
  LoopTest test;
  test.words = emitter_.size() - loop.loop;
  test.leaves_when = when;
  test.to_else = to_else;
  test.label = target.id;
  test.place = static_cast<uint32_t>(&target - labels_.data());
  test.condition = condition;
  if (!tests_.push_back(test)) {
    out_of_memory_ = true;
  } else {
    loop.test = static_cast<uint32_t>(tests_.size());
  }
}

void Translator::push_label(const Control& control, uint32_t parameters) {
  Label label;
  label.id = ++label_ids_;
  label.height = static_cast<uint32_t>(stack_.size()) - parameters;
  label.home = stack_.size() > label.height ? stack_[label.height].home : next_home();
  if (!control.entry_reachable) label.height = 0;
  label.innermost_loop = labels_.empty() ? 0 : labels_.back().innermost_loop;
  if (!labels_.push_back(label)) out_of_memory_ = true;
}

void Translator::push_results(std::span<const ValType> types) {
  for (ValType type : types) {
    push_home(type == kI32   ? 'I'
              : type == kI64 ? 'L'
              : type == kF32 ? 'F'
              : type == kF64 ? 'D'
                             : 'R');
  }
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
  if (made_by_last(operand) && memory_[remembered_ - 1].family == Family::Compare) {
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

// A branch taken when the condition is `when_true`. The result is its displacement's word.
uint32_t Translator::branch(const Condition& condition, bool when_true) {
  Operand a = condition.a, b = condition.b;
  Opcode opcode = condition.opcode;
  stepped_ = false;
  bool zero = false;  // compares an i32 with zero
  if (!condition.compare) {
    zero = true;
  } else if (b.is_const() && b.bits == 0 && (opcode == Opcode::I32Eq || opcode == Opcode::I32Ne) &&
             !a.is_const()) {
    zero = true;
    when_true = when_true == (opcode == Opcode::I32Ne);
  }
  uint32_t position;
  if (zero) {
    Operand none;
    none.place = Place::Const;
    uint32_t ref;
    if (when_true && a.type == 'I' &&
        step_and_branch({true, Opcode::I32Ne, a, none}, Opcode::I32Ne, ref)) {
      keep_stores();
      return ref;
    }
    bool held = in_accumulator(a);
    Encoding encoding(when_true ? (held ? RegOp::BrNez_A : RegOp::BrNez_S)
                                : (held ? RegOp::BrEqz_A : RegOp::BrEqz_S));
    if (held) {
      drop_store(a);
    } else {
      encoding.from(0, a.slot);
    }
    position = plain(encoding.imm(0));
    keep_stores();
    return position + 1;
  }
  if (a.is_const() && b.is_const()) materialise(a);
  if (a.is_const() || (!b.is_const() && !in_accumulator(a) && in_accumulator(b))) {
    std::swap(a, b);
    opcode = mirrored(opcode);
  }
  if (Opcode direct = opcode; b.is_const() || b.place == Place::Local) {
    uint32_t ref;
    bool possible = opcode >= Opcode::I32Eq && opcode <= Opcode::I32GeU &&
                    (when_true || opposite(opcode, direct));
    if (possible && step_and_branch({true, direct, a, b}, direct, ref)) {
      keep_stores();
      return ref;
    }
  }
  uint32_t kind = kBranchIf;
  if (!when_true && !opposite(opcode, opcode)) kind = kBranchUnless;
  bool held = in_accumulator(a);
  uint32_t variant = (b.is_const() ? (held ? kAI : kSI) : (held ? kAS : kSS)) / 2;
  Encoding encoding(op_entry(opcode).base + kind + variant);
  encoding.imm(0);
  int field = 0;
  if (held) {
    drop_store(a);
  } else {
    encoding.from(field++, a.slot);
  }
  if (b.is_const()) {
    encoding.wide(b.bits);
  } else {
    encoding.from(field, b.slot);
  }
  position = plain(encoding);
  keep_stores();
  return position + 1;
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
  if (labels_.empty()) return;
  labels_.back().loop = emitter_.size();
  labels_.back().innermost_loop = static_cast<uint32_t>(labels_.size());
}

void Translator::on_if(Control& control) {
  uint32_t parameters = static_cast<uint32_t>(control.params().size());
  if (!control.entry_reachable) return push_label(control, 0);
  Condition condition = take_condition(pop());
  flush_locals();
  flush_top(parameters);
  uint32_t ref = branch(condition, false);
  push_label(control, parameters);
  if (!labels_.empty()) {
    labels_.back().else_reference = ref;
    emitter_.set_displacement(ref, kNoPosition);
    remember_test(condition, ref, false, labels_.back(), true);
  }
}

void Translator::on_else(Control& control) {
  if (!control.entry_reachable || labels_.empty()) return;
  Label& inner = labels_.back();
  if (control.reachable) {
    flush_top(static_cast<uint32_t>(control.results().size()));
    add_writer(inner);
    refer(plain(Encoding(RegOp::Br).imm(0)) + 1, inner);
  }
  bind(inner.else_reference);
  barrier();
  cut(inner.height);
  push_results(control.params());
}

void Translator::on_end(Control& control) {
  if (labels_.empty()) return;
  Label inner = labels_.back();
  labels_.pop_back();
  if (inner.test != 0) tests_.truncate(inner.test - 1);
  if (!control.entry_reachable) return;
  if (control.kind == ControlKind::Function) {
    if (control.reachable) emit_return();
    return;
  }
  uint32_t results = static_cast<uint32_t>(control.results().size());
  bool joins = inner.references != kNoPosition || inner.else_reference != kNoPosition;
  if (control.reachable && !joins) return;
  if (control.reachable) {
    flush_top(results);
    add_writer(inner);
  }
  if (inner.else_reference != kNoPosition) inner.writers.complete = false;
  bind(inner.else_reference);
  bind(inner.references);
  barrier();
  // A loop's writers wrote its parameter, for the next round.
  if (results == 1 && inner.loop == kNoPosition && !emitter_.far()) {
    joined_ = inner.writers;
    joined_home_ = inner.home;
    joined_at_ = emitter_.size();
  }
  cut(inner.height);
  push_results(control.results());
}

// --- branches ------------------------------------------------------------------------------------

// Moves the topmost `count` operands to `home` and above; they are gone from the stack's point of
// view afterwards, or home, where control goes on.
void Translator::branch_values(uint32_t count, int32_t home) {
  if (count == 0 || stack_.size() < count) return;
  if (count == 1) return settle(stack_.back(), home);
  flush_top(count);
  int32_t from = stack_[stack_.size() - count].home;
  if (from == home) return;
  plain(Encoding(RegOp::CopyMany).imm(count).halves(home, from));
}

void Translator::on_br(uint32_t depth) {
  if (depth + 1 == walker_->control_count()) return emit_return();
  const Control& target = walker_->control(depth);
  branch_values(static_cast<uint32_t>(target.label_types().size()), label(depth).home);
  add_writer(label(depth));
  jump(label(depth));
}

void Translator::on_br_if(uint32_t depth) {
  Condition condition = take_condition(pop());
  uint32_t count = static_cast<uint32_t>(walker_->control(depth).label_types().size());
  bool returns = depth + 1 == walker_->control_count();
  if (!returns && count == 0) {
    uint32_t ref = branch(condition, true);
    remember_test(condition, ref, true, label(depth), false);
    return refer(ref, label(depth));
  }
  // The values stay operands when the branch is not taken.
  label(depth).writers.complete = false;
  flush_top(count);
  int32_t home = label(depth).home;
  if (!returns && stack_.size() >= count && stack_[stack_.size() - count].home == home) {
    return refer(branch(condition, true), label(depth));
  }
  uint32_t skip = branch(condition, false);
  if (returns) {
    emit_return();
  } else {
    Held held[kFiles];
    for (int i = 0; i < kFiles; i++) held[i] = held_[i];
    plain(Encoding(RegOp::CopyMany)
              .imm(count)
              .halves(home, stack_.size() < count ? home : stack_[stack_.size() - count].home));
    refer(plain(Encoding(RegOp::Br).imm(0)) + 1, label(depth));
    for (int i = 0; i < kFiles; i++) held_[i] = held[i];
  }
  emitter_.patch(skip, emitter_.size());
  forget();
}

// A target that needs values moved, or returns, is reached through a few operations behind the
// table, once per label however often the table names it.
void Translator::on_br_table(std::span<const uint32_t> depths) {
  Operand index = pop();
  uint32_t count = static_cast<uint32_t>(walker_->control(depths.back()).label_types().size());
  materialise(index);
  flush_top(count);
  bool held = in_accumulator(index);
  Encoding encoding(held ? RegOp::BrTable_A : RegOp::BrTable_S);
  if (held) {
    drop_store(index);
  } else {
    encoding.from(0, index.slot);
  }
  plain(encoding.imm(static_cast<uint32_t>(depths.size())));
  int32_t from = count == 0 || stack_.size() < count ? 0 : stack_[stack_.size() - count].home;
  uint32_t first = emitter_.size();
  for (size_t i = 0; i < depths.size(); i++) emitter_.append(0);
  tables_++;
  for (size_t i = 0; i < depths.size(); i++) {
    uint32_t ref = first + static_cast<uint32_t>(i);
    uint32_t depth = depths[i];
    Label& target = label(depth);
    bool returns = depth + 1 == walker_->control_count();
    target.writers.complete = false;
    if (!returns && (count == 0 || target.home == from)) {
      refer(ref, target);
      continue;
    }
    if (target.table != tables_) {
      target.table = tables_;
      target.trampoline = emitter_.size();
      forget();
      for (Held& accumulator : held_) accumulator = Held{};
      if (returns) {
        emit_return();
      } else {
        plain(Encoding(RegOp::CopyMany).imm(count).halves(target.home, from));
        refer(plain(Encoding(RegOp::Br).imm(0)) + 1, target);
      }
    }
    emitter_.patch(ref, target.trampoline);
  }
}

// Returns the topmost operands. The link is read before results are written, so they may lie
// anywhere.
void Translator::emit_return() {
  std::span<const ValType> types = walker_->type()->results();
  uint32_t count = static_cast<uint32_t>(types.size());
  uint32_t locals = static_cast<uint32_t>(local_slots_);
  if (count == 0 || stack_.size() < count) {
    plain(Encoding(RegOp::Return0).imm(locals));
    return;
  }
  if (count > 1) {
    flush_top(count);
    plain(Encoding(RegOp::ReturnMany)
              .imm(locals)
              .halves(stack_[stack_.size() - count].home, static_cast<int32_t>(count)));
    return;
  }
  const Operand& operand = stack_.back();
  int file = static_cast<int>(file_of(operand.type));
  if (operand.is_const() && file == static_cast<int>(File::Int)) {
    plain(Encoding(RegOp::Return1_I).imm(locals).wide(operand.bits));
    return;
  }
  Operand value = operand;
  materialise(value);
  if (in_accumulator(value)) {
    constexpr RegOp kHeld[kFiles] = {RegOp::Return1_A, RegOp::Return1_D, RegOp::Return1_F};
    drop_store(value);
    plain(Encoding(kHeld[file]).imm(locals));
  } else {
    constexpr RegOp kSlot[kFiles] = {RegOp::Return1_S, RegOp::Return1_SD, RegOp::Return1_SF};
    plain(Encoding(kSlot[file]).imm(locals).from(0, value.slot));
  }
}

void Translator::on_return() { emit_return(); }

void Translator::on_unreachable() { plain(Encoding(RegOp::Unreachable)); }

}  // namespace wembed
