// How a call of a guest's waits for something: until it can be done, or the guest has to stop.
#pragma once

#include "base/trap.h"
#include "runtime/exec_env.h"
#include "wasi/error_number.h"
#include "wasi/wake_list.h"

namespace wembed::wasi {

class Waiter {
 public:
  explicit Waiter(ExecEnv& env);

  [[nodiscard]] ExecEnv& env() const { return env_; }
  // For a descriptor of the system's. CANCELED: the guest has to stop, see trap(). AGAIN: it could
  // not be used at once, and `waits` is false.
  Errno wait(int descriptor, bool writing, bool waits) {
    return wait_until(descriptor, writing, waits ? platform::kNever : 0);
  }
  // The same, AGAIN after that time of platform::monotonic_ns().
  Errno wait_until(int descriptor, bool writing, uint64_t deadline);
  // Until `act` says other than AGAIN, which it is asked again behind each wake() of the list.
  template <class Act> Errno until(bool waits, WakeList& list, Act act) {
    Errno error = act();
    if (error != Errno::kAGAIN || !waits) return error;
    Parking parking(env_);
    Watch watch(list, parking);
    while ((error = act()) == Errno::kAGAIN) {
      if (!sleep(parking)) return Errno::kCANCELED;
    }
    return error;
  }
  // Whether the guest has to stop, or only looks whether it has.
  bool should_stop();
  // Where it is now that was at `place` of the guest's memory when the call began: functions of the
  // host's may make it grow, and so move.
  [[nodiscard]] void* moved(void* place) const;
  // The guest is stopped: a function of the host's has failed, which may have said why.
  Errno fail();
  [[nodiscard]] Trap trap() const { return trap_; }

 private:
  bool sleep(Parking& parking);

  ExecEnv& env_;
  const uint8_t* memory_ = nullptr;
  uint64_t memory_size_ = 0;
  Trap trap_ = Trap::None;
};

}  // namespace wembed::wasi
