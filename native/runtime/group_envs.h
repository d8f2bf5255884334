// Walks over the exec_envs of an instance, or of all that it is linked with. Private to
// native/runtime and native/inspect.
#pragma once

#include <mutex>

#include "runtime/exec_env_cold.h"
#include "runtime/instance_cold.h"
#include "runtime/runtime.h"
#include "runtime/store.h"

namespace wembed {

// True as soon as `visit` is for one. None of them is destroyed, made or lent meanwhile.
template <class Visit> bool any_env_of(const Instance& instance, Visit visit) {
  std::lock_guard lock(instance.cold->mutex);
  for (ExecEnv* env = instance.cold->envs; env != nullptr; env = env->cold->next) {
    if (visit(*env)) return true;
  }
  return false;
}

template <class Visit> bool any_env_of_group(const Instance& instance, Visit visit) {
  if (!instance.cold->is_joined.load(std::memory_order_acquire)) return any_env_of(instance, visit);
  std::lock_guard lock(instance.runtime->store_mutex());
  for (const Instance* at = instance.store->instances(); at != nullptr; at = at->cold->next) {
    if (any_env_of(*at, visit)) return true;
  }
  return false;
}

}  // namespace wembed
