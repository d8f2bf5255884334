#include "tier/objects.h"

#include "module/module.h"
#include "runtime/field.h"
#include "runtime/object_ops.h"

namespace wembed::test_tier {

namespace {

// Operands of one instruction, taken from the top.
class Operands {
 public:
  explicit Operands(Slot*& sp) : sp_(sp) {}
  Slot pop() { return *--sp_; }
  uint32_t pop32() { return static_cast<uint32_t>(pop()); }
  const Slot* pop_value(ValType type) { return sp_ -= type.slots(); }
  void push(Slot slot) { *sp_++ = slot; }

 private:
  Slot*& sp_;
};

Trap struct_get(const Instr& in, Opcode opcode, const TypeDef& type, Slot*& sp) {
  const Slot slot = Operands(sp).pop();
  if (slot == 0) return Trap::NullStructure;
  const FieldType& field = type.fields[in.a];
  read_value(bytes_of(*object_in(slot)) + field.offset, field.type, opcode == Opcode::StructGetS,
             sp);
  sp += field.type.slots();
  return Trap::None;
}

Trap struct_set(const Instr& in, const TypeDef& type, Slot*& sp) {
  const FieldType& field = type.fields[in.a];
  Operands operands(sp);
  const Slot* value = operands.pop_value(unpacked(field.type));
  const Slot slot = operands.pop();
  if (slot == 0) return Trap::NullStructure;
  write_value(bytes_of(*object_in(slot)) + field.offset, storage_bytes(field.type), value);
  return Trap::None;
}

Trap array_get(Opcode opcode, const TypeDef& type, Slot*& sp) {
  Operands operands(sp);
  const uint32_t index = operands.pop32();
  const Slot slot = operands.pop();
  if (slot == 0) return Trap::NullArray;
  Object& array = *object_in(slot);
  if (index >= array_length(array)) return Trap::ArrayOutOfBounds;
  const ValType element = type.fields[0].type;
  read_value(element_at(array, index, storage_bytes(element)), element, opcode == Opcode::ArrayGetS,
             sp);
  sp += element.slots();
  return Trap::None;
}

Trap array_set(const TypeDef& type, Slot*& sp) {
  const ValType element = type.fields[0].type;
  Operands operands(sp);
  const Slot* value = operands.pop_value(unpacked(element));
  const uint32_t index = operands.pop32();
  const Slot slot = operands.pop();
  if (slot == 0) return Trap::NullArray;
  Object& array = *object_in(slot);
  if (index >= array_length(array)) return Trap::ArrayOutOfBounds;
  write_value(element_at(array, index, storage_bytes(element)), storage_bytes(element), value);
  return Trap::None;
}

uint32_t value_slots(const TypeDef& type) { return type.fields[0].type.slots(); }

uint32_t struct_slots(const TypeDef& type) {
  uint32_t slots = 0;
  for (uint32_t i = 0; i < type.field_count; i++) slots += type.fields[i].type.slots();
  return slots;
}

// The operands are gone when it is done, and one result is there.
Trap make(Trap trap, Slot* operands, Slot*& sp) {
  sp = operands + 1;
  return trap;
}

Trap perform_reference(const Instr& in, Opcode opcode, Instance& instance, Slot*& sp) {
  Operands operands(sp);
  switch (opcode) {
    case Opcode::RefEq: {
      const Slot b = operands.pop();
      operands.push(operands.pop() == b ? 1 : 0);
      return Trap::None;
    }
    case Opcode::RefI31: operands.push(i31_slot(operands.pop32())); return Trap::None;
    case Opcode::I31GetS:
    case Opcode::I31GetU: {
      const Slot slot = operands.pop();
      if (slot == 0) return Trap::NullI31;
      operands.push(opcode == Opcode::I31GetS ? static_cast<uint32_t>(i31_value_s(slot))
                                              : i31_value_u(slot));
      return Trap::None;
    }
    case Opcode::AnyConvertExtern:
    case Opcode::ExternConvertAny: operands.push(to_other_side(operands.pop())); return Trap::None;
    default: break;
  }
  const ValType target(static_cast<uint32_t>(in.wide));
  const bool is_one = is_of_reference_type(instance.module->registry(), sp[-1], target);
  if (opcode == Opcode::RefTest) {
    sp[-1] = is_one ? 1 : 0;
    return Trap::None;
  }
  return is_one ? Trap::None : Trap::CastFailure;
}

// Of any type: the instruction has none.
Trap array_len(Slot* sp) {
  if (sp[-1] == 0) return Trap::NullArray;
  sp[-1] = array_length(*object_in(sp[-1]));
  return Trap::None;
}

}  // namespace

Trap perform_object(const Instr& in, ExecEnv& env, Instance& instance, Slot*& sp) {
  const auto opcode = static_cast<Opcode>(in.op);
  if (opcode >= Opcode::RefTest || opcode == Opcode::RefEq) {
    return perform_reference(in, opcode, instance, sp);
  }
  if (opcode == Opcode::ArrayLen) return array_len(sp);
  const TypeDef& type = *reinterpret_cast<const TypeDef*>(in.wide);
  switch (opcode) {
    case Opcode::StructNew: {
      Slot* at = sp - struct_slots(type);
      return make(op_struct_new(env, instance, type, at, true), at, sp);
    }
    case Opcode::StructNewDefault:
      return make(op_struct_new(env, instance, type, sp, false), sp, sp);
    case Opcode::StructGet:
    case Opcode::StructGetS:
    case Opcode::StructGetU: return struct_get(in, opcode, type, sp);
    case Opcode::StructSet: return struct_set(in, type, sp);
    case Opcode::ArrayNew: {
      Slot* at = sp - 1 - value_slots(type);
      return make(op_array_new(env, instance, type, at, true), at, sp);
    }
    case Opcode::ArrayNewDefault:
      return make(op_array_new(env, instance, type, sp - 1, false), sp - 1, sp);
    case Opcode::ArrayNewFixed: {
      Slot* at = sp - uint64_t{in.a} * value_slots(type);
      return make(op_array_new_fixed(env, instance, type, in.a, at), at, sp);
    }
    case Opcode::ArrayNewData:
      return make(op_array_new_data(env, instance, type, in.a, sp - 2), sp - 2, sp);
    case Opcode::ArrayNewElem:
      return make(op_array_new_elem(env, instance, type, in.a, sp - 2), sp - 2, sp);
    case Opcode::ArrayGet:
    case Opcode::ArrayGetS:
    case Opcode::ArrayGetU: return array_get(opcode, type, sp);
    case Opcode::ArraySet: return array_set(type, sp);
    case Opcode::ArrayFill:
      sp -= 3 + value_slots(type);
      return op_array_fill(env, instance, type, sp);
    case Opcode::ArrayCopy: sp -= 5; return op_array_copy(env, instance, type, sp);
    case Opcode::ArrayInitData: sp -= 4; return op_array_init_data(env, instance, type, in.a, sp);
    case Opcode::ArrayInitElem: sp -= 4; return op_array_init_elem(env, instance, type, in.a, sp);
    default: return Trap::InvalidCode;
  }
}

}  // namespace wembed::test_tier
