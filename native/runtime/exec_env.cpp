// Execution environments: one block with header, limits and wasm stack.
#include "runtime/exec_env.h"

#include <mutex>
#include <new>

#include "runtime/exception_space.h"
#include "runtime/exec_env_cold.h"
#include "runtime/group_envs.h"
#include "runtime/instance_cold.h"
#include "runtime/library_part.h"
#include "runtime/native_stack.h"
#include "runtime/profile.h"
#include "runtime/pulse.h"
#include "runtime/runtime.h"
#include "runtime/store.h"

namespace wembed {

ExecEnv* create_exec_env(Instance& instance, uint32_t stack_size) {
  size_t slots = stack_size / sizeof(Slot);
  size_t header = sizeof(ExecEnv) + sizeof(ExecEnv::Cold);
  Allocator& allocator = *instance.allocator;
  void* block = allocator.allocate(header + (slots + kStackPadding) * sizeof(Slot));
  if (block == nullptr) return nullptr;
  ExecEnv* env = ::new (block) ExecEnv;
  env->cold = ::new (env + 1) ExecEnv::Cold;
  env->stack_base = reinterpret_cast<Slot*>(env->cold + 1);
  env->stack_end = env->stack_base + slots;
  env->top = env->stack_base;
  env->stack_limit.store(env->stack_end, std::memory_order_relaxed);
  env->instance = &instance;
  env->cold->runtime = instance.runtime;
  env->cold->home = &instance;
  init_pulse(*env);
  instance.runtime->retain();
  add_env(instance, *env);
  return env;
}

void destroy_exec_env(ExecEnv& env) {
  ExecEnv::Cold& cold = *env.cold;
  platform::disarm_timer(cold.timer);
  platform::disarm_timer(cold.pulse);
  if (cold.inner != nullptr) {
    // A call that waits inside of it and was forgotten.
    std::lock_guard lock(cold.mutex);
    cold.inner->cold->outer = nullptr;
  }
  leave_exceptions(env);
  destroy_profile_stack(env);
  if (cold.library_part != nullptr) cold.library_part->release();
  if (cold.home != nullptr) {
    Instance::Cold& home = *cold.home->cold;
    remove_env(*cold.home, env);
    if (home.last_env == &env) home.last_env = nullptr;
  }
  // Somebody may still be stopping it as the inner one of another, which it is no more.
  cold.mutex.lock();
  cold.mutex.unlock();
  Runtime& runtime = *cold.runtime;
  cold.~Cold();
  env.~ExecEnv();
  runtime.allocator().release(&env);
  runtime.release();
}

LibraryPart*& library_part(ExecEnv& env) { return env.cold->library_part; }

ExecEnv* singleton_exec_env(Instance& instance) {
  Instance::Cold& cold = *instance.cold;
  if (cold.singleton == nullptr) cold.singleton = create_exec_env(instance, cold.stack_size);
  return cold.singleton;
}

bool is_singleton(const ExecEnv& env) {
  return env.cold->home != nullptr && env.cold->home->cold->singleton == &env;
}

ExecEnv* last_exec_env(Instance& instance) {
  // It may have been made for another instance of the group, and be gone.
  ExecEnv* last = instance.cold->last_env.load(std::memory_order_relaxed);
  if (last == nullptr) return nullptr;
  bool is_there = any_env_of_group(instance, [&](ExecEnv& env) { return &env == last; });
  return is_there ? last : nullptr;
}

bool lend_exec_env(ExecEnv& env, Instance& instance) {
  ExecEnv::Cold& cold = *env.cold;
  if (cold.runtime != instance.runtime) return false;
  if (env.depth > 0 || is_singleton(env)) {
    // Its home needs it as well: what keeps one of them keeps the other.
    if (cold.home == nullptr || !join(*cold.home, instance)) return false;
  } else if (cold.home != &instance) {
    leave_exceptions(env);
    if (cold.home != nullptr) remove_env(*cold.home, env);
    cold.home = &instance;
    add_env(instance, env);
  }
  env.instance = &instance;
  return true;
}

ExecEnv* internal_exec_env(Instance& instance) {
  ExecEnv* current = thread_state.current;
  return current != nullptr && current->instance == &instance ? current
                                                              : singleton_exec_env(instance);
}

}  // namespace wembed
