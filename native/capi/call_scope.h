// What every way to call checks before anything is run.
#pragma once

#include "capi/handles.h"
#include "runtime/call.h"
#include "runtime/native_stack.h"
#include "runtime/store.h"

namespace wembed {

// Sorts out a call that begin_call() found something odd about. Null: it must not be made.
Slot* begin_call_slowly(ExecEnv* env, const Function* function);

// Where the arguments of a call on `env` go; null when the call must not be made: then an exception
// is set, or was pending already.
inline Slot* begin_call(ExecEnv* env, const Function* function) {
  if (env == nullptr || function == nullptr || env->instance == nullptr ||
      is_used_elsewhere(*env) ||
      (env->instance != function->instance &&
       !is_within_reach(*env->instance, *function->instance))) [[unlikely]] {
    return begin_call_slowly(env, function);
  }
  Slot* slots = call_slots(*env, function->type);
  return slots != nullptr && !env->instance->has_exception() ? slots
                                                             : begin_call_slowly(env, function);
}

}  // namespace wembed
