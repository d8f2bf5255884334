// Translation of structs, arrays, references of the any hierarchy. What makes an object has its
// operands in a row in their homes, where a collection looks for them.
#include "interp/translator.h"
#include "module/type_registry.h"

namespace wembed {

namespace {

// Rows of reg_ops.def: by width, integers below 32 bits with sign and without.
RegOp get_operation(RegOp first, ValType field, bool with_sign) {
  switch (storage_bytes(field)) {
    case 1: return first + (with_sign ? 0 : 1);
    case 2: return first + (with_sign ? 2 : 3);
    case 4: return first + 4;
    case 8: return first + 5;
    default: return first + 6;
  }
}
RegOp set_operation(RegOp first, ValType field) {
  switch (storage_bytes(field)) {
    case 1: return first;
    case 2: return first + 1;
    case 4: return first + 2;
    case 8: return first + 3;
    default: return first + 4;
  }
}
static_assert(RegOp::StructGet8S + 6 == RegOp::StructGet128 &&
              RegOp::StructSet8 + 4 == RegOp::StructSet128);
static_assert(RegOp::ArrayGet8S + 6 == RegOp::ArrayGet128 &&
              RegOp::ArraySet8 + 4 == RegOp::ArraySet128);

Encoding& read_value(Encoding& encoding, int field, const Operand& value) {
  return value.type == ValueClass::V128 ? encoding.from_vector(field, value.slot)
                                        : encoding.from(field, value.slot);
}

}  // namespace

// An operation of runtime/object_ops.h on the topmost operands. `third`: its w3, where it has one.
void Translator::object_operation(RegOp op, const TypeDef* type, uint32_t operands,
                                  const uint32_t* third) {
  flush_top(operands);
  stack_.cut(stack_.first_of(operands));
  Encoding encoding(op);
  encoding.imm(static_cast<uint32_t>(stack_.next_home())).wide(reinterpret_cast<uint64_t>(type));
  if (third != nullptr) encoding.wide(*third);
  plain(encoding);
  barrier();
}

// One whose result takes the place of the first operand, and stays in the accumulator.
void Translator::new_object(RegOp op, const TypeDef* type, uint32_t operands,
                            const uint32_t* third) {
  object_operation(op, type, operands, third);
  const Operand object = push_home(ValueClass::Ref);
  if (!emitter_.far()) accumulators_.set(RegisterFile::Int, {object.home, kNoPosition, RegOp{}});
}

// --- structs -------------------------------------------------------------------------------------

void Translator::on_struct_new(const TypeDef* type, bool has_values) {
  new_object(has_values ? RegOp::StructNew : RegOp::StructNewDefault, type,
             has_values ? type->field_count : 0, nullptr);
}

void Translator::on_struct_get(Opcode opcode, const TypeDef* type, uint32_t field) {
  const FieldType& what = type->fields[field];
  Operand object = pop();
  materialise(object);
  Encoding encoding(get_operation(RegOp::StructGet8S, what.type, opcode == Opcode::StructGetS));
  produce_plain(encoding.from(1, object.slot).imm(what.offset), class_of(unpacked(what.type)));
}

void Translator::on_struct_set(const TypeDef* type, uint32_t field) {
  const FieldType& what = type->fields[field];
  Operand value = pop();
  Operand object = pop();
  materialise(value);
  materialise(object);
  Encoding encoding(set_operation(RegOp::StructSet8, what.type));
  plain(read_value(encoding.from(0, object.slot), 1, value).imm(what.offset));
}

// --- arrays --------------------------------------------------------------------------------------

void Translator::on_array_new(const TypeDef* type, bool has_value) {
  new_object(has_value ? RegOp::ArrayNew : RegOp::ArrayNewDefault, type, has_value ? 2 : 1,
             nullptr);
}

void Translator::on_array_new_fixed(const TypeDef* type, uint32_t count) {
  new_object(RegOp::ArrayNewFixed, type, count, &count);
}

void Translator::on_array_new_segment(Opcode opcode, const TypeDef* type, uint32_t segment) {
  new_object(opcode == Opcode::ArrayNewData ? RegOp::ArrayNewData : RegOp::ArrayNewElem, type, 2,
             &segment);
}

void Translator::on_array_get(Opcode opcode, const TypeDef* type) {
  const ValType element = type->fields[0].type;
  Operand index = pop();
  Operand array = pop();
  materialise(index);
  materialise(array);
  Encoding encoding(get_operation(RegOp::ArrayGet8S, element, opcode == Opcode::ArrayGetS));
  produce_plain(encoding.from(1, array.slot).from(2, index.slot), class_of(unpacked(element)));
}

void Translator::on_array_set(const TypeDef* type) {
  Operand value = pop();
  Operand index = pop();
  Operand array = pop();
  materialise(value);
  materialise(index);
  materialise(array);
  Encoding encoding(set_operation(RegOp::ArraySet8, type->fields[0].type));
  plain(read_value(encoding.from(0, array.slot).from(1, index.slot), 2, value));
}

void Translator::on_array_len() { convert(RegOp::ArrayLength, ValueClass::I32); }

void Translator::on_array_fill(const TypeDef* type) {
  object_operation(RegOp::ArrayFill, type, 4, nullptr);
}

void Translator::on_array_copy(const TypeDef* to, const TypeDef*) {
  object_operation(RegOp::ArrayCopy, to, 5, nullptr);
}

void Translator::on_array_init_segment(Opcode opcode, const TypeDef* type, uint32_t segment) {
  object_operation(opcode == Opcode::ArrayInitData ? RegOp::ArrayInitData : RegOp::ArrayInitElem,
                   type, 4, &segment);
}

// --- references ----------------------------------------------------------------------------------

// From one value to another, of that class.
void Translator::convert(RegOp op, ValueClass result) {
  Operand value = pop();
  materialise(value);
  Encoding encoding(op);
  produce_plain(encoding.from(1, value.slot), result);
}

void Translator::on_ref_eq() {
  Operand b = pop();
  Operand a = pop();
  compare(Opcode::I64Eq, a, b);
}

void Translator::on_ref_i31() { convert(RegOp::RefI31, ValueClass::Ref); }

void Translator::on_i31_get(Opcode opcode) {
  convert(opcode == Opcode::I31GetS ? RegOp::I31GetS : RegOp::I31GetU, ValueClass::I32);
}

void Translator::on_convert(Opcode) { convert(RegOp::OtherSide, ValueClass::Ref); }

// `op`: RefTest or RefCast; for types of objects there is a quicker one in front of it.
Encoding Translator::reference_test(RegOp op, ValType target) {
  if (!target.is_concrete() || target.is_function_ref()) return Encoding(op).wide(target.bits());
  const TypeDef* type = walker_->module().registry().find(target.type_id());
  return Encoding(static_cast<RegOp>(static_cast<uint32_t>(op) - 1))
      .imm(target.is_nullable() ? 1 : 0)
      .wide(reinterpret_cast<uint64_t>(type));
}
static_assert(RegOp::RefTestType + 1 == RegOp::RefTest && RegOp::RefCastType + 1 == RegOp::RefCast);

void Translator::on_ref_test(ValType target) {
  Operand reference = pop();
  materialise(reference);
  Encoding encoding = reference_test(RegOp::RefTest, target);
  produce_plain(encoding.from(1, reference.slot), ValueClass::I32);
}

// The reference stays; what made it has to have stored it.
void Translator::on_ref_cast(ValType target) {
  Operand reference = pop();
  materialise(reference);
  plain(reference_test(RegOp::RefCast, target).from(0, reference.slot));
  accumulators_.keep_stores();
  push_back(reference);
}

// The reference is the last of the label's values, and stays where the branch is not taken.
void Translator::on_br_on_cast(uint32_t depth, ValType target, bool on_fail) {
  flush_top(1);
  accumulators_.keep_stores();
  Encoding encoding = reference_test(RegOp::RefTest, target);
  produce_plain(encoding.from(1, stack_.top().slot), ValueClass::I32);
  Condition condition;
  condition.compare = true;
  condition.opcode = on_fail ? Opcode::I32Eq : Opcode::I32Ne;
  condition.a = pop();
  condition.b.place = Place::Const;
  branch_if(condition, depth);
}

}  // namespace wembed
