// Calls from the host into instances: the one entrance every API and every tier shares.
#pragma once

#include <cstdint>

#include "runtime/exec_env.h"
#include "runtime/function.h"
#include "runtime/instance.h"

namespace wembed {

class Stop;

// Whether the wasm stack has room for the arguments of the next call on `env` and its results.
inline bool has_call_slots(const ExecEnv& env, const TypeDef& type) {
  return static_cast<uint64_t>(env.stack_end - env.top) >= type.most_slots;
}

// Where they go; null: the wasm stack is full.
inline Slot* call_slots(const ExecEnv& env, const TypeDef* type) {
  return has_call_slots(env, *type) ? env.top : nullptr;
}

// Runs any function: arguments at `slots` (from call_slots), results replace them. A trap is
// recorded and its text set on the instance that is current on `env`; one with a pending exception
// is not entered and its exception left alone.
Trap invoke(ExecEnv& env, const Function& function, Slot* slots);

// What stops a call early, on top of what applies to `env` anyway.
struct CallLimits {
  int64_t deadline_ms = 0;  // from now; <= 0: none
  int64_t fuel = -1;        // instructions; negative: the exec_env's own limit
  Stop* stop = nullptr;
};
Trap invoke_limited(ExecEnv& env, const Function& function, Slot* slots, const CallLimits& limits);

// The host function, called last, has ended in a trap (None: it left an exception): which one it
// really is.
Trap host_trapped(ExecEnv& env, const Function& function, Trap trap);

// Reports a trap that happened before anything was entered.
Trap refuse_call(ExecEnv& env, Trap trap);

// Calls a function of an instance on its internal exec_env with i32 or i64 arguments; `result` may
// be null. Used for exported allocators, start functions and the like.
Trap call_internal(Instance& instance, const Function& function, const Slot* args, uint32_t count,
                   Slot* result, const CallLimits* limits = nullptr);

}  // namespace wembed
