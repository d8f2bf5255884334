// What ends work that no exec_env runs: a load, or a translation made ahead of calls.
#pragma once

#include <cstdint>

#include "base/poll.h"

namespace wembed {

class Runtime;
class Stop;

// The time in so many milliseconds, as far as it can be told.
uint64_t deadline_in(uint64_t milliseconds);

class WorkLimits {
 public:
  // From now; <= 0: no deadline. `stop` may be null. The runtime's checkpoint is passed as well.
  WorkLimits(const Runtime& runtime, int64_t deadline_ms, const Stop* stop);
  WorkLimits(const WorkLimits&) = delete;
  WorkLimits& operator=(const WorkLimits&) = delete;

  // Asks this object, which stays where it is: Error::Terminated, Error::Deadline.
  [[nodiscard]] Poll poll() { return {&ask, this}; }
  // The same, at once.
  [[nodiscard]] Error look();

 private:
  static Error ask(void* context);
  const Runtime& runtime_;
  uint64_t deadline_;       // 0: none
  uint64_t checkpoint_at_;  // UINT64_MAX: the runtime has none
  const Stop* stop_;
};

}  // namespace wembed
