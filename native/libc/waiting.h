// Threads of guests that wait for each other.
#pragma once

#include <mutex>

#include "platform/parker.h"
#include "runtime/parking.h"

namespace wembed::libc {

using Lock = std::unique_lock<std::mutex>;

// On the native stack of a thread that waits.
struct Waiter {
  explicit Waiter(ExecEnv& env) : parking(env) {}
  Parking parking;
  Waiter* next = nullptr;
  bool is_called = false;
};

// Who waits for one thing, the longest there first. Under the program's mutex, which `lock` has.
class Line {
 public:
  [[nodiscard]] bool is_empty() const { return first_ == nullptr; }

  // Until it is called, or `deadline` of platform::monotonic_ns(). Not None: the guest has to stop,
  // and the waiter may have been called nevertheless. The line may be gone if it was.
  [[nodiscard]] Trap wait(Waiter& waiter, Lock& lock, uint64_t deadline = platform::kNever);

  // False: there was nobody.
  bool call_first();
  void call_all() {
    while (call_first()) continue;
  }

 private:
  void remove(Waiter& waiter);

  Waiter* first_ = nullptr;
  Waiter* last_ = nullptr;
};

}  // namespace wembed::libc
