// Deadlines: one thread for the whole process calls back when a time has come.
//
// The thread starts with the first armed timer, or earlier if asked to, and ends with the last
// release_timers(). Nothing here allocates through us: a Timer is part of whatever object wants to
// be called. In the child of a fork the thread starts again with the next arm_timer() call.
#pragma once

#include <atomic>
#include <cstdint>

namespace wembed::platform {

// Set `callback` and `context`, leave the rest alone. Must stay in place while armed.
struct Timer {
  void (*callback)(void* context) = nullptr;
  void* context = nullptr;

  uint64_t deadline = 0;
  Timer* child = nullptr;  // links of the queue, see timer_queue.h
  Timer* sibling = nullptr;
  Timer* previous = nullptr;
  // Idle: neither waiting nor being called. Only then may the object go away.
  enum class State : uint8_t { Idle, Waiting, Running };
  std::atomic<State> state = State::Idle;
};

// Brackets of everybody who uses timers.
void retain_timers();
void release_timers();

// Starts the thread now, so that arm_timer() never has to. The caller has retained timers. Returns
// 0, or the error number; ENOSYS: this system has no timers at all.
[[nodiscard]] int start_timers();

// Calls `callback(context)` once on the timer thread, soon after `deadline_ns` of monotonic_ns().
// The callback should be short, since all timers share the thread; it may arm and disarm.
// Arming an armed timer moves its deadline. Returns 0, or the error number when there is no thread.
[[nodiscard]] int arm_timer(Timer& timer, uint64_t deadline_ns);

// After this the callback is not running and will not run, except when the callback itself calls.
// Costs one load for a timer that is not armed.
void disarm_timer(Timer& timer);

}  // namespace wembed::platform
