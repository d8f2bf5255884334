// Making structs, and what references are of which type.
#include <cstring>

#include "module/type_registry.h"
#include "runtime/bulk.h"
#include "runtime/collection.h"
#include "runtime/field.h"
#include "runtime/object_ops.h"

namespace wembed {

namespace {

void fill_struct(Object& object, const TypeDef& type, const Slot* values) {
  uint8_t* at = bytes_of(object);
  for (uint32_t i = 0; i < type.field_count; i++) {
    const FieldType& field = type.fields[i];
    const uint32_t bytes = storage_bytes(field.type);
    write_value(at + field.offset, bytes, values);
    values += bytes == 16 ? 2 : 1;
  }
}

}  // namespace

Trap op_struct_new(ExecEnv& env, Instance& instance, const TypeDef& type, Slot* operands,
                   bool has_values) {
  const uint64_t bytes = type.object_bytes;
  if (bytes >= kBytesPerFuel) [[unlikely]] {
    if (Trap trap = Bulk(env, instance).begin(bytes); trap != Trap::None) return trap;
  }
  Object* object;
  if (Trap trap = new_object(env, instance, type, bytes, object); trap != Trap::None) [[unlikely]]
    return trap;
  if (has_values) {
    fill_struct(*object, type, operands);
  } else {
    std::memset(bytes_of(*object) + kStructFields, 0, bytes - kStructFields);
  }
  operands[0] = object_slot(object);
  return Trap::None;
}

namespace {

bool is_of_abstract_type(Slot slot, HeapType heap) {
  switch (heap) {
    case HeapType::Eq: return !is_host_value(slot);
    case HeapType::I31: return is_i31(slot);
    case HeapType::Struct:
    case HeapType::Array: {
      const CompositeKind kind =
          heap == HeapType::Struct ? CompositeKind::Struct : CompositeKind::Array;
      return is_object(slot) && type_of(*object_in(slot)).kind == kind;
    }
    case HeapType::None:
    case HeapType::NoFunc:
    case HeapType::NoExtern:
    case HeapType::NoExn: return false;
    default: return true;  // the top of a hierarchy
  }
}

}  // namespace

bool is_of_reference_type(const TypeRegistry& types, Slot slot, ValType type) {
  if (slot == 0) return type.is_nullable();
  if (!type.is_concrete()) return is_of_abstract_type(slot, type.heap());
  const TypeDef* wanted = types.find(type.type_id());
  if (type.is_function_ref()) {
    return is_subtype(reinterpret_cast<const Function*>(static_cast<uintptr_t>(slot))->type,
                      wanted);
  }
  return is_object(slot) && is_subtype(&type_of(*object_in(slot)), wanted);
}

}  // namespace wembed
