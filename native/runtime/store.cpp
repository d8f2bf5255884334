// Groups of linked instances: membership and the order in which storage goes.
#include "runtime/store.h"

#include <mutex>
#include <utility>

#include "runtime/code_table.h"
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

// Null: no memory.
Code* metered_code_of(const Instance& instance) {
  Variant variant = instance.variant;
  variant.metered = true;
  return code_for(*instance.module, instance.runtime->engine(), variant);
}

// All or nothing, since code of one member calls that of all others. Threads that run members see
// a mark only when all is there.
bool meter_locked(Store& store) {
  if (store.metered) return true;
  for (Instance* at = store.instances(); at != nullptr; at = at->cold->next) {
    if (metered_code_of(*at) == nullptr) return false;
  }
  for (Instance* at = store.instances(); at != nullptr; at = at->cold->next) {
    at->metered_code = metered_code_of(*at);  // it is made
  }
  for (Instance* at = store.instances(); at != nullptr; at = at->cold->next) {
    at->cold->is_metered.store(true, std::memory_order_release);
  }
  store.metered = true;
  return true;
}

}  // namespace

void begin_store(Instance& instance) {
  Store& store = instance.cold->first_store;
  instance.store = &store;
  store.instances_ = &instance;
  store.open_ = 1;
}

void leave_store(Instance& instance) {
  Instance::Cold& cold = *instance.cold;
  if (!cold.is_joined && cold.first_store.envs_ == nullptr) {
    // Nobody else has a way to the group: instances that are closed are not used meanwhile.
    free_instance(instance);
    return;
  }
  std::unique_lock lock(instance.runtime->store_mutex());
  Store& store = *instance.store;
  if (cold.closed) return;
  cold.closed = true;
  if (--store.open_ > 0) return;
  store.forget_envs();
  Instance* all = store.instances_;
  lock.unlock();
  // The group itself goes with one of its members.
  while (all != nullptr) {
    Instance& member = *all;
    all = member.cold->next;
    free_instance(member);
  }
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

void Store::unite(Store& other) {
  if (&other == this) return;
  while (other.instances_ != nullptr) {
    Instance& instance = *other.instances_;
    remove(other.instances_, instance);
    push(instances_, instance);
    __atomic_store_n(&instance.store, this, __ATOMIC_RELAXED);
  }
  while (other.envs_ != nullptr) {
    ExecEnv& env = *other.envs_;
    remove(other.envs_, env);
    push(envs_, env);
  }
  open_ += other.open_;
  other.open_ = 0;
}

void add_env(Instance& home, ExecEnv& env) {
  std::lock_guard lock(home.runtime->store_mutex());
  push(home.store->envs_, env);
}

bool has_envs(const Instance& instance) {
  const Instance::Cold& cold = *instance.cold;
  return cold.is_joined || cold.first_store.envs() != nullptr;
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
  user.cold->is_joined = owner.cold->is_joined = true;
  if (user.store->metered && !meter_locked(*owner.store)) return false;
  if (owner.store->metered && !meter_locked(*user.store)) return false;
  user.store->unite(*owner.store);
  return true;
}

// Equal pointers say so even when they are read at different times: a group that lost its members
// to another gets none again.
bool in_one_group(const Instance& a, const Instance& b) {
  if (&a == &b) return true;
  auto read = [](const Instance& of) { return __atomic_load_n(&of.store, __ATOMIC_RELAXED); };
  if (read(a) == read(b)) return true;
  std::lock_guard lock(a.runtime->store_mutex());
  return a.store == b.store;
}

bool meter(Instance& instance) {
  std::lock_guard lock(instance.runtime->store_mutex());
  return meter_locked(*instance.store);
}

}  // namespace wembed
