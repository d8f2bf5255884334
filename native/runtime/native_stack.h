// What a thread knows while guest code runs on it: the exec_env in use and how much of the native
// stack is left. Calls between host and guest compare addresses; nothing is caught by a guard page.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/thread_local.h"
#include "runtime/exec_env.h"

namespace wembed {

// Left free for the host function or handler that runs next.
constexpr size_t kNativeStackGuard = 24 * 1024;

struct ThreadState {
  ExecEnv* current = nullptr;  // of the innermost running call
  uintptr_t limit = 0;         // lowest usable stack address
  uintptr_t span = 0;          // from there to the stack's upper end; 0: not known
  uint32_t epochs = 0;         // what new memories take their first epoch from
};
extern constinit thread_local ThreadState thread_state WEMBED_TLS_MODEL;

// Whether `bytes` are left at stack address `sp` beyond the guard. Stacks the system does not know
// (coroutines) always have room, unless the host has set a boundary.
bool native_stack_has_at(const ExecEnv& env, uintptr_t sp, size_t bytes);

inline bool native_stack_has(const ExecEnv& env, size_t bytes) {
  return native_stack_has_at(env, reinterpret_cast<uintptr_t>(__builtin_frame_address(0)), bytes);
}

inline bool native_stack_ok(const ExecEnv& env) {
  uintptr_t sp = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  if (sp - thread_state.limit < thread_state.span && env.native_stack_limit == nullptr) [[likely]] {
    return true;
  }
  return native_stack_has_at(env, sp, 0);
}

}  // namespace wembed
