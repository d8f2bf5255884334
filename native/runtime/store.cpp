// Groups of linked instances: membership and the order in which storage goes.
#include "runtime/store.h"

#include <mutex>
#include <utility>

#include "runtime/exec_env_cold.h"
#include "runtime/instance_cold.h"
#include "runtime/instance_storage.h"
#include "runtime/runtime.h"

namespace wembed {

namespace {

template <class Object> void push(Object*& list, Object& object) {
  object.cold->next = list;
  object.cold->previous = nullptr;
  if (list != nullptr) list->cold->previous = &object;
  list = &object;
}

template <class Object> void remove(Object*& list, Object& object) {
  Object*& link = object.cold->previous == nullptr ? list : object.cold->previous->cold->next;
  link = object.cold->next;
  if (object.cold->next != nullptr) object.cold->next->cold->previous = object.cold->previous;
}

// Metered code of one instance; false: no memory.
bool add_metered_code(Instance& instance) {
  if (instance.metered_code != nullptr) return true;
  Variant variant = instance.variant;
  variant.metered = true;
  instance.metered_code = code_for(*instance.module, instance.runtime->engine(), variant);
  return instance.metered_code != nullptr;
}

bool meter_locked(Store& store) {
  if (store.metered) return true;
  for (Instance* at = store.instances(); at != nullptr; at = at->cold->next) {
    if (!add_metered_code(*at)) return false;
  }
  store.metered = true;
  return true;
}

}  // namespace

Store* Store::create(Runtime& runtime) { return runtime.allocator().create<Store>(runtime); }

void enter_store(Store& store, Instance& instance) {
  std::lock_guard lock(instance.runtime->store_mutex());
  instance.store = &store;
  push(store.instances_, instance);
  store.open_++;
}

void leave_store(Instance& instance) {
  std::unique_lock lock(instance.runtime->store_mutex());
  Store& store = *instance.store;
  if (instance.cold->closed) return;
  instance.cold->closed = true;
  if (--store.open_ > 0) return;
  store.forget_envs();
  lock.unlock();
  store.free_all();
}

// Their instances go; the host still has to destroy them.
void Store::forget_envs() {
  while (envs_ != nullptr) {
    ExecEnv& env = *envs_;
    remove(envs_, env);
    env.cold->home = nullptr;
    env.instance = nullptr;
  }
}

void Store::free_all() {
  // What one instance owns may be named by another: first everything they refer to each other by
  // is forgotten by nobody reading it any more, then each block goes.
  Allocator& allocator = runtime_.allocator();
  while (instances_ != nullptr) {
    Instance& instance = *instances_;
    remove(instances_, instance);
    free_instance(instance);
  }
  allocator.destroy(this);
}

void Store::unite(Store& other) {
  if (&other == this) return;
  while (other.instances_ != nullptr) {
    Instance& instance = *other.instances_;
    remove(other.instances_, instance);
    push(instances_, instance);
    instance.store = this;
  }
  while (other.envs_ != nullptr) {
    ExecEnv& env = *other.envs_;
    remove(other.envs_, env);
    push(envs_, env);
  }
  open_ += other.open_;
  runtime_.allocator().destroy(&other);
}

void add_env(Instance& home, ExecEnv& env) {
  std::lock_guard lock(home.runtime->store_mutex());
  push(home.store->envs_, env);
}

void remove_env(Instance& home, ExecEnv& env) {
  std::lock_guard lock(home.runtime->store_mutex());
  remove(home.store->envs_, env);
}

bool join(Instance& user, Instance& owner, bool both) {
  if (user.runtime != owner.runtime) return false;
  if (&user == &owner) return true;
  std::lock_guard lock(user.runtime->store_mutex());
  owner.cold->is_reachable = true;
  if (both) user.cold->is_reachable = true;
  if (user.store == owner.store) return true;
  if (user.store->metered && !meter_locked(*owner.store)) return false;
  if (owner.store->metered && !meter_locked(*user.store)) return false;
  user.store->unite(*owner.store);
  return true;
}

bool meter(Instance& instance) {
  std::lock_guard lock(instance.runtime->store_mutex());
  return meter_locked(*instance.store);
}

}  // namespace wembed
