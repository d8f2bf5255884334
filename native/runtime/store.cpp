// Groups of linked instances: membership and the order in which storage goes.
#include "runtime/store.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "runtime/exec_env_cold.h"
#include "runtime/instance_code.h"
#include "runtime/instance_cold.h"
#include "runtime/instance_storage.h"
#include "runtime/interrupt.h"
#include "runtime/object_space.h"
#include "runtime/reach.h"
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
  return code_of(instance, variant);
}

// All or nothing, since code of one member calls that of all others. Threads that run members see
// a mark only when all is there.
bool meter_locked(Store& store) {
  if (store.metered()) return true;
  for (Instance* at = store.instances(); at != nullptr; at = at->cold->next) {
    if (metered_code_of(*at) == nullptr) return false;
  }
  for (Instance* at = store.instances(); at != nullptr; at = at->cold->next) {
    at->metered_code = metered_code_of(*at);  // it is made
  }
  for (Instance* at = store.instances(); at != nullptr; at = at->cold->next) {
    at->cold->is_metered.store(true, std::memory_order_release);
  }
  store.set_metered();
  return true;
}

}  // namespace

namespace {

// Its exec_envs; the host still has to destroy them.
void forget_envs(Instance& instance) {
  std::lock_guard lock(instance.cold->mutex);
  while (instance.cold->envs != nullptr) {
    ExecEnv& env = *instance.cold->envs;
    remove(instance.cold->envs, env);
    env.cold->home = nullptr;
    env.cold->leave_heap();
    env.instance = nullptr;
  }
}

}  // namespace

namespace {

// The instances are about to be freed, and objects of their types may stay.
void hold_types(ObjectSpace* objects, const Instance* first) {
  if (objects == nullptr) return;
  for (const Instance* at = first; at != nullptr; at = at->cold->next) {
    objects->hold_types(*at->module);
  }
}

}  // namespace

void begin_store(Instance& instance) {
  Store& store = instance.cold->first_store;
  instance.store = &store;
  store.instances_ = &instance;
  store.open_ = store.size_ = 1;
}

void leave_store(Instance& instance) {
  Instance::Cold& cold = *instance.cold;
  if (!cold.is_joined.load(std::memory_order_acquire)) {
    // Nobody else has a way to the group: instances that are closed are not used meanwhile.
    if (cold.envs != nullptr) forget_envs(instance);
    if (cold.gone.tell != nullptr) cold.gone.tell(cold.gone.context, &instance);
    if (ObjectSpace* objects = instance.store->objects) objects->destroy();
    free_instance(instance);
    return;
  }
  std::unique_lock lock(instance.runtime->store_mutex());
  Store& store = *instance.store;
  if (cold.closed) return;
  cold.closed = true;
  Instance* all = nullptr;
  ObjectSpace* objects = nullptr;
  if (--store.open_ == 0) {
    all = store.instances_;
    objects = std::exchange(store.objects, nullptr);
  } else {
    ObjectSpace* stays = store.objects;
    bool is_alone = !cold.is_reachable.load(std::memory_order_relaxed);
    if (is_alone) store.take_out(instance);
    bool keeps_closed = store.size_ > store.open_;
    if (keeps_closed && is_look_due(store, instance)) all = take_unreachable(store);
    if (is_alone) {
      cold.next = all;
      all = &instance;
    }
    hold_types(stays, all);
  }
  lock.unlock();
  // What one of them refers to, another may own: first nobody can get at any of them.
  for (Instance* at = all; at != nullptr; at = at->cold->next) forget_envs(*at);
  for (Instance* at = all; at != nullptr; at = at->cold->next) {
    if (at->cold->gone.tell != nullptr) at->cold->gone.tell(at->cold->gone.context, at);
  }
  if (objects != nullptr) objects->destroy();
  // The group itself goes with one of its members.
  while (all != nullptr) {
    Instance& member = *all;
    all = member.cold->next;
    free_instance(member);
  }
}

bool Store::unite(Store& other) {
  if (&other == this) return true;
  if (objects == nullptr) {
    objects = std::exchange(other.objects, nullptr);
  } else if (other.objects != nullptr) {
    if (!objects->adopt(*other.objects)) return false;
    other.objects = nullptr;
  }
  while (other.instances_ != nullptr) {
    Instance& instance = *other.instances_;
    remove(other.instances_, instance);
    push(instances_, instance);
    __atomic_store_n(&instance.store, this, __ATOMIC_RELAXED);
  }
  size_ += other.size_;
  other.size_ = 0;
  open_ += std::exchange(other.open_, 0);
  credit_ += std::exchange(other.credit_, 0);
  price_ += std::exchange(other.price_, 0);
  metered_ |= other.metered_;
  return true;
}

void Store::take_out(Instance& instance) {
  remove(instances_, instance);
  size_--;
}

bool Store::is_look_due(uint64_t worth, uint64_t least, uint64_t allowed) {
  credit_ += worth;
  return credit_ + allowed >= std::max(price_, least);
}

void Store::look_was_made(uint64_t steps) {
  credit_ = 0;
  price_ = steps;
}

void Store::postpone_look() { price_ = std::max(price_, credit_) + credit_ / 2; }

void add_env(Instance& home, ExecEnv& env) {
  std::lock_guard lock(home.cold->mutex);
  push(home.cold->envs, env);
  if (home.cold->is_held) ask_running(env, kInterruptHold);
}

bool has_envs(const Instance& instance) {
  const Instance::Cold& cold = *instance.cold;
  return cold.is_joined.load(std::memory_order_acquire) || cold.envs != nullptr;
}

void remove_env(Instance& home, ExecEnv& env) {
  std::lock_guard lock(home.cold->mutex);
  remove(home.cold->envs, env);
  env.cold->leave_heap();
}

bool join(Instance& user, Instance& owner, bool both) {
  if (user.runtime != owner.runtime) return false;
  if (&user == &owner) return true;
  std::lock_guard lock(user.runtime->store_mutex());
  owner.cold->is_reachable.store(true, std::memory_order_relaxed);
  if (both) user.cold->is_reachable.store(true, std::memory_order_relaxed);
  if (user.store == owner.store) return true;
  user.cold->is_joined.store(true, std::memory_order_release);
  owner.cold->is_joined.store(true, std::memory_order_release);
  if (user.store->metered() && !meter_locked(*owner.store)) return false;
  if (owner.store->metered() && !meter_locked(*user.store)) return false;
  // A group of one that only uses others must not be the one that serves all: it may go first.
  if (user.store->size() > owner.store->size()) {
    return user.store->unite(*owner.store);
  }
  return owner.store->unite(*user.store);
}

// Equal pointers say so even when they are read at different times: a group that lost its members
// to another gets none again.
bool is_within_reach(const Instance& user, const Instance& owner) {
  if (&user == &owner) return true;
  if (!owner.cold->is_reachable.load(std::memory_order_relaxed)) return false;
  auto read = [](const Instance& of) { return __atomic_load_n(&of.store, __ATOMIC_RELAXED); };
  if (read(user) == read(owner)) return true;
  std::lock_guard lock(user.runtime->store_mutex());
  return user.store == owner.store;
}

bool meter(Instance& instance) {
  std::lock_guard lock(instance.runtime->store_mutex());
  return meter_locked(*instance.store);
}

}  // namespace wembed
