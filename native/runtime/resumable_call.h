// Calls that are left at deferred host functions. Guest frames lie on the wasm stack, so that such
// a call can return to whoever made it with the host function and its arguments, and be gone on
// with later. Until then it is as if the host function ran: `env` shows it as current, limits are
// in force, nested calls go on top.
//
// What a running call keeps on the native stack is on the wasm stack here, below the arguments.
#pragma once

#include <cstdint>

#include "runtime/call.h"
#include "runtime/host_function.h"

namespace wembed {

struct Entry;

// A host function that is left to the caller of a resumable call. In any other call `callback` is
// called instead; null: it traps.
HostFunction deferred_function(SlotCallback callback, void* data);

// What deferred host functions have as HostFunction::invoke, for calls that cannot be left.
Trap invoke_deferred(ExecEnv& env, const Function& function, Slot* slots);

enum class CallState : uint8_t {
  Failed,   // ended by a trap, which is recorded, or not begun
  Done,     // its results were given
  Waiting,  // for env.host_function, whose arguments are at env.host_slots
  Refused,  // nothing was done
};

// What lies below the arguments of a resumable call.
constexpr uint32_t kResumableSlots = 26;

// Where they go, as call_slots(). Null: the wasm stack is full.
inline Slot* resumable_slots(const ExecEnv& env, const TypeDef& type) {
  return static_cast<uint64_t>(env.stack_end - env.top) <
                 uint64_t{type.most_slots} + kResumableSlots
             ? nullptr
             : env.top + kResumableSlots;
}

// The results of a call that is done, or part of one.
inline void give_results(const TypeDef& type, const Slot* slots, Slot* results) {
  for (uint32_t i = 0; i < type.result_slots; i++) results[i] = slots[i];
}

// Begins a call with its arguments at resumable_slots(). Done: its results are at `results`.
// `limits`: null is none. `is_apart`: while it waits the thread is not inside of it, and it is not
// nested in what the thread is inside of; not while something that is not apart runs on `env`.
CallState start_call(ExecEnv& env, const Function& function, Slot* slots, Slot* results,
                     const CallLimits* limits, bool is_apart);

// While it lives there is code in the innermost entry that keeps its frames on the native stack:
// deferred host functions are called back. Where a fault of that code skips its end, the entry ends
// too.
class Unleavable {
 public:
  explicit Unleavable(ExecEnv& env);
  ~Unleavable();
  Unleavable(const Unleavable&) = delete;
  Unleavable& operator=(const Unleavable&) = delete;

 private:
  Entry& entry_;
  uint8_t kind_;
};

// What a call with a leavable entry, which is alone, does with Trap::Suspended: it waits. The entry
// is moved.
void leave_call(ExecEnv& env, const Function& function, Slot* slots);

// The host function that began at `top` has returned without having ended calls it started.
void end_waiting_calls(ExecEnv& env, const Slot* top);

}  // namespace wembed
