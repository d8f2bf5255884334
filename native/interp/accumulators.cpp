#include "interp/accumulators.h"

namespace wembed {

void Accumulators::take(const Operand& operand) {
  Held& held = of(file_of(operand.type));
  if (operand.place != Place::Home || held.producer == kNoPosition) return;
  emitter_.set_op(held.producer, held.op + kNoStore);
  held = Held{};  // the slot does not have the value
}

void Accumulators::renamed(int32_t from, int32_t to) {
  for (int file = 0; file < kFiles; file++) renamed(static_cast<RegisterFile>(file), from, to);
}

void Accumulators::renamed(RegisterFile file, int32_t from, int32_t to) {
  Held& held = of(file);
  if (held.slot == from) held = {to, kNoPosition, held.op};
}

void Accumulators::keep_stores() {
  for (Held& held : held_) held.producer = kNoPosition;
}

void Accumulators::revive(const State& state) {
  held_ = state;
  for (const Held& held : held_) {
    if (held.producer != kNoPosition) emitter_.set_op(held.producer, held.op);
  }
}

}  // namespace wembed
