// gc_export.h: structures and arrays.
#include <cstring>

#include "capi/gc_handles.h"
#include "module/type_registry.h"
#include "runtime/field.h"
#include "runtime/host_objects.h"

using namespace wembed;

namespace {

Object* struct_in(const WASMStructObject* object) {
  return struct_or_array_in(object, CompositeKind::Struct);
}
Object* array_in(const WASMArrayObject* object) {
  return struct_or_array_in(object, CompositeKind::Array);
}

// A value of a field's type as slots, and the reverse; packed integers are i32.
void value_to_slots(ValType type, const wasm_value_t& value, Slot* slots) {
  if (type.is_ref()) {
    slots[0] = type.is_function_ref() ? handle_in(value.gc_obj) : slot_of(handle_in(value.gc_obj));
  } else if (type == kV128) {
    std::memcpy(slots, &value.v128, sizeof value.v128);
  } else {
    slots[0] = storage_bytes(type) == 8 ? value.u64 : value.u32;
  }
}

void slots_to_value(ValType type, const Slot* slots, wasm_value_t& value) {
  if (type.is_ref()) {
    value.gc_obj = object_of<wasm_obj_t>(handle_of(type, slots[0]));
  } else if (type == kV128) {
    std::memcpy(&value.v128, slots, sizeof value.v128);
  } else if (storage_bytes(type) == 8) {
    value.u64 = slots[0];
  } else {
    value.u32 = static_cast<uint32_t>(slots[0]);
  }
}

// Whether a reference of the host's is one of the type's hierarchy, where slots of others would
// pass for something else, and not null where there is none. What it refers to is the host's to
// know.
bool is_of_hierarchy(ValType type, Handle handle) {
  if (handle == 0) return type.is_nullable();
  if (type.is_function_ref()) return is_function_handle(handle);
  if (!type.is_any_ref() && !type.is_extern_ref()) return true;
  return is_extern_handle(handle) == type.is_extern_ref() && !is_function_handle(handle);
}

// A field, or an element; nothing where it is not there.
struct Part {
  uint8_t* place = nullptr;
  ValType type;

  void set(const wasm_value_t* value) const {
    if (place == nullptr || value == nullptr) return;
    if (type.is_ref() && !is_of_hierarchy(type, handle_in(value->gc_obj))) return;
    Slot slots[2] = {};
    value_to_slots(type, *value, slots);
    write_value(place, storage_bytes(type), slots);
  }
  void get(bool sign_extend, wasm_value_t* value) const {
    if (place == nullptr || value == nullptr) return;
    Slot slots[2] = {};
    read_value(place, type, sign_extend, slots);
    slots_to_value(type, slots, *value);
  }
};

Part field_of(const WASMStructObject* handle, uint32_t index) {
  Object* object = struct_in(handle);
  if (object == nullptr || index >= type_of(*object).field_count) return {};
  const FieldType& field = type_of(*object).fields[index];
  return {bytes_of(*object) + field.offset, field.type};
}

Part element_of(const WASMArrayObject* handle, uint32_t index) {
  Object* object = array_in(handle);
  if (object == nullptr || index >= array_length(*object)) return {};
  const TypeDef& type = type_of(*object);
  return {element_at(*object, index, type.element_bytes), type.fields[0].type};
}

wasm_struct_obj_t new_struct(wasm_exec_env_t exec_env, const TypeDef* type) {
  if (type == nullptr) return nullptr;
  return object_of<wasm_struct_obj_t>(object_slot(make_struct_for_host(*unwrap(exec_env), *type)));
}

// What all elements are to have is kept until they have it.
wasm_array_obj_t new_array(wasm_exec_env_t exec_env, const TypeDef* type, uint32_t length,
                           const wasm_value_t* value) {
  if (type == nullptr) return nullptr;
  ExecEnv& env = *unwrap(exec_env);
  LocalReference kept;
  push_local_reference(env, kept);
  const bool has_reference = value != nullptr && type->fields[0].type.is_ref();
  if (has_reference) kept.handle = handle_in(value->gc_obj);
  Object* object = make_array_for_host(env, *type, length);
  auto* made = object_of<wasm_array_obj_t>(object_slot(object));
  for (uint32_t i = 0; value != nullptr && object != nullptr && i < length; i++) {
    element_of(made, i).set(value);
  }
  pop_local_reference(env);
  return made;
}

}  // namespace

