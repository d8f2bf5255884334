// Native stack limits, asked of the system once per thread.
#include "runtime/native_stack.h"

#include "platform/stack.h"
#include "runtime/exec_env_cold.h"
#include "runtime/runtime.h"

namespace wembed {

constinit thread_local ThreadState thread_state;

bool native_stack_has_at(const ExecEnv& env, uintptr_t sp, size_t bytes) {
  if (env.native_stack_limit != nullptr) {
    uintptr_t limit = reinterpret_cast<uintptr_t>(env.native_stack_limit);
    return sp >= limit && sp - limit >= bytes;
  }
  ThreadState& thread = thread_state;
  if (thread.span == 0) {
    platform::StackBounds bounds =
        platform::native_stack_bounds(!env.cold->runtime->no_system_memory());
    if (bounds.high > bounds.low && bounds.high - bounds.low > kNativeStackGuard) {
      thread.limit = bounds.low + kNativeStackGuard;
      thread.span = bounds.high - thread.limit;
    }
  }
  uintptr_t low = thread.limit - kNativeStackGuard;
  bool is_ours = thread.span != 0 && sp >= low && sp < thread.limit + thread.span;
  if (!is_ours) return true;
  return sp >= thread.limit && sp - thread.limit >= bytes;
}

}  // namespace wembed
