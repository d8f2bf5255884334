// Calls inside others, and calls with limits.
#include "runtime/entry.h"

#include <mutex>

#include "runtime/work_limits.h"

namespace wembed {

void Nesting::begin(ExecEnv& env, ExecEnv& outer) {
  // One that runs further out already is no inner one: the links would go in a circle.
  if (outer.cold->runtime != env.cold->runtime || env.cold->outer != nullptr || env.depth > 0) {
    return;
  }
  outer_ = &outer;
  limit_ = env.fuel_limit;
  if (outer.fuel_limit >= 0) {
    start_ = limit_ < 0 || outer.fuel < limit_ ? outer.fuel : limit_;
    env.fuel_limit = start_;
  }
  std::lock_guard lock(outer.cold->mutex);
  // One inside that waits and was forgotten there goes on by itself.
  if (outer.cold->inner != nullptr) outer.cold->inner->cold->outer = nullptr;
  env.cold->outer = &outer;
  outer.cold->inner = &env;
  // A request that came before this link still waits on the outer one.
  if (outer.interrupt.load(std::memory_order_seq_cst) != 0) {
    post_interrupt(env, kInterruptTerminate);
  }
}

void Nesting::end(ExecEnv& env) {
  if (outer_ == nullptr) return;
  if (start_ >= 0) env.fuel_limit = limit_;
  // The outer one may be gone: only a waiting call can outlast it.
  if (env.cold->outer != outer_) return;
  std::lock_guard lock(outer_->cold->mutex);
  if (start_ >= 0) outer_->fuel -= start_ - env.fuel;
  env.cold->outer = nullptr;
  outer_->cold->inner = nullptr;
}

Trap LimitsInForce::begin(ExecEnv& env, const CallLimits& limits) {
  old_deadline_ = env.cold->deadline;
  has_deadline_ = limits.deadline_ms > 0;
  if (has_deadline_) {
    uint64_t deadline = deadline_in(static_cast<uint64_t>(limits.deadline_ms));
    if (old_deadline_ != 0 && old_deadline_ < deadline) deadline = old_deadline_;
    if (!set_deadline(env, deadline)) return Trap::NoTimer;
  }
  if (limits.stop != nullptr) limits.stop->watch(watch_, env);
  old_limit_ = env.fuel_limit;
  old_fuel_ = env.fuel;
  start_ = limits.fuel;
  if (start_ >= 0) {
    // Inside a metered call nothing can be won by asking for more.
    if (env.depth > 0 && old_limit_ >= 0 && old_fuel_ < start_) start_ = old_fuel_;
    env.fuel = env.fuel_limit = start_;
  }
  return Trap::None;
}

void LimitsInForce::end(ExecEnv& env) {
  if (start_ >= 0) {
    env.fuel_limit = old_limit_;
    env.fuel = old_fuel_ - (start_ - env.fuel);
  }
  if (watch_.stop != nullptr) watch_.stop->unwatch(watch_);
  // A deadline that nobody watches any more counts as passed: better early than never.
  if (has_deadline_ && !set_deadline(env, old_deadline_)) expire(env);
}

bool LimitsInForce::stopped() const { return watch_.stop != nullptr && watch_.stop->requested(); }

}  // namespace wembed
