// What every way to call checks before anything is run.
#pragma once

#include "capi/handles.h"
#include "runtime/call.h"
#include "runtime/entry.h"
#include "runtime/native_stack.h"
#include "runtime/store.h"

namespace wembed {

// Sorts out a call that begin_call() found something odd about. Null: it must not be made.
Slot* begin_call_slowly(ExecEnv* env, const Function* function);

// Whether nothing stands against a call but, perhaps, its arguments.
inline bool is_call_plain(const ExecEnv* env, const Function* function) {
  if (env == nullptr || function == nullptr) return false;
  // Null when the instance is gone.
  const Instance* instance = env->instance;
  if (instance != function->instance) [[unlikely]] {
    if (instance == nullptr || !is_within_reach(*instance, *function->instance)) return false;
  }
  return !is_used_elsewhere(*env) && !instance->has_exception();
}

// Where the arguments of a call on `env` go; null when the call must not be made: then an exception
// is set, or was pending already.
inline Slot* begin_call(ExecEnv* env, const Function* function) {
  if (!is_call_plain(env, function) || !has_call_slots(*env, *function->type)) [[unlikely]]
    return begin_call_slowly(env, function);
  return env->top;
}

}  // namespace wembed
