#include "runtime/objects.h"

#include <cstring>

#include "runtime/collection.h"
#include "runtime/field.h"

namespace wembed {

Object* make_struct(Instance& instance, const TypeDef& type) {
  Object* object = new_object_outside(instance, type, type.object_bytes);
  if (object == nullptr) return nullptr;
  std::memset(bytes_of(*object) + kStructFields, 0, type.object_bytes - kStructFields);
  return object;
}

Object* make_array(Instance& instance, const TypeDef& type, uint32_t length) {
  const uint64_t bytes = uint64_t{length} * type.element_bytes;
  Object* object = new_object_outside(instance, type, kArrayElements + bytes);
  if (object == nullptr) return nullptr;
  set_array_length(*object, length);
  std::memset(bytes_of(*object) + kArrayElements, 0, bytes);
  return object;
}

}  // namespace wembed
