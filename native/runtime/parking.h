// The one place to wait. Whatever sleeps for a guest (atomic waits, polls, blocking reads, joins)
// sleeps here: terminate, deadlines, stop objects and checkpoints wake it, as they stop running
// code, and so does whoever it waits for.
//
//   Parking parking(env);         // from here on nothing that wakes it is lost
//   enqueue(parking);             // somebody may call parking.wake(), from any thread
//   trap = parking.sleep(deadline, woken);
//   dequeue(parking);             // nobody calls it any more
//
// Where instructions are counted each microsecond of a sleep counts as one.
//
// It takes nothing from the system but a descriptor, and that only if descriptors are waited for.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/trap.h"
#include "platform/parker.h"
#include "runtime/exec_env.h"

namespace wembed {

class Parking {
 public:
  // Of the thread that runs on `env`, in guest code or in a host function of it.
  explicit Parking(ExecEnv& env);
  ~Parking();
  Parking(const Parking&) = delete;
  Parking& operator=(const Parking&) = delete;

  // Until wake(), or until `deadline` of platform::monotonic_ns(); kNever: for ever. Anything but
  // None: the guest has to stop, leave it with this trap, and `woken` says nothing.
  [[nodiscard]] Trap sleep(uint64_t deadline, platform::Woken& woken) {
    return sleep(nullptr, 0, deadline, woken);
  }

  // The same, also until one of so many descriptors can be used (platform/parker.h). Unable: more
  // than kMostDescriptors, or the system knows none.
  [[nodiscard]] Trap sleep(platform::Descriptor* descriptors, size_t count, uint64_t deadline,
                           platform::Woken& woken);

  // Ends the sleep, or the next one. Any thread; the caller sees to it that the object stays.
  void wake() {
    is_woken_.store(true, std::memory_order_release);
    parker_.unpark();
  }

 private:
  [[nodiscard]] Trap sleep_on(platform::Descriptor* descriptors, size_t count, uint64_t deadline,
                              platform::Woken& woken);
  friend void post_interrupt(ExecEnv& env, Interrupt reason);

  ExecEnv& env_;
  Parking* previous_;  // on the same exec_env, further out
  std::atomic<bool> is_woken_{false};
  platform::Parker parker_;
};

// The monotonic time in `timeout_ns`; negative: kNever.
uint64_t sleep_deadline(int64_t timeout_ns);

}  // namespace wembed
