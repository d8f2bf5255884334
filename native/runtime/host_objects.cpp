#include "runtime/host_objects.h"

#include <mutex>

#include "runtime/collection.h"
#include "runtime/exec_env_cold.h"
#include "runtime/instance.h"
#include "runtime/object_space.h"
#include "runtime/objects.h"
#include "runtime/runtime.h"
#include "runtime/store.h"

namespace wembed {

namespace {

// Under Runtime::store_mutex(). What is held is known without a look into the heap.
Object* look_up(const Instance& instance, Slot slot) {
  ObjectSpace* objects = instance.store->objects;
  if (objects == nullptr || !is_object(slot)) return nullptr;
  if (objects->held.holds(slot)) return object_in(slot);
  return objects->heap().look_up(slot);
}

}  // namespace

const Object* find_object(const Instance& instance, Slot slot) {
  std::lock_guard lock(instance.runtime->store_mutex());
  return look_up(instance, slot);
}

bool hold_object(const Instance& instance, Slot slot) {
  std::lock_guard lock(instance.runtime->store_mutex());
  return look_up(instance, slot) != nullptr && instance.store->objects->held.hold(slot);
}

bool hold_new_object(const Instance& instance, Object& object) {
  return instance.store->objects->held.hold(object_slot(&object));
}

bool release_object(const Instance& instance, Slot slot) {
  std::lock_guard lock(instance.runtime->store_mutex());
  ObjectSpace* objects = instance.store->objects;
  return objects != nullptr && is_object(slot) && objects->held.release(slot);
}

// --- local references ----------------------------------------------------------------------------

void push_local_reference(ExecEnv& env, LocalReference& reference) {
  std::lock_guard lock(env.cold->mutex);
  reference = {env.cold->local_references, 0};
  env.cold->local_references = &reference;
}

LocalReference* pop_local_reference(ExecEnv& env) {
  std::lock_guard lock(env.cold->mutex);
  LocalReference* last = env.cold->local_references;
  if (last != nullptr) env.cold->local_references = last->previous;
  return last;
}

LocalReference* last_local_reference(const ExecEnv& env) {
  std::lock_guard lock(env.cold->mutex);
  return env.cold->local_references;
}

// --- making --------------------------------------------------------------------------------------

namespace {

// One object by make(instance, when_due), of which the second attempt takes what there is.
template <class Make> Object* make_for_host(ExecEnv& env, Make make) {
  if (runs_finalizer()) return nullptr;
  Instance& instance = *env.instance;
  for (WhenDue when_due : {WhenDue::Refuse, WhenDue::MakeWithout}) {
    if (when_due == WhenDue::MakeWithout || collects_always()) {
      static_cast<void>(collect(instance, nullptr, {}, Results::Keep));
    }
    std::lock_guard lock(instance.runtime->store_mutex());
    if (Object* object = make(instance, when_due)) {
      env.cold->made_for_host = object_slot(object);
      return object;
    }
  }
  return nullptr;
}

}  // namespace

Object* make_struct_for_host(ExecEnv& env, const TypeDef& type) {
  return make_for_host(env, [&](Instance& instance, WhenDue when_due) {
    return make_struct(instance, type, when_due);
  });
}

Object* make_array_for_host(ExecEnv& env, const TypeDef& type, uint32_t length) {
  return make_for_host(env, [&](Instance& instance, WhenDue when_due) {
    return make_array(instance, type, length, when_due);
  });
}

void made_host_value(ExecEnv& env, Handle handle) {
  env.cold->made_for_host = handle;
  if (runs_finalizer()) return;
  Instance& instance = *env.instance;
  {
    std::lock_guard lock(instance.runtime->store_mutex());
    const ObjectSpace* objects = instance.store->objects;
    if (objects == nullptr || !(objects->finalizers.has_many() || collects_always())) return;
  }
  static_cast<void>(collect(instance, nullptr, {}, Results::Keep));
}

// --- what the host wants to keep, or to know of --------------------------------------------------

namespace {

// The objects of the group that the handle is one of, or of a value of the host's. Null: of none,
// or no memory. Under Runtime::store_mutex().
ObjectSpace* space_of(Instance& instance, Handle handle) {
  if (is_of_host(handle)) return objects_of(instance);
  return look_up(instance, without_side(handle)) != nullptr ? instance.store->objects : nullptr;
}

}  // namespace

bool hold_handle(Instance& instance, Handle handle) {
  if (runs_finalizer()) return false;
  std::lock_guard lock(instance.runtime->store_mutex());
  ObjectSpace* objects = space_of(instance, handle);
  return objects != nullptr && objects->held.hold(handle);
}

bool release_handle(const Instance& instance, Handle handle) {
  if (runs_finalizer()) return false;
  std::lock_guard lock(instance.runtime->store_mutex());
  ObjectSpace* objects = instance.store->objects;
  return objects != nullptr && objects->held.release(handle);
}

bool set_finalizer(Instance& instance, Handle handle, const Finalizer& finalizer) {
  if (runs_finalizer()) return false;
  std::lock_guard lock(instance.runtime->store_mutex());
  ObjectSpace* objects = space_of(instance, handle);
  return objects != nullptr && objects->finalizers.set(handle, finalizer);
}

void unset_finalizer(const Instance& instance, Handle handle) {
  if (runs_finalizer()) return;
  std::lock_guard lock(instance.runtime->store_mutex());
  if (ObjectSpace* objects = instance.store->objects) objects->finalizers.unset(handle);
}

}  // namespace wembed
