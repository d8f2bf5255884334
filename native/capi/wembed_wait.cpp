// wembed.h: shared memories, and host functions that wait.
#include "capi/handles.h"
#include "runtime/call.h"
#include "runtime/memory.h"
#include "runtime/native_stack.h"
#include "runtime/parking.h"
#include "runtime/wait_queue.h"
#include "wembed.h"

using namespace wembed;

namespace {

static_assert(static_cast<uint32_t>(WaitResult::Woken) == WEMBED_WAIT_WOKEN);
static_assert(static_cast<uint32_t>(WaitResult::NotEqual) == WEMBED_WAIT_NOT_EQUAL);
static_assert(static_cast<uint32_t>(WaitResult::TimedOut) == WEMBED_WAIT_TIMED_OUT);

bool is_word(const Memory& memory, uint64_t offset, uint32_t bytes) {
  const uint64_t size = memory.size;
  return offset % bytes == 0 && bytes <= size && offset <= size - bytes;
}

bool may_wait(const ExecEnv* env) {
  return env != nullptr && env->instance != nullptr && !is_used_elsewhere(*env);
}

}  // namespace

WEMBED_API wembed_wait_t wembed_memory_wait(wasm_exec_env_t exec_env, wasm_memory_inst_t memory,
                                            uint64_t offset, uint32_t bytes, uint64_t expected,
                                            int64_t timeout_ns) {
  if (!may_wait(unwrap(exec_env)) || memory == nullptr || (bytes != 4 && bytes != 8)) {
    return WEMBED_WAIT_IMPOSSIBLE;
  }
  Memory& shared = *unwrap(memory);
  if (!shared.is_shared() || !is_word(shared, offset, bytes)) return WEMBED_WAIT_IMPOSSIBLE;
  ExecEnv& env = *unwrap(exec_env);
  WaitResult result;
  Trap trap = wait_for_word(env, shared, offset, bytes, expected, timeout_ns, result);
  if (trap == Trap::None) return static_cast<wembed_wait_t>(result);
  refuse_call(env, trap);
  return WEMBED_WAIT_STOPPED;
}

WEMBED_API uint32_t wembed_memory_notify(wasm_memory_inst_t memory, uint64_t offset,
                                         uint32_t count) {
  if (memory == nullptr || !unwrap(memory)->is_shared()) return 0;
  return wake_waiters(*unwrap(memory), offset, count);
}

WEMBED_API uint32_t wembed_memory_waiters(wasm_memory_inst_t memory) {
  return memory == nullptr ? 0 : count_waiters(*unwrap(memory));
}

WEMBED_API wembed_wait_t wembed_sleep(wasm_exec_env_t exec_env, int64_t timeout_ns) {
  if (!may_wait(unwrap(exec_env))) return WEMBED_WAIT_IMPOSSIBLE;
  ExecEnv& env = *unwrap(exec_env);
  Parking parking(env);
  platform::Woken woken;
  Trap trap = parking.sleep(sleep_deadline(timeout_ns), woken);
  if (trap == Trap::None) return WEMBED_WAIT_TIMED_OUT;
  refuse_call(env, trap);
  return WEMBED_WAIT_STOPPED;
}
