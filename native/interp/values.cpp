// How values get to where they must be: into slots, homes and locals, with as few copies as can be.
#include <algorithm>

#include "interp/translator.h"

namespace wembed {

int32_t Translator::local_slot(uint32_t index) const {
  return static_cast<int32_t>(walker_->local_slot(index)) - local_slots_;
}

Operand Translator::push_home(ValueClass type) {
  Operand operand;
  operand.type = type;
  operand.home = operand.slot = stack_.next_home();
  stack_.push(operand);
  return operand;
}

// An operand that was popped and goes on, as another type's value.
void Translator::push_back(const Operand& operand) {
  if (operand.place == Place::Local) {
    push_local(operand, operand.slot);
  } else {
    stack_.push(operand);
  }
}

void Translator::push_local(const Operand& operand, int32_t slot) {
  if (stack_.unread_is_full()) flush_locals();
  stack_.push_local(operand, slot);
}

// --- emission ------------------------------------------------------------------------------------

void Translator::note(uint32_t position) {
  Vector<SourcePoint>* points = recording_.points;
  if (points == nullptr) return;
  while (!points->empty() && points->back().position >= position) points->pop_back();
  if (!points->push_back({position, walker_->offset()})) out_of_memory_ = true;
}

// An instruction begins. What it takes is still told: a call's arguments are roots while it runs.
void Translator::note_roots() {
  if (!walker_->reachable()) return;
  RootMapBuilder& roots = *recording_.roots;
  const size_t kept = stack_.take_low();
  roots.cut(kept);
  for (size_t i = kept; i < stack_.size(); i++) {
    const Operand& operand = stack_[i];
    if (operand.type == ValueClass::Ref) roots.push(i, operand.home, operand.place == Place::Home);
  }
  roots.look_at_pending([&](size_t index) { return stack_[index].place == Place::Home; });
  // Places do not count the word before the ops.
  roots.begin_instruction(emitter_.size() - 1);
}

// Control may arrive here from elsewhere.
void Translator::barrier() {
  accumulators_.forget();
  peephole_.forget_all();
}

// The slot gets another value, for vectors the next one too.
inline void Translator::overwritten(ValueClass type, int32_t slot) {
  accumulators_.overwritten(slot);
  if (type == ValueClass::V128) [[unlikely]]
    accumulators_.overwritten(slot + 1);
}

uint32_t Translator::plain(const Encoding& encoding) {
  note(emitter_.size());
  peephole_.forget();
  if (encoding.writes) {
    overwritten((encoding.vectors & 1) != 0 ? ValueClass::V128 : ValueClass::I64,
                encoding.field[0]);
  }
  uint32_t position = emitter_.emit(encoding);
  if (encoding.writes && !emitter_.far()) {
    peephole_.wrote(position, encoding.field[0]);
  } else {
    peephole_.wrote_nothing();
  }
  return position;
}

// The operation's result becomes the topmost operand, in its home and, but for vectors, in an
// accumulator: its kind's, or for operations without a twin, which know no kinds, the integers'.
void Translator::produce(Encoding& encoding, ValueClass type, Remembered& remembered, Twin twin) {
  Operand result = push_home(type);
  encoding.to(result.home);
  if (type == ValueClass::V128) encoding.to_vector(result.home);
  note(emitter_.size());
  uint32_t position = emitter_.emit(encoding);
  overwritten(type, result.home);
  peephole_.wrote_nothing();
  if (emitter_.far()) return;
  peephole_.wrote(position, result.home);
  if (twin == Twin::Yes) {
    accumulators_.set(file_of(type), {result.home, position, encoding.op});
  } else if (type != ValueClass::V128) {
    accumulators_.set(RegisterFile::Int, {result.home, kNoPosition, encoding.op});
  }
  remembered.position = position;
  remembered.destination = result.home;
  peephole_.add(remembered);
}

void Translator::encode_immediate(Encoding& encoding, ValueClass type, uint64_t bits) {
  if (is_narrow(type)) {
    encoding.imm(static_cast<uint32_t>(bits));
  } else {
    encoding.wide(bits);
  }
}

// --- moving values -------------------------------------------------------------------------------

// Copies an operand; touches no accumulator.
void Translator::copy_to(const Operand& operand, int32_t slot) {
  if (operand.is_const()) {
    if (operand.bits <= UINT32_MAX) {
      plain(Encoding(RegOp::Const32).to(slot).imm(static_cast<uint32_t>(operand.bits)));
    } else {
      plain(Encoding(RegOp::Const64).to(slot).wide(operand.bits));
    }
    return;
  }
  if (operand.slot == slot) return;
  if (is_built(Feature::Simd) && operand.type == ValueClass::V128)
    return copy_vector(slot, operand.slot);
  if (accumulators_.hold(operand)) {
    constexpr RegOp kPut[kFiles] = {RegOp::PutA, RegOp::PutD, RegOp::PutF};
    plain(Encoding(kPut[static_cast<int>(file_of(operand.type))]).to(slot));
  } else {
    copy_slot(slot, operand.slot);
  }
}

// Two copies in a row are one operation.
void Translator::copy_slot(int32_t to, int32_t from) {
  if (peephole_.can_pair(emitter_.size()) && emitter_.add_pair(peephole_.pairable(), to, from)) {
    accumulators_.overwritten(to);
    peephole_.forget_all();
    return;
  }
  uint32_t position = plain(Encoding(RegOp::Copy).to(to).from(1, from));
  if (!emitter_.far()) peephole_.set_pairable(position);
}

// As copy_to, for the operand's only reader: the operation that made it may write there at once.
void Translator::settle(const Operand& operand, int32_t slot) {
  const Remembered* maker = peephole_.maker_of(operand);
  if (maker != nullptr && operand.slot != slot && emitter_.set_destination(maker->position, slot)) {
    overwritten(operand.type, slot);
    accumulators_.renamed(operand.slot, slot);
    peephole_.redirect(slot);
    return;
  }
  copy_to(operand, slot);
}

// A constant that an operation cannot take as such. The operand is not on the stack any more.
void Translator::materialise(Operand& operand) {
  if (!operand.is_const()) return;
  copy_to(operand, operand.home);
  operand.come_home();
}

// Brings an operand of the stack home.
void Translator::flush(size_t position) {
  const Operand& operand = stack_[position];
  if (operand.place == Place::Home) return;
  copy_to(operand, operand.home);
  stack_.come_home(position);
}

// The topmost operands, locals in runs where they are neighbours.
void Translator::flush_top(size_t count) {
  const size_t first = stack_.first_of(count);
  for (size_t i = stack_.skip_home(first); i < stack_.size(); i = stack_.skip_home(i)) {
    constexpr size_t kMost = 3;
    size_t run = 0;
    while (run < kMost && i + run < stack_.size() && stack_[i + run].place == Place::Local &&
           stack_[i + run].type != ValueClass::V128 && !emitter_.far()) {
      run++;
    }
    if (run < 2) {
      flush(i++);
      continue;
    }
    Encoding copy(run == 2 ? RegOp::Copy2 : RegOp::Copy3);
    copy.to(stack_[i].home);
    for (size_t k = 0; k < run; k++) {
      copy.from(static_cast<int>(k) + 1, stack_[i + k].slot);
      stack_.come_home(i + k);
      accumulators_.overwritten(stack_[i + k].home);
    }
    plain(copy);
    peephole_.wrote_nothing();
    i += run;
  }
  stack_.all_home_from(first);
}

// Locals among the operands are read now, because something follows that may write them.
void Translator::flush_locals() {
  while (!stack_.unread().empty()) flush(stack_.unread().front());
}

// --- locals, constants ---------------------------------------------------------------------------

void Translator::on_const(ValType type, uint64_t bits) {
  Operand operand;
  operand.place = Place::Const;
  operand.type = class_of(type);
  operand.home = stack_.next_home();
  operand.bits = bits;
  stack_.push(operand);
}

void Translator::on_ref_null(ValType) {
  Operand operand;
  operand.place = Place::Const;
  operand.type = ValueClass::Ref;
  operand.home = stack_.next_home();
  stack_.push(operand);
}

void Translator::on_local_get(uint32_t index) {
  Operand operand;
  operand.type = class_of(walker_->local_type(index));
  operand.home = stack_.next_home();
  push_local(operand, local_slot(index));
}

// Copies the local at `slot` to the homes of the operands that stand for it.
void Translator::flush_unread_of(int32_t slot) {
  for (size_t i = 0; i < stack_.unread().size();) {
    uint32_t position = stack_.unread()[i];
    if (stack_[position].slot != slot) {
      i++;
      continue;
    }
    copy_to(stack_[position], stack_[position].home);
    stack_.come_home(position);
  }
}

// The local at `slot` is about to be written: operands that stand for its old value are copied
// home first. When the last operation computed the new value it has not run yet at that point and
// moves behind the copies, which is harmless: it reads no home that they write.
// True: the local has been written, too.
bool Translator::save_references(int32_t slot, const Operand& value) {
  if (!stack_.is_unread(slot)) return false;
  if (fuse_post_add(slot, value)) return true;
  constexpr uint32_t kMaxWords = 4;
  const Remembered* maker = peephole_.maker_of(value);
  if (maker == nullptr || emitter_.size() - maker->position > kMaxWords ||
      emitter_.out_of_memory()) {
    flush_unread_of(slot);
    return false;
  }
  Remembered last = *maker;
  Accumulators::State held = accumulators_.state();
  uint64_t words[kMaxWords];
  uint32_t count = emitter_.size() - last.position;
  std::copy_n(emitter_.code().data() + last.position, count, words);
  emitter_.truncate(last.position);
  uint32_t start = emitter_.size();
  // What is held when the operation has run is held again, but for the homes written meanwhile.
  for (uint32_t position : stack_.unread()) {
    if (stack_[position].slot != slot) continue;
    for (int32_t home = stack_[position].home; home < stack_[position].end(); home++) {
      Accumulators::drop(held, home);
      Accumulators::drop(last.before, home);
    }
  }
  flush_unread_of(slot);
  uint32_t shift = emitter_.size() - start;
  note(emitter_.size());
  for (uint32_t i = 0; i < count; i++) emitter_.append(words[i]);
  last.position += shift;
  for (Held& each : held) {
    if (each.producer >= start) each.producer += shift;
  }
  accumulators_.restore(held);
  peephole_.forget();
  peephole_.add(last);
  peephole_.wrote(last.position, last.destination);
  return false;
}

void Translator::set_local(uint32_t index, bool tee) {
  Operand value = pop();
  int32_t slot = local_slot(index);
  bool written =
      redirect_writers(slot, value) || save_references(slot, value) || fuse_copy_add(slot, value);
  if (!value.is_local(slot) && !written) {
    settle(value, slot);
    bool vector = value.type == ValueClass::V128;
    if (value.place == Place::Local && !vector) peephole_.note_copy(slot, value.slot);
    // The value is in both places; from now on the local's is the one that will be asked for.
    if (!value.is_const() && !vector) accumulators_.renamed(file_of(value.type), value.slot, slot);
  }
  if (tee) push_local(value, slot);
}

void Translator::on_local_set(uint32_t index) { set_local(index, false); }

void Translator::on_local_tee(uint32_t index) { set_local(index, true); }

void Translator::on_drop(ValType) { pop(); }

}  // namespace wembed
