// The translator's picture of the operand stack: where each operand's value is.
//
// INVARIANTS. An operand's home is the first slot above the homes of those below it. unread()
// lists the operands that are Place::Local, and no others, ascending, at most kMaxUnread of them.
// Operands from home_from_ to home_to_, not less, are Place::Home. When an allocation fails the
// picture is wrong, which its user hears from `out_of_memory` after the instruction; until then
// nothing here reads beyond what is there.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>

#include "base/vector.h"
#include "interp/value_class.h"
#include "runtime/exec_env.h"

namespace wembed {

// Home: in its home slot. Local: a local's value that has not been read yet. Const: not in a slot.
enum class Place : uint8_t { Home, Local, Const };

// A body may put an operand there for every two of its bytes: these stay small.
struct Operand {
  Place place = Place::Home;
  ValueClass type = ValueClass::I32;
  int32_t home = 0;  // slot of its position
  union {
    uint64_t bits = 0;  // Const
    int32_t slot;       // else: where the value is, home or the local's slot
  };

  [[nodiscard]] bool is_const() const { return place == Place::Const; }
  [[nodiscard]] bool is_local(int32_t local) const {
    return place == Place::Local && slot == local;
  }
  [[nodiscard]] int32_t end() const { return home + slots_of(type); }
  void come_home() {
    place = Place::Home;
    slot = home;
  }
};
static_assert(sizeof(Operand) == 16);

class OperandStack {
 public:
  static constexpr uint32_t kMaxUnread = 32;  // each local.set looks through them
  static constexpr size_t kNone = SIZE_MAX;

  OperandStack(Allocator& allocator, bool& out_of_memory)
      : operands_(allocator), out_of_memory_(out_of_memory) {}
  void clear();

  [[nodiscard]] size_t size() const { return operands_.size(); }
  [[nodiscard]] const Operand& operator[](size_t position) const { return operands_[position]; }
  [[nodiscard]] const Operand& top() const { return operands_.back(); }
  // Position of the first of the topmost `count`, as far as they are there.
  [[nodiscard]] size_t first_of(size_t count) const {
    return operands_.size() - std::min(count, operands_.size());
  }
  // The home of the first of them; of the next operand, when there are none.
  [[nodiscard]] int32_t home_of_top(size_t count) const {
    size_t position = first_of(count);
    return position < operands_.size() ? operands_[position].home : next_home();
  }
  // Where the next operand's home is, and the first slot above all homes there ever were.
  [[nodiscard]] int32_t next_home() const {
    return operands_.empty() ? kLinkSlots : operands_.back().end();
  }
  [[nodiscard]] int32_t end_of_homes() const { return end_of_homes_; }

  // Of an operand that is not Place::Local, with next_home() as its home.
  void push(const Operand& operand) {
    end_of_homes_ = std::max(end_of_homes_, operand.end());
    size_t position = operands_.size();
    if (!operands_.push_back(operand)) {
      out_of_memory_ = true;
    } else if (operand.place == Place::Home) {
      if (home_to_ < position) home_from_ = position;
      home_to_ = position + 1;
    }
  }
  // An operand that stands for the local at `slot`. There is room among the unread.
  void push_local(Operand operand, int32_t slot) {
    operand.place = Place::Local;
    operand.slot = slot;
    size_t position = operands_.size();
    push(operand);
    if (position < operands_.size()) unread_[unread_count_++] = static_cast<uint32_t>(position);
  }
  // After a failed allocation the walk goes on until the walker asks: nothing may be there to pop.
  Operand pop() {
    if (operands_.empty()) return Operand{};
    Operand operand = operands_.back();
    cut(operands_.size() - 1);
    return operand;
  }
  // Takes operands away until `height` are left.
  void cut(size_t height) {
    if (height > operands_.size()) return;
    operands_.truncate(height);
    low_ = std::min(low_, height);
    if (home_to_ > height) {
      home_to_ = height;
      if (home_from_ > height) home_from_ = height;
    }
    while (unread_count_ > 0 && unread_[unread_count_ - 1] >= height) unread_count_--;
  }

  // The operand's value is in its home now.
  void come_home(size_t position);
  // So are all from `first` on.
  void all_home_from(size_t first);
  // The first position from `position` on that is not known to be at home already.
  [[nodiscard]] size_t skip_home(size_t position) const {
    return position >= home_from_ && position < home_to_ ? home_to_ : position;
  }

  // How many operands stayed where they were since the last time this was asked.
  size_t take_low() { return std::exchange(low_, operands_.size()); }

  [[nodiscard]] std::span<const uint32_t> unread() const { return {unread_, unread_count_}; }
  [[nodiscard]] bool unread_is_full() const { return unread_count_ == kMaxUnread; }
  // How many operands stand for the local at `slot`; `position`: the last of them.
  uint32_t count_unread(int32_t slot, size_t& position) const;
  [[nodiscard]] bool is_unread(int32_t slot) const {
    size_t position;
    return count_unread(slot, position) != 0;
  }

 private:
  Vector<Operand> operands_;
  uint32_t unread_[kMaxUnread];
  uint32_t unread_count_ = 0;
  size_t low_ = 0;  // the least height since take_low()
  size_t home_from_ = 0;
  size_t home_to_ = 0;
  int32_t end_of_homes_ = 0;
  bool& out_of_memory_;
};

}  // namespace wembed
