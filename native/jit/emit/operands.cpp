// Instructions with the registers and slots that their operands were given, and moves.
#include <algorithm>

#include "jit/emit/emission.h"

namespace wembed::jit {

Place Emission::place_of(Location location) const {
  if (location.is_register()) return Place::of(location.reg());
  return link(first_slot_ + static_cast<int>(location.slot()));
}

// Its registers are operands from `first_operand` on: the base, if it is one, then the index.
Place Emission::address(const Instruction& in, uint32_t first_operand) const {
  const Address& of = in.address;
  MachineRegister base = kFrame;
  int32_t displacement = of.displacement;
  switch (of.base) {
    case Base::Register: base = reg(in, first_operand++); break;
    case Base::Memory: base = kMemoryBase; break;
    case Base::Frame: break;
    case Base::Outgoing: displacement = outgoing(displacement); break;
    case Base::Environment: base = kEnvironment; break;
    case Base::Literal: break;  // see encoded()
  }
  const MachineRegister index = of.has_index ? reg(in, first_operand) : Place::kNoRegister;
  return Place::at(base, index, of.scale, displacement);
}

Label Emission::literal(uint64_t bits) {
  constexpr size_t kLookedAt = 16;  // of those before
  const size_t first = literals_.size() > kLookedAt ? literals_.size() - kLookedAt : 0;
  for (size_t i = first; i < literals_.size(); i++) {
    if (literals_[i].bits == bits) return literals_[i].label;
  }
  const Label label = code_.new_label();
  keep(literals_.push_back({label, bits}));
  return label;
}

void Emission::encoded(const Instruction& in) {
  const Encoding encoding = in.op.encoding();
  const auto immediate = static_cast<int32_t>(in.immediate);
  auto emit = [&](MachineRegister reg, const Place& place) {
    if (row_of(encoding).immediate == 4 && in.form != Form::Unary) {
      return code_.emit_immediate(encoding, in.is_wide, place, immediate);
    }
    code_.emit(encoding, in.is_wide, reg, place, immediate, in.condition);
  };
  if (in.address.base == Base::Literal) {
    return code_.emit_at(encoding, in.is_wide, reg(in, 0),
                         literal(static_cast<uint64_t>(in.immediate)));
  }
  switch (in.form) {
    case Form::Unary: return emit(reg(in, 0), place(in, 1));
    case Form::Binary: return emit(reg(in, 0), place(in, 2));
    case Form::InPlace:
    case Form::CompareOne:
    case Form::DefineOne: return emit(0, place(in, 0));
    case Form::MoveOut: return emit(reg(in, 1), place(in, 0));
    case Form::Compare: return emit(reg(in, 0), place(in, 1));
    case Form::Load:
    case Form::Store: return emit(reg(in, 0), address(in, 1));
    case Form::LoadInto: return emit(reg(in, 0), address(in, 2));
    case Form::StoreOne: return emit(0, address(in, 0));
    case Form::None: break;
  }
}

// --- moves ---------------------------------------------------------------------------------------

// Of the moves before that instruction, or behind it.
uint32_t Emission::first_move(uint32_t instruction) const {
  const auto* found =
      std::lower_bound(allocation_.moves.begin(), allocation_.moves.end(), instruction,
                       [](const Move& move, uint32_t at) { return move.before < at; });
  return static_cast<uint32_t>(found - allocation_.moves.begin());
}

void Emission::moves_before(uint32_t instruction) {
  while (next_move_ < allocation_.moves.size() &&
         allocation_.moves[next_move_].before == instruction) {
    move(allocation_.moves[next_move_++]);
  }
}

void Emission::move(const Move& move) {
  auto is_float_register = [](Location at) {
    return at.is_register() && class_of(at.reg()) == RegisterClass::Float;
  };
  const bool to_float = is_float_register(move.to);
  const bool from_float = is_float_register(move.from);
  if (!move.to.is_register() && !move.from.is_register()) {
    code_.emit(Encoding::MovLoadDouble, false, kFloatScratch, place_of(move.from));
    code_.emit(Encoding::MovStoreDouble, false, kFloatScratch, place_of(move.to));
  } else if (!move.to.is_register()) {
    code_.emit(from_float ? Encoding::MovStoreDouble : Encoding::MovStore, true, move.from.reg(),
               place_of(move.to));
  } else if (!move.from.is_register()) {
    code_.emit(to_float ? Encoding::MovLoadDouble : Encoding::MovLoad, true, move.to.reg(),
               place_of(move.from));
  } else if (to_float && from_float) {
    code_.emit(Encoding::MovFloat, false, move.to.reg(), place_of(move.from));
  } else if (to_float) {
    code_.emit(Encoding::MovToDouble, true, move.to.reg(), place_of(move.from));
  } else if (from_float) {
    code_.emit(Encoding::MovFromDouble, true, move.from.reg(), place_of(move.to));
  } else {
    code_.move(move.to.reg(), move.from.reg());
  }
}

}  // namespace wembed::jit
