// Native stack limits and signals, asked of the system when a thread first enters a guest.
#include "runtime/native_stack.h"

#include <algorithm>
#include <mutex>

#include "base/sanitizers.h"
#include "platform/clock.h"
#include "platform/stack.h"
#include "runtime/exec_env_cold.h"
#include "runtime/instance_cold.h"
#include "runtime/runtime.h"

namespace wembed {

constinit thread_local ThreadState thread_state;

namespace {

using platform::FaultDelivery;

// What our own frames take between two looks at the stack: a first call's translation, a round trip
// between host and guest. Instrumented frames are several times as large.
#if WEMBED_ADDRESS_SANITIZER || WEMBED_THREAD_SANITIZER
constexpr size_t kOwnFrames = 32 * 1024;
#else
constexpr size_t kOwnFrames = 6 * 1024;
#endif

// A stack of unknown size may be as small as 12 KiB: nested entries may use so much of it. What
// host functions need for themselves is theirs to know, so a few may be nested whatever they use.
constexpr size_t kUnknownStackUse = 4 * 1024;
constexpr uint32_t kUnknownStackEntries = 4;
// Farther below the first entry than this it is another stack, unless the exec_env says otherwise.
constexpr size_t kSameStack = 16 * 1024;

constexpr uint8_t kLooksPerTick = 8;

// Under which nothing may begin: our own frames and, in them, a signal.
size_t least_guard() { return kOwnFrames + platform::signal_frame_bytes(); }

// Of the thread's own stack. Small ones cannot spare as much for host functions.
size_t guard_of(size_t stack_bytes) {
  return std::clamp(stack_bytes / 4, least_guard(), std::max(least_guard(), kNativeStackGuard));
}

// Notes the bounds of the thread's own stack if it runs on that now.
void find_bounds(ThreadState& thread, const ExecEnv& env) {
  platform::StackBounds bounds =
      platform::native_stack_bounds(!env.cold->runtime->no_system_memory());
  if (bounds.high == bounds.low) return;
  thread.low = bounds.low;
  thread.high = bounds.high;
}

bool is_own_stack(const ThreadState& thread, uintptr_t sp) {
  return sp >= thread.low && sp < thread.high;
}

// The fast answer is for threads of which all is known and nothing stands against it.
void set_fast_answer(ThreadState& thread) {
  thread.span = 0;
  if (thread.high == 0 || thread.faults == FaultDelivery::Blocked) return;
  size_t bytes = thread.high - thread.low;
  size_t guard = std::min(guard_of(bytes), bytes);
  thread.limit = thread.low + guard;
  thread.span = bytes - guard;
}

bool relies_on_faults(const Instance& instance) {
  return instance.memory != nullptr && instance.variant.guarded;
}

// Whether code that relies on faults may run in a call of the function.
bool may_fault(const Function& function) {
  const Instance& instance = *function.instance;
  if (relies_on_faults(instance)) return true;
  if (!instance.cold->is_joined) return false;
  std::lock_guard lock(instance.runtime->store_mutex());
  for (const Instance* at = instance.store->instances(); at != nullptr; at = at->cold->next) {
    if (relies_on_faults(*at)) return true;
  }
  return false;
}

void report(Runtime& runtime, FaultDelivery delivery) {
  if (!runtime.first_signal_report()) return;
  const char* reason = delivery == FaultDelivery::Blocked ? "a thread blocks SIGSEGV or SIGBUS"
                                                          : "a signal handler stands over wembed's";
  log_message(runtime.log(), LogLevel::Warning,
              "%s: what is instantiated now checks every memory access", reason);
}

}  // namespace

bool native_stack_has_at(const ExecEnv& env, uintptr_t sp, size_t bytes) {
  ThreadState& thread = thread_state;
  uintptr_t limit = reinterpret_cast<uintptr_t>(env.native_stack_limit);
  if (limit != 0) {
    limit += least_guard();
  } else {
    if (thread.high == 0) find_bounds(thread, env);
    if (!is_own_stack(thread, sp)) return true;
    limit = thread.low + guard_of(thread.high - thread.low);
  }
  return sp >= limit && sp - limit >= bytes;
}

uintptr_t careful_native_floor(const ExecEnv& env) {
  ThreadState& thread = thread_state;
  if (env.native_stack_limit != nullptr) {
    return reinterpret_cast<uintptr_t>(env.native_stack_limit) + least_guard();
  }
  if (thread.high == 0) find_bounds(thread, env);
  if (is_own_stack(thread, reinterpret_cast<uintptr_t>(__builtin_frame_address(0)))) {
    return thread.low + guard_of(thread.high - thread.low);
  }
  return thread.unknown.last - kUnknownStackUse;
}

CarefulEntry::CarefulEntry(const ExecEnv& env, const Function& function)
    : before_(thread_state.unknown) {
  ThreadState& thread = thread_state;
  if (thread.faults == FaultDelivery::Unknown) look_at_signals();
  bool blocked = thread.faults == FaultDelivery::Blocked;
  if (blocked && env.cold->runtime->signals() && may_fault(function)) {
    refusal_ = Trap::SignalsBlocked;
  } else if (!has_room(env)) {
    refusal_ = Trap::NativeStackOverflow;
  }
}

bool CarefulEntry::has_room(const ExecEnv& env) {
  ThreadState& thread = thread_state;
  uintptr_t sp = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  if (env.native_stack_limit == nullptr && thread.span == 0) {
    if (thread.high == 0) find_bounds(thread, env);
    set_fast_answer(thread);
  }
  if (env.native_stack_limit != nullptr || is_own_stack(thread, sp)) {
    return native_stack_has_at(env, sp, 0);
  }
  UnknownStack& here = thread.unknown;
  bool is_inside = thread.current != nullptr && here.first >= sp;
  bool is_same = is_inside && (env.depth > 0 || here.first - sp <= kSameStack);
  here = is_same ? UnknownStack{here.first, here.entries + 1, sp} : UnknownStack{sp, 1, sp};
  return here.entries <= kUnknownStackEntries || here.first - sp <= kUnknownStackUse;
}

platform::FaultDelivery look_at_signals() {
  ThreadState& thread = thread_state;
  thread.faults = platform::fault_delivery();
  set_fast_answer(thread);
  return thread.faults;
}

bool may_rely_on_faults(Runtime& runtime) {
  ThreadState& thread = thread_state;
  uint64_t tick = platform::clock_tick();
  if (tick != thread.look_tick) {
    thread.look_tick = tick;
    thread.looks = 0;
  }
  if (thread.looks < kLooksPerTick) {
    thread.looks++;
    look_at_signals();
  }
  if (thread.faults == FaultDelivery::Works) return true;
  report(runtime, thread.faults);
  return false;
}

}  // namespace wembed
