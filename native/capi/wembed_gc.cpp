// wembed_gc.h: objects of guests.
#include "wembed_gc.h"

#include <mutex>

#include "capi/handles.h"
#include "capi/value_kind.h"
#include "runtime/field.h"
#include "runtime/funcref.h"
#include "runtime/host_objects.h"
#include "runtime/objects.h"
#include "runtime/runtime.h"
#include "runtime/store.h"

using namespace wembed;

namespace {

const TypeDef* unwrap(wembed_object_type_t type) { return reinterpret_cast<const TypeDef*>(type); }
wembed_object_type_t wrap_object_type(const TypeDef* type) {
  return reinterpret_cast<wembed_object_type_t>(const_cast<TypeDef*>(type));
}

// A field, or an element of an array.
struct Part {
  uint8_t* place = nullptr;  // null: there is none
  const FieldType* field = nullptr;
};

Part part_of(const Object& object, uint32_t index) {
  const TypeDef& type = type_of(object);
  uint8_t* base = bytes_of(const_cast<Object&>(object));
  if (type.kind == CompositeKind::Struct) {
    if (index >= type.field_count) return {};
    return {base + type.fields[index].offset, &type.fields[index]};
  }
  if (index >= array_length(object)) return {};
  return {base + kArrayElements + uint64_t{index} * type.element_bytes, &type.fields[0]};
}

void write(const Part& part, const uint64_t* slots) {
  write_value(part.place, storage_bytes(part.field->type), slots);
}

// Functions of other groups join the instance's, as arguments do.
bool takes(Instance& instance, ValType type, const uint64_t* slots) {
  return adopt_references(instance, {&type, 1}, slots) == Trap::None;
}

bool takes_all(Instance& instance, const TypeDef& type, const uint64_t* slots) {
  if (slots == nullptr) return type.is_defaultable;
  for (uint32_t i = 0; i < type.field_count; i++) {
    const ValType value = unpacked(type.fields[i].type);
    if (!takes(instance, value, slots)) return false;
    slots += value.slots();
  }
  return true;
}

// Object that nothing refers to yet: it is filled, and held before a collection can be.
template <class Make, class Fill> uint64_t make_held(Instance& instance, Make make, Fill fill) {
  std::lock_guard lock(instance.runtime->store_mutex());
  Object* object = make();
  if (object == nullptr) return 0;
  fill(*object);
  return hold_new_object(instance, *object) ? object_slot(object) : 0;
}

}  // namespace

WEMBED_API wembed_object_type_t wembed_module_object_type(wasm_module_t module, uint32_t index) {
  if (module == nullptr) return nullptr;
  const Module& owner = wembed::unwrap(module)->module();
  if (index >= owner.types().size() || owner.type(index)->kind == CompositeKind::Func) {
    return nullptr;
  }
  return wrap_object_type(owner.type(index));
}

WEMBED_API wembed_object_type_t wembed_object_type(wasm_module_inst_t instance, uint64_t slot) {
  if (instance == nullptr) return nullptr;
  const Object* object = find_object(*wembed::unwrap(instance), slot);
  return object == nullptr ? nullptr : wrap_object_type(&type_of(*object));
}

WEMBED_API bool wembed_object_type_is_array(wembed_object_type_t type) {
  return type != nullptr && unwrap(type)->kind == CompositeKind::Array;
}

WEMBED_API uint32_t wembed_object_type_field_count(wembed_object_type_t type) {
  return type == nullptr ? 0 : unwrap(type)->field_count;
}

WEMBED_API bool wembed_object_type_matches(wembed_object_type_t type, wembed_object_type_t super) {
  return type != nullptr && super != nullptr && is_subtype(unwrap(type), unwrap(super));
}

WEMBED_API bool wembed_object_type_field(wembed_object_type_t type, uint32_t index,
                                         wembed_field_t* field) {
  if (type == nullptr || field == nullptr || index >= unwrap(type)->field_count) return false;
  const FieldType& found = unwrap(type)->fields[index];
  field->kind = value_kind(unpacked(found.type));
  field->packed_bits =
      is_packed(found.type) ? static_cast<uint8_t>(8 * storage_bytes(found.type)) : 0;
  field->is_mutable = found.is_mutable;
  return true;
}

WEMBED_API bool wembed_object_hold(wasm_module_inst_t instance, uint64_t slot) {
  return instance != nullptr && hold_object(*wembed::unwrap(instance), slot);
}

WEMBED_API bool wembed_object_release(wasm_module_inst_t instance, uint64_t slot) {
  return instance != nullptr && release_object(*wembed::unwrap(instance), slot);
}

WEMBED_API bool wembed_object_share(wasm_module_inst_t instance, wasm_module_inst_t other) {
  return instance != nullptr && other != nullptr &&
         join(*wembed::unwrap(instance), *wembed::unwrap(other));
}

WEMBED_API uint32_t wembed_array_length(wasm_module_inst_t instance, uint64_t slot) {
  if (instance == nullptr) return 0;
  const Object* object = find_object(*wembed::unwrap(instance), slot);
  if (object == nullptr || type_of(*object).kind != CompositeKind::Array) return 0;
  return array_length(*object);
}

WEMBED_API bool wembed_object_get(wasm_module_inst_t instance, uint64_t slot, uint32_t index,
                                  uint64_t* value) {
  if (instance == nullptr || value == nullptr) return false;
  const Object* object = find_object(*wembed::unwrap(instance), slot);
  if (object == nullptr) return false;
  const Part part = part_of(*object, index);
  if (part.place == nullptr) return false;
  read_value(part.place, part.field->type, false, value);
  return true;
}

WEMBED_API bool wembed_object_set(wasm_module_inst_t instance, uint64_t slot, uint32_t index,
                                  const uint64_t* value) {
  if (instance == nullptr || value == nullptr) return false;
  Instance& owner = *wembed::unwrap(instance);
  const Object* object = find_object(owner, slot);
  if (object == nullptr) return false;
  const Part part = part_of(*object, index);
  if (part.place == nullptr || !part.field->is_mutable) return false;
  if (!takes(owner, unpacked(part.field->type), value)) return false;
  write(part, value);
  return true;
}

WEMBED_API uint64_t wembed_struct_new(wasm_module_inst_t instance, wembed_object_type_t type,
                                      const uint64_t* slots) {
  if (instance == nullptr || type == nullptr) return 0;
  Instance& owner = *wembed::unwrap(instance);
  const TypeDef& made = *unwrap(type);
  if (made.kind != CompositeKind::Struct || !takes_all(owner, made, slots)) return 0;
  return make_held(
      owner, [&] { return make_struct(owner, made); },
      [&](Object& object) {
        const uint64_t* at = slots;
        for (uint32_t i = 0; at != nullptr && i < made.field_count; i++) {
          write(part_of(object, i), at);
          at += unpacked(made.fields[i].type).slots();
        }
      });
}

WEMBED_API uint64_t wembed_array_new(wasm_module_inst_t instance, wembed_object_type_t type,
                                     uint32_t length, const uint64_t* value) {
  if (instance == nullptr || type == nullptr) return 0;
  Instance& owner = *wembed::unwrap(instance);
  const TypeDef& made = *unwrap(type);
  if (made.kind != CompositeKind::Array || !takes_all(owner, made, value)) return 0;
  return make_held(
      owner, [&] { return make_array(owner, made, length); },
      [&](Object& object) {
        for (uint32_t i = 0; value != nullptr && i < length; i++) write(part_of(object, i), value);
      });
}
