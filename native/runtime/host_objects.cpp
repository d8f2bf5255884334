#include "runtime/host_objects.h"

#include <mutex>

#include "runtime/instance.h"
#include "runtime/object_space.h"
#include "runtime/runtime.h"
#include "runtime/store.h"

namespace wembed {

namespace {

// Under Runtime::store_mutex(). What is held is known without a look into the heap.
Object* look_up(const Instance& instance, Slot slot) {
  ObjectSpace* objects = instance.store->objects;
  if (objects == nullptr || !is_object(slot)) return nullptr;
  if (objects->held.holds(object_in(slot))) return object_in(slot);
  return objects->heap().look_up(slot);
}

}  // namespace

const Object* find_object(const Instance& instance, Slot slot) {
  std::lock_guard lock(instance.runtime->store_mutex());
  return look_up(instance, slot);
}

bool hold_object(const Instance& instance, Slot slot) {
  std::lock_guard lock(instance.runtime->store_mutex());
  Object* object = look_up(instance, slot);
  return object != nullptr && instance.store->objects->held.hold(*object);
}

bool hold_new_object(const Instance& instance, Object& object) {
  return instance.store->objects->held.hold(object);
}

bool release_object(const Instance& instance, Slot slot) {
  std::lock_guard lock(instance.runtime->store_mutex());
  ObjectSpace* objects = instance.store->objects;
  return objects != nullptr && is_object(slot) && objects->held.release(*object_in(slot));
}

}  // namespace wembed
