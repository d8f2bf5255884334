// Writes register operations into a growing buffer and patches displacements.
//
// Slots that do not fit an operation's 16-bit field ("far" functions: more than 32,000 locals or
// operands) are copied to and from reserved slots next to the link.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "base/poll.h"
#include "base/vector.h"
#include "interp/reg_op.h"

namespace wembed {

constexpr uint32_t kNoPosition = 0;  // the first word of a buffer is the frame's need
constexpr int kFarSlots = 4;         // fp[-1] .. fp[-4] in far functions
constexpr int kFarVectorSlots = 8;   // below them, where there may be vectors

// One operation before it is encoded.
struct Encoding {
  RegOp op;
  int32_t field[4] = {0, 0, 0, 0};
  uint8_t slots_read = 0;  // bit k: field k is a slot that is read
  uint8_t vectors = 0;     // bit k: field k is two slots
  bool writes = false;     // field 0 is a slot that is written
  bool has_i32 = false;
  uint32_t i32 = 0;
  uint8_t words = 0;  // further words
  uint64_t word[2] = {0, 0};

  explicit Encoding(RegOp reg_op) : op(reg_op) {}
  Encoding& to(int32_t slot) {
    field[0] = slot;
    writes = true;
    return *this;
  }
  Encoding& from(int k, int32_t slot) {
    field[k] = slot;
    slots_read |= static_cast<uint8_t>(1 << k);
    return *this;
  }
  Encoding& to_vector(int32_t slot) {
    vectors |= 1;
    return to(slot);
  }
  Encoding& from_vector(int k, int32_t slot) {
    vectors |= static_cast<uint8_t>(1 << k);
    return from(k, slot);
  }
  Encoding& flag(int k, int32_t value) {
    field[k] = value;
    return *this;
  }
  Encoding& imm(uint32_t value) {
    i32 = value;
    has_i32 = true;
    return *this;
  }
  Encoding& wide(uint64_t value) {
    word[words++] = value;
    return *this;
  }
  Encoding& halves(int32_t low, int32_t high) {
    return wide(static_cast<uint32_t>(low) | static_cast<uint64_t>(static_cast<uint32_t>(high))
                                                 << 32);
  }
};

// Operands and results of an operation of the runtime, in consecutive slots.
struct Shape {
  uint32_t operands;
  int32_t wide = 0;      // bit k: operand k is 64 bits
  uint32_t results = 0;  // numbers, as wide as operands are
};

class Emitter {
 public:
  // `out_of_memory` is set when an allocation fails, here and by whoever shares it; nothing is
  // emitted from then on.
  Emitter(Allocator& allocator, bool& out_of_memory)
      : code_(allocator), references_(allocator), out_of_memory_(out_of_memory) {}

  void restart(bool far);

  // Appends; returns the operation's position.
  uint32_t emit(const Encoding& encoding);

  // An operation of one word.
  void emit_word(RegOp op);

  [[nodiscard]] uint32_t size() const { return static_cast<uint32_t>(code_.size()); }
  [[nodiscard]] bool far() const { return far_; }
  [[nodiscard]] bool wants_far() const { return wants_far_; }
  [[nodiscard]] bool out_of_memory() const { return out_of_memory_; }
  Vector<uint64_t>& code() { return code_; }

  void truncate(uint32_t position) {
    if (!out_of_memory_) code_.truncate(position);
  }
  // Replaces the handler of the operation at `position`.
  void set_op(uint32_t position, RegOp op);
  // Replaces field 0, where the operation writes. False: the slot does not fit.
  bool set_destination(uint32_t position, int32_t slot);

  // Makes the Copy at `position` a CopyPair. False: the slots do not fit.
  bool add_pair(uint32_t position, int32_t to, int32_t from);

  // `ref` is the word whose upper half is a displacement from the word before it.
  void set_displacement(uint32_t ref, int32_t value);
  [[nodiscard]] uint32_t displacement(uint32_t ref) const;
  void patch(uint32_t ref, uint32_t target);
  // Everything is patched: branches to unconditional branches go where those go.
  [[nodiscard]] Error thread_branches(Poll& poll);
  void append(uint64_t word);

 private:
  uint32_t encode(const Encoding& encoding);
  void copy_far(int32_t to, int32_t from, bool vector);

  Vector<uint64_t> code_;
  Vector<uint32_t> references_;  // all that were patched
  bool far_ = false;
  bool wants_far_ = false;
  bool& out_of_memory_;
};

}  // namespace wembed
