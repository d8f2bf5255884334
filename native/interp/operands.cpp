// The translator's operand stack: where each operand is, what the accumulators hold, and how values
// get to where they must be.
#include <algorithm>

#include "interp/translator.h"
#include "runtime/exec_env.h"

namespace wembed {

File Translator::file_of(char type) {
  return type == 'D' ? File::F64 : type == 'F' ? File::F32 : File::Int;
}

int32_t Translator::next_home() const {
  return stack_.empty() ? kLinkSlots : stack_.back().home + 1;
}

int32_t Translator::local_slot(uint32_t index) const {
  return static_cast<int32_t>(walker_->local_slot(index)) - local_slots_;
}

void Translator::push(const Operand& operand) {
  operands_end_ = std::max(operands_end_, operand.home + 1);
  if (!stack_.push_back(operand)) {
    out_of_memory_ = true;
  } else if (operand.place == Place::Home) {
    if (home_to_ + 1 < stack_.size()) home_from_ = stack_.size() - 1;
    home_to_ = stack_.size();
  }
}

// An operand that stands for the local at `slot`.
void Translator::push_local(Operand operand, int32_t slot) {
  if (unread_count_ == kMaxUnread) flush_locals();
  operand.place = Place::Local;
  operand.slot = slot;
  size_t position = stack_.size();
  push(operand);
  if (position < stack_.size()) unread_[unread_count_++] = static_cast<uint32_t>(position);
}

Operand Translator::push_home(char type) {
  Operand operand;
  operand.type = type;
  operand.home = operand.slot = next_home();
  push(operand);
  return operand;
}

// An operand that was popped and is another type's now.
void Translator::push_again(const Operand& operand) {
  if (operand.place == Place::Local) {
    push_local(operand, operand.slot);
  } else {
    push(operand);
  }
}

// After a failed allocation the walk goes on until the walker asks: nothing may be there to pop.
Operand Translator::pop() {
  if (stack_.empty()) return Operand{};
  Operand operand = stack_.back();
  cut(stack_.size() - 1);
  return operand;
}

// Takes operands away until `height` are left.
void Translator::cut(size_t height) {
  if (height > stack_.size()) return;
  stack_.truncate(height);
  home_from_ = std::min(home_from_, height);
  home_to_ = std::min(home_to_, height);
  while (unread_count_ > 0 && unread_[unread_count_ - 1] >= height) unread_count_--;
}

// --- accumulators --------------------------------------------------------------------------------

bool Translator::in_accumulator(const Operand& operand) const {
  return !operand.is_const() && held_[static_cast<int>(file_of(operand.type))].slot == operand.slot;
}

// The operand is taken from its accumulator and was its value's only reader.
void Translator::drop_store(const Operand& operand) {
  Held& held = held_[static_cast<int>(file_of(operand.type))];
  if (operand.place != Place::Home || held.producer == kNoPosition) return;
  emitter_.set_op(held.producer, held.op + kNoStore);
  held = Held{};  // the slot does not have the value
}

// `slot` gets another value.
void Translator::overwritten(int32_t slot) {
  for (Held& held : held_) {
    if (held.slot == slot) held = Held{};
  }
}

// Control may leave here for a place that reads homes: stores so far have to stay.
void Translator::keep_stores() {
  for (Held& held : held_) held.producer = kNoPosition;
}

void Translator::forget() { remembered_ = 0; }

// Control may arrive here from elsewhere.
void Translator::barrier() {
  for (Held& held : held_) held = Held{};
  forget();
  written_at_ = copied_at_ = paired_at_ = kNoPosition;
}

// --- emission ------------------------------------------------------------------------------------

void Translator::note(uint32_t position) {
  if (points_ == nullptr) return;
  while (!points_->empty() && points_->back().position >= position) points_->pop_back();
  if (!points_->push_back({position, walker_->offset()})) out_of_memory_ = true;
}

uint32_t Translator::plain(const Encoding& encoding) {
  note(emitter_.size());
  forget();
  if (encoding.writes) overwritten(encoding.field[0]);
  uint32_t position = emitter_.emit(encoding);
  written_at_ = encoding.writes && !emitter_.far() ? position : kNoPosition;
  written_to_ = encoding.field[0];
  return position;
}

// The operation's result becomes the topmost operand, in its home and in an accumulator: its
// kind's, or for operations without a twin, which know no kinds, the integers'.
void Translator::produce(Encoding& encoding, char type, const Remembered& remembered, Twin twin) {
  Operand result = push_home(type);
  encoding.to(result.home);
  note(emitter_.size());
  uint32_t position = emitter_.emit(encoding);
  overwritten(result.home);
  written_at_ = kNoPosition;
  if (emitter_.far()) return;
  written_at_ = position;
  written_to_ = result.home;
  if (twin == Twin::Yes) {
    held_[static_cast<int>(file_of(type))] = {result.home, position, encoding.op};
  } else {
    held_[static_cast<int>(File::Int)] = {result.home, kNoPosition, encoding.op};
  }
  if (remembered_ == kMemory) {
    std::move(memory_ + 1, memory_ + kMemory, memory_);
    remembered_--;
  }
  memory_[remembered_] = remembered;
  memory_[remembered_].position = position;
  memory_[remembered_].destination = result.home;
  remembered_++;
}

void Translator::encode_immediate(Encoding& encoding, char type, uint64_t bits) {
  if (type == 'I' || type == 'F') {
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
  if (in_accumulator(operand)) {
    constexpr RegOp kPut[kFiles] = {RegOp::PutA, RegOp::PutD, RegOp::PutF};
    plain(Encoding(kPut[static_cast<int>(file_of(operand.type))]).to(slot));
  } else {
    copy_slot(slot, operand.slot);
  }
}

// Two copies in a row are one operation.
void Translator::copy_slot(int32_t to, int32_t from) {
  constexpr uint32_t kWords = 2;
  if (paired_at_ != kNoPosition && paired_at_ + kWords == emitter_.size() &&
      emitter_.add_pair(paired_at_, to, from)) {
    forget();
    overwritten(to);
    written_at_ = copied_at_ = paired_at_ = kNoPosition;
    return;
  }
  uint32_t position = plain(Encoding(RegOp::Copy).to(to).from(1, from));
  if (!emitter_.far()) paired_at_ = position;
}

// As copy_to, for the operand's only reader: the operation that made it may write there at once.
void Translator::settle(const Operand& operand, int32_t slot) {
  if (operand.place == Place::Home && operand.slot != slot && made_by_last(operand)) {
    Remembered& last = memory_[remembered_ - 1];
    if (emitter_.set_destination(last.position, slot)) {
      overwritten(slot);
      for (Held& held : held_) {
        if (held.slot == operand.slot) held = {slot, kNoPosition, held.op};
      }
      last.destination = slot;
      written_to_ = slot;
      return;
    }
  }
  copy_to(operand, slot);
}

void Translator::materialise(Operand& operand) {
  if (!operand.is_const()) return;
  copy_to(operand, operand.home);
  operand.place = Place::Home;
  operand.slot = operand.home;
}

// Brings an operand of the stack home.
void Translator::flush(Operand& operand) {
  if (operand.place == Place::Home) return;
  copy_to(operand, operand.home);
  operand.place = Place::Home;
  operand.slot = operand.home;
}

// The topmost operands, locals in runs where they are neighbours.
void Translator::flush_top(uint32_t count) {
  size_t first = stack_.size() - std::min<size_t>(count, stack_.size());
  while (unread_count_ > 0 && unread_[unread_count_ - 1] >= first) unread_count_--;
  for (size_t i = first; i < stack_.size();) {
    if (i >= home_from_ && i < home_to_) {
      i = home_to_;
      continue;
    }
    size_t run = 0;
    while (run < 3 && i + run < stack_.size() && stack_[i + run].place == Place::Local &&
           !emitter_.far()) {
      run++;
    }
    if (run < 2) {
      flush(stack_[i++]);
      continue;
    }
    Encoding copy(run == 2 ? RegOp::Copy2 : RegOp::Copy3);
    copy.to(stack_[i].home);
    for (size_t k = 0; k < run; k++) {
      Operand& operand = stack_[i + k];
      copy.from(static_cast<int>(k) + 1, operand.slot);
      operand.place = Place::Home;
      operand.slot = operand.home;
      overwritten(operand.home);
    }
    plain(copy);
    written_at_ = kNoPosition;
    i += run;
  }
  if (first < home_from_ || first > home_to_) home_from_ = first;
  home_to_ = stack_.size();
}

// Locals among the operands are read now, because something follows that may write them.
void Translator::flush_locals() {
  for (uint32_t i = 0; i < unread_count_; i++) flush(stack_[unread_[i]]);
  unread_count_ = 0;
}

// Whether an operand stands for the local at `slot`.
bool Translator::is_unread(int32_t slot) const {
  for (uint32_t i = 0; i < unread_count_; i++) {
    if (stack_[unread_[i]].slot == slot) return true;
  }
  return false;
}

// --- locals, constants ---------------------------------------------------------------------------

void Translator::on_const(ValType type, uint64_t bits) {
  Operand operand;
  operand.place = Place::Const;
  operand.type = type == kI32 ? 'I' : type == kI64 ? 'L' : type == kF32 ? 'F' : 'D';
  operand.home = next_home();
  operand.bits = bits;
  push(operand);
}

void Translator::on_ref_null(ValType) {
  Operand operand;
  operand.place = Place::Const;
  operand.type = 'R';
  operand.home = next_home();
  push(operand);
}

void Translator::on_local_get(uint32_t index) {
  ValType type = walker_->local_type(index);
  Operand operand;
  operand.type = type == kI32   ? 'I'
                 : type == kI64 ? 'L'
                 : type == kF32 ? 'F'
                 : type == kF64 ? 'D'
                                : 'R';
  operand.home = next_home();
  push_local(operand, local_slot(index));
}

// The local at `slot` is about to be written: operands that stand for its old value are copied
// home first. When the last operation computed the new value it has not run yet at that point and
// moves behind the copies, which is harmless: it reads no home that they write.
// True: the local has been written, too.
bool Translator::save_references(int32_t slot, const Operand& value) {
  if (!is_unread(slot)) return false;
  if (fuse_post_add(slot, value)) return true;
  constexpr int kMaxWords = 4;
  uint64_t words[kMaxWords];
  int count = 0;
  Remembered last;
  Held held[kFiles];
  bool moves = value.place == Place::Home && made_by_last(value) &&
               emitter_.size() - memory_[remembered_ - 1].position <= kMaxWords &&
               !emitter_.out_of_memory();
  if (moves) {
    last = memory_[remembered_ - 1];
    std::copy(held_, held_ + kFiles, held);
    count = static_cast<int>(emitter_.size() - last.position);
    std::copy_n(emitter_.code().data() + last.position, count, words);
    emitter_.truncate(last.position);
  }
  uint32_t start = emitter_.size();
  uint32_t left = 0;
  for (uint32_t i = 0; i < unread_count_; i++) {
    Operand& operand = stack_[unread_[i]];
    if (operand.slot != slot) {
      unread_[left++] = unread_[i];
      continue;
    }
    copy_slot(operand.home, slot);
    operand.place = Place::Home;
    operand.slot = operand.home;
    for (int k = 0; k < kFiles; k++) {
      if (held[k].slot == operand.home) held[k] = Held{};
      if (last.before[k].slot == operand.home) last.before[k] = Held{};
    }
  }
  unread_count_ = left;
  if (!moves) return false;
  uint32_t shift = emitter_.size() - start;
  note(emitter_.size());
  for (int i = 0; i < count; i++) emitter_.append(words[i]);
  last.position += shift;
  for (int i = 0; i < kFiles; i++) {
    if (held[i].producer >= start) held[i].producer += shift;
    held_[i] = held[i];
  }
  memory_[0] = last;
  remembered_ = 1;
  written_at_ = last.position;
  written_to_ = last.destination;
  return false;
}

void Translator::set_local(uint32_t index, bool tee) {
  Operand value = pop();
  int32_t slot = local_slot(index);
  bool written =
      redirect_writers(slot, value) || save_references(slot, value) || fuse_copy_add(slot, value);
  bool same = value.place == Place::Local && value.slot == slot;
  if (!same && !written) {
    settle(value, slot);
    if (value.place == Place::Local && written_at_ != kNoPosition) {
      copied_at_ = written_at_;
      copied_to_ = slot;
      copied_from_ = value.slot;
    }
    Held& held = held_[static_cast<int>(file_of(value.type))];
    // The value is in both places; from now on the local's is the one that will be asked for.
    if (!value.is_const() && held.slot == value.slot) held = {slot, kNoPosition, held.op};
  }
  if (tee) push_local(value, slot);
}

void Translator::on_local_set(uint32_t index) { set_local(index, false); }

void Translator::on_local_tee(uint32_t index) { set_local(index, true); }

void Translator::on_drop(ValType) { pop(); }

}  // namespace wembed