wasm_struct_obj_t wasm_struct_obj_new_with_typeidx(wasm_exec_env_t exec_env, uint32_t type_idx) {
  return new_struct(exec_env, type_at(instance_of(exec_env), type_idx, CompositeKind::Struct));
}

wasm_struct_obj_t wasm_struct_obj_new_with_type(wasm_exec_env_t exec_env,
                                                const wasm_struct_type_t type) {
  return new_struct(exec_env,
                    type_among(instance_of(exec_env), type_in(type), CompositeKind::Struct));
}

void wasm_struct_obj_set_field(wasm_struct_obj_t obj, uint32_t field_idx,
                               const wasm_value_t* value) {
  field_of(obj, field_idx).set(value);
}

void wasm_struct_obj_get_field(const wasm_struct_obj_t obj, uint32_t field_idx, bool sign_extend,
                               wasm_value_t* value) {
  field_of(obj, field_idx).get(sign_extend, value);
}

uint32_t wasm_struct_obj_get_field_count(const wasm_struct_obj_t obj) {
  const Object* object = struct_in(obj);
  return object == nullptr ? 0 : type_of(*object).field_count;
}

wasm_array_obj_t wasm_array_obj_new_with_typeidx(wasm_exec_env_t exec_env, uint32_t type_idx,
                                                 uint32_t length, wasm_value_t* init_value) {
  return new_array(exec_env, type_at(instance_of(exec_env), type_idx, CompositeKind::Array), length,
                   init_value);
}

wasm_array_obj_t wasm_array_obj_new_with_type(wasm_exec_env_t exec_env,
                                              const wasm_array_type_t type, uint32_t length,
                                              wasm_value_t* init_value) {
  return new_array(exec_env, type_among(instance_of(exec_env), type_in(type), CompositeKind::Array),
                   length, init_value);
}

void wasm_array_obj_set_elem(wasm_array_obj_t array_obj, uint32_t elem_idx,
                             const wasm_value_t* value) {
  element_of(array_obj, elem_idx).set(value);
}

void wasm_array_obj_get_elem(const wasm_array_obj_t array_obj, uint32_t elem_idx, bool sign_extend,
                             wasm_value_t* value) {
  element_of(array_obj, elem_idx).get(sign_extend, value);
}

namespace {

// As array.copy: what is in the one may be in the other.
bool may_copy(const TypeDef& from, const TypeDef& to) {
  return TypeRegistry::of(to).matches(from.fields[0].type, to.fields[0].type);
}

}  // namespace

void wasm_array_obj_copy(wasm_array_obj_t dst_obj, uint32_t dst_idx, const wasm_array_obj_t src_obj,
                         uint32_t src_idx, uint32_t len) {
  Object* to = array_in(dst_obj);
  const Object* from = array_in(src_obj);
  if (to == nullptr || from == nullptr) return;
  const uint32_t size = type_of(*to).element_bytes;
  const auto has = [len](const Object& array, uint32_t index) {
    return uint64_t{index} + len <= array_length(array);
  };
  if (!has(*to, dst_idx) || !has(*from, src_idx) || !may_copy(type_of(*from), type_of(*to))) return;
  std::memmove(element_at(*to, dst_idx, size), element_at(*from, src_idx, size),
               uint64_t{len} * size);
}

uint32_t wasm_array_obj_length(const wasm_array_obj_t array_obj) {
  const Object* object = array_in(array_obj);
  return object == nullptr ? 0 : array_length(*object);
}

void* wasm_array_obj_first_elem_addr(const wasm_array_obj_t array_obj) {
  return element_of(array_obj, 0).place;
}

void* wasm_array_obj_elem_addr(const wasm_array_obj_t array_obj, uint32_t elem_idx) {
  return element_of(array_obj, elem_idx).place;
}
