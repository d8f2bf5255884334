// Stopping running code from outside: terminate, stop objects, deadlines.
//
// Whoever wants a stop states the reason first (a flag, a time), then sets a bit and takes the
// stack limit away; running code notices at its next loop header or call and asks op_interrupted()
// whether the reason concerns it. If not, the request is withdrawn and code runs on.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "base/allocator.h"
#include "base/trap.h"
#include "runtime/exec_env.h"

namespace wembed {

class Runtime;
struct StopWatch;

// Makes running calls of the instance trap with that code, and sets its exception. Any thread.
void terminate(Instance& instance, Trap why = Trap::Terminated);

// A request to stop that can be made from any thread; calls run "under" it.
class Stop {
 public:
  static Stop* create(Runtime& runtime);
  // What runs under it goes on without; the object goes with the last of that.
  void destroy();

  void request();
  void clear() { requested_.store(false, std::memory_order_relaxed); }
  [[nodiscard]] bool requested() const { return requested_.load(std::memory_order_acquire); }

  void watch(StopWatch& watch, ExecEnv& env);
  void unwatch(StopWatch& watch);

 private:
  explicit Stop(Runtime& runtime) : runtime_(runtime) {}
  ~Stop() = default;
  void free();
  friend struct ::wembed::Allocator;
  Runtime& runtime_;
  std::atomic<bool> requested_{false};
  std::mutex mutex_;  // of what follows
  StopWatch* watches_ = nullptr;
  bool is_given_up_ = false;
};

// Asks the code on `env`, and on whatever runs inside it, to look. Whoever calls it sees to it that
// `env` stays meanwhile.
void post_interrupt(ExecEnv& env, Interrupt reason);

// The same of the code on `env` alone, and whatever sleeps is left asleep: for what stops nobody.
void ask_running(ExecEnv& env, Interrupt reason);

// What runs on `env` is over its deadline from now on.
void expire(ExecEnv& env);

// Sets or lifts (0) the deadline of what runs on `env`. False: there is no timer.
[[nodiscard]] bool set_deadline(ExecEnv& env, uint64_t deadline_ns);

}  // namespace wembed
