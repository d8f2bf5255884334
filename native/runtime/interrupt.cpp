// Requests to stop, and the decision whether one concerns the code that noticed it.
#include "runtime/interrupt.h"

#include <mutex>

#include "platform/clock.h"
#include "runtime/collection.h"
#include "runtime/exec_env_cold.h"
#include "runtime/frame.h"
#include "runtime/group_envs.h"
#include "runtime/instance_cold.h"
#include "runtime/operations.h"
#include "runtime/parking.h"
#include "runtime/pulse.h"
#include "runtime/runtime.h"
#include "runtime/store.h"

namespace wembed {

namespace {

// None: it has not to stop.
Trap why_terminated(const Instance& instance) {
  return instance.cold->terminated.load(std::memory_order_acquire);
}

bool stop_requested(const ExecEnv& env) {
  for (const StopWatch* watch = env.cold->watches; watch != nullptr; watch = watch->previous) {
    if (watch->stop->requested()) return true;
  }
  return false;
}

bool deadline_passed(const ExecEnv& env) {
  return env.cold->deadline != 0 && platform::monotonic_ns() >= env.cold->deadline;
}

void on_timer(void* context) {
  post_interrupt(*static_cast<ExecEnv*>(context), kInterruptDeadline);
}

// The function that runs is one that its engine may make faster. Of calls it is not told the place.
void sample(ExecEnv& env, bool is_call) {
  const FrameWalker frame(env.fp, env.place);
  if (frame.done()) return;
  sample_function(env, const_cast<Code&>(frame.code()), is_call ? nullptr : frame.place());
}

}  // namespace

void terminate(Instance& instance, Trap why) {
  instance.mark_terminated(why);
  any_env_of_group(instance, [](ExecEnv& env) {
    post_interrupt(env, kInterruptTerminate);
    return false;
  });
}

Stop* Stop::create(Runtime& runtime) {
  Stop* stop = runtime.allocator().create<Stop>(runtime);
  if (stop != nullptr) runtime.retain();
  return stop;
}

void Stop::destroy() {
  {
    std::lock_guard lock(mutex_);
    is_given_up_ = true;
    if (watches_ != nullptr) return;
  }
  free();
}

void Stop::free() {
  Runtime& runtime = runtime_;
  runtime.allocator().destroy(this);
  runtime.release();
}

void Stop::request() {
  std::lock_guard lock(mutex_);
  requested_.store(true, std::memory_order_release);
  for (StopWatch* watch = watches_; watch != nullptr; watch = watch->next_of_stop) {
    post_interrupt(*watch->env, kInterruptTerminate);
  }
}

void Stop::watch(StopWatch& watch, ExecEnv& env) {
  std::lock_guard lock(mutex_);
  watch = {env.cold->watches, this, &env, watches_, nullptr};
  if (watches_ != nullptr) watches_->previous_of_stop = &watch;
  watches_ = &watch;
  env.cold->watches = &watch;
}

void Stop::unwatch(StopWatch& watch) {
  std::unique_lock lock(mutex_);
  StopWatch*& link =
      watch.previous_of_stop == nullptr ? watches_ : watch.previous_of_stop->next_of_stop;
  link = watch.next_of_stop;
  if (watch.next_of_stop != nullptr) watch.next_of_stop->previous_of_stop = watch.previous_of_stop;
  watch.env->cold->watches = watch.previous;
  bool is_last = is_given_up_ && watches_ == nullptr;
  lock.unlock();
  if (is_last) free();
}

void post_interrupt(ExecEnv& env, Interrupt reason) {
  std::unique_lock lock(env.cold->mutex);
  for (ExecEnv* at = &env; at != nullptr; at = at->cold->inner) {
    // The next one's lock is taken before this one's is given up: it cannot end in between.
    if (at != &env) lock = std::unique_lock(at->cold->mutex);
    at->interrupt.fetch_or(reason, std::memory_order_seq_cst);
    at->stack_limit.store(nullptr, std::memory_order_seq_cst);
    if (at->cold->parking != nullptr) at->cold->parking->parker_.unpark();
  }
}

void ask_running(ExecEnv& env, Interrupt reason) {
  env.interrupt.fetch_or(reason, std::memory_order_seq_cst);
  env.stack_limit.store(nullptr, std::memory_order_seq_cst);
}

bool set_deadline(ExecEnv& env, uint64_t deadline_ns) {
  ExecEnv::Cold& cold = *env.cold;
  platform::disarm_timer(cold.timer);
  cold.deadline = deadline_ns;
  if (deadline_ns == 0) return true;
  cold.timer.callback = &on_timer;
  cold.timer.context = &env;
  if (cold.runtime->deadlines() && platform::arm_timer(cold.timer, deadline_ns) == 0) return true;
  cold.deadline = 0;
  return false;
}

void expire(ExecEnv& env) {
  env.cold->deadline = platform::monotonic_ns();
  on_timer(&env);
}

Trap op_interrupted(ExecEnv& env, Instance& instance, Slot* needed) {
  // First the limit, then the bits: a request that comes in between leaves a bit or an empty limit,
  // either of which leads here again.
  env.stack_limit.store(env.stack_end, std::memory_order_seq_cst);
  uint32_t bits = env.interrupt.exchange(0, std::memory_order_seq_cst);
  if ((bits & kInterruptHold) != 0) [[unlikely]] {
    Away until_it_is_done(env);
    bits &= ~uint32_t{kInterruptHold};
  }
  if ((bits & kInterruptSample) != 0) {
    sample(env, needed != nullptr);
    bits &= ~uint32_t{kInterruptSample};
  }
  if (bits != 0) [[unlikely]] {
    Trap trap = why_terminated(instance);
    auto is_terminated = [&](const Instance& running) {
      trap = why_terminated(running);
      return trap != Trap::None;
    };
    for (const ExecEnv* at = &env; at != nullptr && trap == Trap::None; at = at->cold->outer) {
      if (any_instance_on(*at, is_terminated)) break;
      if (stop_requested(*at))
        trap = Trap::Terminated;
      else if (deadline_passed(*at))
        trap = Trap::Deadline;
    }
    if (trap == Trap::None && (bits & kInterruptCheckpoint) != 0) {
      const Checkpoint& checkpoint = env.cold->runtime->checkpoint();
      if (!checkpoint.may_go_on(checkpoint.context)) trap = Trap::Terminated;
    }
    if (trap != Trap::None) {
      // Whoever is outside of this call has to notice as well.
      env.interrupt.fetch_or(bits, std::memory_order_seq_cst);
      env.stack_limit.store(nullptr, std::memory_order_seq_cst);
      return trap;
    }
  }
  if (collects_always() && needed == nullptr) [[unlikely]] {
    static_cast<void>(collect(instance, &env, {}));
    env.interrupt.fetch_or(kInterruptHold, std::memory_order_relaxed);
  }
  if (needed != nullptr && needed > env.stack_end) return Trap::StackOverflow;
  return Trap::None;
}

}  // namespace wembed
