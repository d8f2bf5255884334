// What a thread knows while guest code runs on it: the exec_env in use, how much of the native
// stack is left, and whether faults come back. Calls between host and guest compare addresses;
// nothing is caught by a guard page.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/thread_local.h"
#include "base/trap.h"
#include "platform/fault.h"
#include "runtime/exec_env.h"

namespace wembed {

struct Function;
class Runtime;

// Left free for the host function or handler that runs next, on stacks that have so much.
constexpr size_t kNativeStackGuard = 24 * 1024;

// Entries on a stack whose bounds nobody knows: where the first of them was, and how many there
// are inside each other.
struct UnknownStack {
  uintptr_t first = 0;
  uint32_t entries = 0;
  uintptr_t last = 0;  // where the newest of them was
};

struct ResumableCall;

struct ThreadState {
  ExecEnv* current = nullptr;        // of the innermost running call
  ResumableCall* waiting = nullptr;  // the last one that this thread has to go on with
  uintptr_t limit = 0;  // lowest stack address from which a call may go on without a question
  uintptr_t span = 0;   // from there to the stack's upper end; 0: ask each time
  uint32_t epochs = 0;  // what new memories take their first epoch from

  // What is looked at when the fast answer is no.
  platform::FaultDelivery faults = platform::FaultDelivery::Unknown;
  uint8_t looks = 0;            // at the signals, in this tick of the clock
  bool runs_finalizer = false;  // of the host's, see finalizers.h
  uint64_t look_tick = 0;
  uintptr_t low = 0;  // of the thread's own stack, with the guard; 0: not known
  uintptr_t high = 0;
  UnknownStack unknown;
};
extern constinit thread_local ThreadState thread_state WEMBED_TLS_MODEL;

// Whether another thread runs on the exec_env, which is then not to be touched. Two that begin at
// the same moment may miss each other.
inline bool is_used_elsewhere(const ExecEnv& env) {
  return env.depth.load(std::memory_order_relaxed) > 0 &&
         env.thread.load(std::memory_order_relaxed) != &thread_state;
}

// Whether `bytes` are left at stack address `sp` beyond the guard. Of stacks the system does not
// know (coroutines) the host may tell the boundary; else only CarefulEntry bounds them.
bool native_stack_has_at(const ExecEnv& env, uintptr_t sp, size_t bytes);

inline bool native_stack_has(const ExecEnv& env, size_t bytes) {
  return native_stack_has_at(env, reinterpret_cast<uintptr_t>(__builtin_frame_address(0)), bytes);
}

// True when nothing stands against a call, false when it has to be looked at more closely.
inline bool is_entry_plain(const ExecEnv& env) {
  uintptr_t sp = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  return sp - thread_state.limit < thread_state.span && env.native_stack_limit == nullptr;
}

inline bool native_stack_ok(const ExecEnv& env) {
  if (is_entry_plain(env)) [[likely]]
    return true;
  return native_stack_has(env, 0);
}

// Down to which address frames of machine code may go on the stack that the caller is on. Of one
// that nobody knows they may have a little.
uintptr_t careful_native_floor(const ExecEnv& env);
inline uintptr_t native_floor(const ExecEnv& env) {
  return is_entry_plain(env) ? thread_state.limit : careful_native_floor(env);
}

// An entry into the guest that is not plain: the thread's first, one on a stack whose bounds the
// host has set or nobody knows, or one of a thread that blocks signals. Lives as long as the entry.
class CarefulEntry {
 public:
  CarefulEntry(const ExecEnv& env, const Function& function);
  CarefulEntry(const CarefulEntry&) = delete;
  CarefulEntry& operator=(const CarefulEntry&) = delete;
  ~CarefulEntry() { thread_state.unknown = before_; }

  [[nodiscard]] Trap refusal() const { return refusal_; }

 private:
  [[nodiscard]] bool has_room(const ExecEnv& env);

  UnknownStack before_;
  Trap refusal_ = Trap::None;
};

// Looks now whether faults of this thread come back; entries go by that until the next look.
platform::FaultDelivery look_at_signals();

// Whether unchecked code may be chosen for what this thread makes: looks again, but not so often
// that it counts. A reason against it is logged once for the runtime.
bool may_rely_on_faults(Runtime& runtime);

}  // namespace wembed
