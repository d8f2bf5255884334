// How a call of a guest's waits for a descriptor: until it can be used, or the guest has to stop.
#pragma once

#include "base/trap.h"
#include "runtime/exec_env.h"
#include "wasi/error_number.h"

namespace wembed::wasi {

class Waiter {
 public:
  explicit Waiter(ExecEnv& env) : env_(env) {}

  // CANCELED: the guest has to stop, see trap(). AGAIN: it could not be used at once, and `waits`
  // is false.
  Errno wait(int descriptor, bool writing, bool waits);
  // Whether the guest has to stop, or only looks whether it has.
  bool should_stop();
  [[nodiscard]] Trap trap() const { return trap_; }

 private:
  ExecEnv& env_;
  Trap trap_ = Trap::None;
};

}  // namespace wembed::wasi
