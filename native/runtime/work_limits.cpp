#include "runtime/work_limits.h"

#include "platform/clock.h"
#include "runtime/interrupt.h"
#include "runtime/runtime.h"

namespace wembed {

uint64_t deadline_in(uint64_t milliseconds) {
  uint64_t now = platform::monotonic_ns();
  bool too_late = milliseconds > (UINT64_MAX - now) / 1'000'000;
  return too_late ? UINT64_MAX : now + milliseconds * 1'000'000;
}

namespace {

uint64_t next_checkpoint(const Runtime& runtime) {
  const Checkpoint& checkpoint = runtime.checkpoint();
  return checkpoint.may_go_on == nullptr ? UINT64_MAX : deadline_in(checkpoint.period_ms);
}

}  // namespace

WorkLimits::WorkLimits(const Runtime& runtime, int64_t deadline_ms, const Stop* stop)
    : runtime_(runtime),
      deadline_(deadline_ms > 0 ? deadline_in(static_cast<uint64_t>(deadline_ms)) : 0),
      checkpoint_at_(next_checkpoint(runtime)),
      stop_(stop) {}

Error WorkLimits::look() {
  if (stop_ != nullptr && stop_->requested()) return Error::Terminated;
  if (deadline_ == 0 && checkpoint_at_ == UINT64_MAX) return Error::None;
  uint64_t now = platform::monotonic_ns();
  if (deadline_ != 0 && now >= deadline_) return Error::Deadline;
  if (now < checkpoint_at_) return Error::None;
  checkpoint_at_ = next_checkpoint(runtime_);
  const Checkpoint& checkpoint = runtime_.checkpoint();
  return checkpoint.may_go_on(checkpoint.context) ? Error::None : Error::Terminated;
}

Error WorkLimits::ask(void* context) { return static_cast<WorkLimits*>(context)->look(); }

}  // namespace wembed
