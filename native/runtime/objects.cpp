#include "runtime/objects.h"

#include <cstring>

#include "runtime/field.h"

namespace wembed {

Object* make_struct(Instance& instance, const TypeDef& type, WhenDue when_due) {
  Object* object = new_object_outside(instance, type, type.object_bytes, when_due);
  if (object == nullptr) return nullptr;
  std::memset(bytes_of(*object) + kStructFields, 0, type.object_bytes - kStructFields);
  return object;
}

Object* make_array(Instance& instance, const TypeDef& type, uint32_t length, WhenDue when_due) {
  const uint64_t bytes = uint64_t{length} * type.element_bytes;
  Object* object = new_object_outside(instance, type, kArrayElements + bytes, when_due);
  if (object == nullptr) return nullptr;
  set_array_length(*object, length);
  std::memset(bytes_of(*object) + kArrayElements, 0, bytes);
  return object;
}

}  // namespace wembed
