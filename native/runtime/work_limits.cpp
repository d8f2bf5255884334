#include "runtime/work_limits.h"

#include "platform/clock.h"
#include "runtime/interrupt.h"

namespace wembed {

uint64_t deadline_in(uint64_t milliseconds) {
  uint64_t now = platform::monotonic_ns();
  bool too_late = milliseconds > (UINT64_MAX - now) / 1'000'000;
  return too_late ? UINT64_MAX : now + milliseconds * 1'000'000;
}

WorkLimits::WorkLimits(int64_t deadline_ms, const Stop* stop)
    : deadline_(deadline_ms > 0 ? deadline_in(static_cast<uint64_t>(deadline_ms)) : 0),
      stop_(stop) {}

Error WorkLimits::look() const {
  if (stop_ != nullptr && stop_->requested()) return Error::Terminated;
  bool late = deadline_ != 0 && platform::monotonic_ns() >= deadline_;
  return late ? Error::Deadline : Error::None;
}

Error WorkLimits::ask(void* context) { return static_cast<const WorkLimits*>(context)->look(); }

}  // namespace wembed
