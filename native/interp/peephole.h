// The last operations that were emitted, so that the next can be merged with them.
//
// INVARIANTS. What is remembered describes the end of the register code: the last operation, and
// those right before it. Whoever emits says so here (forget(), add(), wrote() ..), and where
// control may arrive from elsewhere everything is forgotten. What is known of copies and of the
// block that ended last names its position, and is good only while that is where it says.
#pragma once

#include <algorithm>
#include <cstdint>

#include "interp/accumulators.h"
#include "interp/emitter.h"
#include "interp/operand_stack.h"
#include "isa/opcode.h"

namespace wembed {

enum class Family : uint8_t { None, Unary, Binary, Compare, AddShl, Load, VectorConstant };

// An operation that can be taken back.
struct Remembered {
  uint32_t position = kNoPosition;
  Family family = Family::None;
  Opcode opcode{};  // of the wasm instruction; AddShl: the shift in `shift`
  uint8_t shift = 0;
  int32_t destination = kNoSlot;
  Operand a, b;
  Accumulators::State before{};  // accumulators before it

  [[nodiscard]] bool is(Family wanted, Opcode code) const {
    return family == wanted && opcode == code;
  }
};

// Where the single result of a block was written before control went to the block's end: the last
// operation before each jump. All of them can be made to write somewhere else.
struct Writers {
  static constexpr uint32_t kMost = 4;
  uint32_t at[kMost] = {};
  uint8_t count = 0;
  bool complete = true;
};

// A block that just ended, with one result.
struct Joined {
  Writers writers;
  int32_t home = kNoSlot;
  uint32_t at = kNoPosition;
};

class Peephole {
 public:
  struct Write {
    uint32_t at = kNoPosition;
    int32_t to = kNoSlot;
  };
  struct Copy {
    uint32_t at = kNoPosition;
    int32_t to = 0;
    int32_t from = 0;
  };

  // --- operations that can be taken back, newest last
  [[nodiscard]] const Remembered* last() const {
    return count_ == 0 ? nullptr : &memory_[count_ - 1];
  }
  // The last operation, if it made this operand.
  [[nodiscard]] const Remembered* maker_of(const Operand& operand) const {
    bool made = operand.place == Place::Home && count_ > 0 &&
                memory_[count_ - 1].destination == operand.slot;
    return made ? &memory_[count_ - 1] : nullptr;
  }
  // The operation that was just emitted.
  void add(const Remembered& remembered) {
    if (count_ == kMemory) {
      std::move(memory_ + 1, memory_ + kMemory, memory_);
      count_--;
    }
    memory_[count_++] = remembered;
  }
  Remembered take() { return memory_[--count_]; }
  // The last operation writes to `slot` instead.
  void redirect(int32_t slot);
  // Something else was emitted, or moved.
  void forget() { count_ = 0; }
  void forget_all();

  // --- the last operation, if all it does is to write one slot
  [[nodiscard]] const Write& written() const { return written_; }
  void wrote(uint32_t at, int32_t to) { written_ = {at, to}; }
  void wrote_nothing() { written_.at = kNoPosition; }

  // --- the last operation, if it copied a local to a local
  [[nodiscard]] const Copy& copied() const { return copied_; }
  void note_copy(int32_t to, int32_t from);
  // --- the last operation, if it is a Copy and not paired yet; after `end` nothing was emitted
  [[nodiscard]] bool can_pair(uint32_t end) const {
    constexpr uint32_t kWords = 2;
    return pairable_ != kNoPosition && pairable_ + kWords == end;
  }
  [[nodiscard]] uint32_t pairable() const { return pairable_; }
  void set_pairable(uint32_t at) { pairable_ = at; }
  void forget_copies() { copied_.at = pairable_ = kNoPosition; }

  // --- the block that ended last
  [[nodiscard]] const Joined& joined() const { return joined_; }
  void join(const Joined& joined) { joined_ = joined; }
  void forget_join() { joined_.at = kNoPosition; }

 private:
  static constexpr int kMemory = 4;
  Remembered memory_[kMemory];
  int count_ = 0;
  Write written_;
  Copy copied_;
  uint32_t pairable_ = kNoPosition;
  Joined joined_;
};

}  // namespace wembed
