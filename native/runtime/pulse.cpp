#include "runtime/pulse.h"

#include <algorithm>
#include <mutex>

#include "platform/clock.h"
#include "runtime/exec_env_cold.h"
#include "runtime/interrupt.h"
#include "runtime/runtime.h"

namespace wembed {

namespace {

constexpr uint64_t kMillisecond = 1'000'000;

bool has_checkpoint(const Runtime& runtime) { return runtime.checkpoint().may_go_on != nullptr; }

void set_checkpoint(ExecEnv::Cold& cold, uint64_t now) {
  cold.checkpoint_at.store(now + cold.runtime->checkpoint().period_ms * kMillisecond,
                           std::memory_order_relaxed);
}

void arm(ExecEnv& env, uint64_t now) {
  ExecEnv::Cold& cold = *env.cold;
  uint64_t at = UINT64_MAX;
  if (has_checkpoint(*cold.runtime)) at = cold.checkpoint_at.load(std::memory_order_relaxed);
  if (cold.runtime->is_sampled()) {
    at = std::min(at, now + cold.sample_ms.load(std::memory_order_relaxed) * kMillisecond);
  }
  // Without a thread for it nobody can be asked.
  static_cast<void>(platform::arm_timer(cold.pulse, at));
}

// Nothing was learned.
void slow_down(ExecEnv::Cold& cold) {
  const uint32_t next = cold.sample_ms.load(std::memory_order_relaxed) * 2;
  cold.sample_ms.store(std::min(next, kSlowestSampleMs), std::memory_order_relaxed);
}

// What the host does is not the engine's business, and sleepers are left alone.
bool is_in_guest(const ExecEnv& env) {
  return env.host_function.load(std::memory_order_relaxed) == nullptr &&
         !env.cold->is_away.load(std::memory_order_relaxed);
}

// A time for the checkpoint that has come is over, also when nobody is there to be asked: the next
// beat is a whole period away.
void beat(ExecEnv& env, bool runs, uint64_t now) {
  ExecEnv::Cold& cold = *env.cold;
  if (has_checkpoint(*cold.runtime) && now >= cold.checkpoint_at.load(std::memory_order_relaxed)) {
    set_checkpoint(cold, now);
    if (runs) post_interrupt(env, kInterruptCheckpoint);
  }
  if (!cold.runtime->is_sampled()) return;
  if (!runs) return slow_down(cold);
  if (is_in_guest(env)) ask_running(env, kInterruptSample);
}

// Whether it goes on. Entries look whether they have to start it after they have counted themselves
// in, without a fence. So it goes on for another period after it said so: by then whoever has not
// seen that is counted.
bool goes_on(ExecEnv::Cold& cold, bool runs) {
  const bool is_slow = !cold.runtime->is_sampled() ||
                       cold.sample_ms.load(std::memory_order_relaxed) == kSlowestSampleMs;
  const bool is_idle = !runs && is_slow;
  std::lock_guard lock(cold.mutex);
  if (is_idle && cold.is_pulse_idle) return false;
  cold.is_pulse_idle = is_idle;
  cold.needs_pulse.store(is_idle, std::memory_order_seq_cst);
  return true;
}

void on_pulse(void* context) {
  ExecEnv& env = *static_cast<ExecEnv*>(context);
  const bool runs = env.depth.load(std::memory_order_seq_cst) > 0;
  if (!goes_on(*env.cold, runs)) return;
  const uint64_t now = platform::monotonic_ns();
  beat(env, runs, now);
  arm(env, now);
}

}  // namespace

void init_pulse(ExecEnv& env) {
  const Runtime& runtime = *env.cold->runtime;
  const bool is_wanted = runtime.deadlines() && (has_checkpoint(runtime) || runtime.is_sampled());
  env.cold->needs_pulse.store(is_wanted, std::memory_order_relaxed);
}

void begin_pulse(ExecEnv& env) {
  ExecEnv::Cold& cold = *env.cold;
  std::lock_guard lock(cold.mutex);
  cold.needs_pulse.store(false, std::memory_order_relaxed);
  cold.is_pulse_idle = false;
  const uint64_t now = platform::monotonic_ns();
  // Once: the timer's thread reads them without a lock while it runs the last one.
  if (cold.pulse.callback == nullptr) {
    cold.pulse.callback = &on_pulse;
    cold.pulse.context = &env;
  }
  set_checkpoint(cold, now);
  arm(env, now);
}

void sample_function(ExecEnv& env, Code& code, const void* place) {
  ExecEnv::Cold& cold = *env.cold;
  const uint32_t passed = cold.sample_ms.load(std::memory_order_relaxed);
  if (cold.runtime->engine().sample(env, code, place, passed)) {
    cold.sample_ms.store(1, std::memory_order_relaxed);
  } else {
    slow_down(cold);
  }
}

}  // namespace wembed
