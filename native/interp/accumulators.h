// What the accumulators hold at this point of the register code.
//
// Each operation leaves its result in its slot and in the accumulator of its kind. An operation
// that takes it from there makes the producer's store needless, when the value was an operand
// (which has exactly one reader) and nothing can have read the slot before.
//
// INVARIANT. An accumulator that holds a slot's value holds what the slot would be read as. A
// producer is named only as long as its store may be dropped: nobody else reads the slot, and
// control cannot have left since for a place that reads homes.
#pragma once

#include <array>
#include <cstdint>

#include "interp/emitter.h"
#include "interp/operand_stack.h"

namespace wembed {

constexpr int32_t kNoSlot = INT32_MIN;

struct Held {
  int32_t slot = kNoSlot;
  uint32_t producer = kNoPosition;  // the operation whose store to `slot` may still be dropped
  RegOp op{};                       // its form with the store
};

class Accumulators {
 public:
  using State = std::array<Held, kFiles>;

  explicit Accumulators(Emitter& emitter) : emitter_(emitter) {}

  [[nodiscard]] bool hold(const Operand& operand) const {
    return !operand.is_const() && operand.type != ValueClass::V128 &&
           of(file_of(operand.type)).slot == operand.slot;
  }
  // The operand is taken from its accumulator and was its value's only reader.
  void take(const Operand& operand);

  // The accumulator of `file` gets the value of `slot`.
  void set(RegisterFile file, const Held& held) { of(file) = held; }
  // `slot` gets another value.
  void overwritten(int32_t slot) { drop(held_, slot); }
  // The value of `from` is, or is now, in `to`, and will be asked for there.
  void renamed(int32_t from, int32_t to);
  void renamed(RegisterFile file, int32_t from, int32_t to);
  // What is stored at `slot`, if anything holds it, is no operand.
  void keep_store(RegisterFile file) { of(file).producer = kNoPosition; }
  // Control may leave here for a place that reads homes: stores so far have to stay.
  void keep_stores();
  // Control may arrive here from elsewhere.
  void forget() { held_ = {}; }

  [[nodiscard]] const State& state() const { return held_; }
  void restore(const State& state) { held_ = state; }
  // As if `slot` had never been held.
  static void drop(State& state, int32_t slot) {
    for (Held& held : state) {
      if (held.slot == slot) held = Held{};
    }
  }
  // As it was before operations that are taken back: producers store again.
  void revive(const State& state);

 private:
  [[nodiscard]] Held& of(RegisterFile file) { return held_[static_cast<size_t>(file)]; }
  [[nodiscard]] const Held& of(RegisterFile file) const { return held_[static_cast<size_t>(file)]; }

  Emitter& emitter_;
  State held_{};
};

}  // namespace wembed
