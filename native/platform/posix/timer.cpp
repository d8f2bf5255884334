#include "platform/timer.h"

#include <limits.h>
#include <pthread.h>

#include <cerrno>
#include <ctime>

#include "platform/clock.h"
#include "platform/posix/quiet_thread.h"
#include "platform/timer_queue.h"

namespace wembed::platform {

namespace {

constexpr size_t kThreadStack = 128 * 1024;
constexpr uint64_t kNever = UINT64_MAX;

// Plain and never destroyed: the thread may still run while the process exits.
struct Service {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t wake = PTHREAD_COND_INITIALIZER;      // the thread has a reason to look
  pthread_cond_t finished = PTHREAD_COND_INITIALIZER;  // a callback or the thread has ended
  TimerQueue queue;
  Timer* running = nullptr;   // its callback is being called
  uint64_t sleeps_until = 0;  // the thread looks at the queue at this time by itself
  uint32_t users = 0;
  bool started = false;
  bool stop = false;
  bool fork_prepared = false;
  pthread_t thread = {};
};
constinit Service service;

struct Locked {
  Locked() { pthread_mutex_lock(&service.mutex); }
  ~Locked() { pthread_mutex_unlock(&service.mutex); }
};

void init_wake() {
#ifndef __APPLE__
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&service.wake, &attributes);
  pthread_condattr_destroy(&attributes);
#endif
}

// A callback may hold locks, which nobody would release in the child.
void before_fork() {
  pthread_mutex_lock(&service.mutex);
  const bool is_own = service.started && pthread_equal(service.thread, pthread_self());
  while (service.running != nullptr && !is_own) {
    pthread_cond_wait(&service.finished, &service.mutex);
  }
}

// The child has no timer thread. Timers stay queued and are served once the thread runs again.
void after_fork_in_child() {
  service.mutex = PTHREAD_MUTEX_INITIALIZER;
  service.finished = PTHREAD_COND_INITIALIZER;
  service.started = false;
  service.stop = false;
  if (service.running != nullptr) {
    service.running->state.store(Timer::State::Idle, std::memory_order_release);
    service.running = nullptr;
  }
}

void sleep_until(uint64_t deadline) {
  service.sleeps_until = deadline;
  if (deadline == kNever) {
    pthread_cond_wait(&service.wake, &service.mutex);
  } else {
#ifdef __APPLE__
    uint64_t now = monotonic_ns();
    uint64_t left = deadline > now ? deadline - now : 0;
    timespec span = {static_cast<time_t>(left / 1'000'000'000u),
                     static_cast<long>(left % 1'000'000'000u)};
    pthread_cond_timedwait_relative_np(&service.wake, &service.mutex, &span);
#else
    timespec at = {static_cast<time_t>(deadline / 1'000'000'000u),
                   static_cast<long>(deadline % 1'000'000'000u)};
    pthread_cond_timedwait(&service.wake, &service.mutex, &at);
#endif
  }
  service.sleeps_until = 0;
}

void* serve(void*) {
  Locked lock;
  while (!service.stop) {
    Timer* timer = service.queue.first();
    if (timer == nullptr || timer->deadline > monotonic_ns()) {
      sleep_until(timer == nullptr ? kNever : timer->deadline);
      continue;
    }
    service.queue.remove(*timer);
    service.running = timer;
    timer->state.store(Timer::State::Running, std::memory_order_relaxed);
    pthread_mutex_unlock(&service.mutex);
    timer->callback(timer->context);
    pthread_mutex_lock(&service.mutex);
    // Null when the callback disarmed its own timer: its object may be gone already.
    if (service.running == timer) {
      service.running = nullptr;
      // A callback that armed its timer again left it Waiting.
      if (timer->state.load(std::memory_order_relaxed) == Timer::State::Running) {
        timer->state.store(Timer::State::Idle, std::memory_order_release);
      }
    }
    pthread_cond_broadcast(&service.finished);
  }
  return nullptr;
}

// Under the lock.
int start_thread() {
  if (!service.fork_prepared) {
    int error = pthread_atfork(
        before_fork, [] { pthread_mutex_unlock(&service.mutex); }, after_fork_in_child);
    if (error != 0) return error;
    service.fork_prepared = true;
  }
  init_wake();
  int error = start_quiet_thread(service.thread, serve, kThreadStack);
  service.started = error == 0;
  service.sleeps_until = 0;
  return error;
}

int start_locked() {
  while (service.stop) pthread_cond_wait(&service.finished, &service.mutex);
  return service.started ? 0 : start_thread();
}

}  // namespace

void retain_timers() {
  Locked lock;
  service.users++;
}

void release_timers() {
  Locked lock;
  if (--service.users > 0 || !service.started || service.stop) return;
  service.stop = true;
  pthread_t thread = service.thread;
  pthread_cond_signal(&service.wake);
  pthread_mutex_unlock(&service.mutex);
  pthread_join(thread, nullptr);
  pthread_mutex_lock(&service.mutex);
  service.stop = false;
  service.started = false;
  pthread_cond_broadcast(&service.finished);
}

int start_timers() {
  Locked lock;
  return start_locked();
}

int arm_timer(Timer& timer, uint64_t deadline_ns) {
  Locked lock;
  int error = start_locked();
  if (error != 0) return error;
  if (timer.state.load(std::memory_order_relaxed) == Timer::State::Waiting) {
    service.queue.remove(timer);
  }
  timer.deadline = deadline_ns;
  timer.state.store(Timer::State::Waiting, std::memory_order_relaxed);
  service.queue.add(timer);
  // The thread wakes by itself for anything that comes after what it sleeps for already.
  if (deadline_ns < service.sleeps_until) pthread_cond_signal(&service.wake);
  return 0;
}

void disarm_timer(Timer& timer) {
  if (timer.state.load(std::memory_order_acquire) == Timer::State::Idle) return;
  Locked lock;
  for (;;) {
    bool running = service.running == &timer;
    if (timer.state.load(std::memory_order_relaxed) == Timer::State::Waiting) {
      service.queue.remove(timer);
      timer.state.store(running ? Timer::State::Running : Timer::State::Idle,
                        std::memory_order_relaxed);
    }
    if (!running) return;
    if (service.started && pthread_equal(service.thread, pthread_self())) {
      service.running = nullptr;
      timer.state.store(Timer::State::Idle, std::memory_order_relaxed);
      return;
    }
    // Looks again afterwards, since the callback may have armed its timer.
    pthread_cond_wait(&service.finished, &service.mutex);
  }
}

}  // namespace wembed::platform
