// Deadlines: order, cancelling, races between firing and disarming, forks.
#include "platform/timer.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "check.h"
#include "platform/clock.h"
#include "platform/timer_queue.h"
#include "sanitized.h"
#include "yardstick.h"

using namespace wembed::platform;

namespace {

constexpr uint64_t kMillisecond = 1'000'000;

struct Counter {
  Counter() {
    timer.callback = [](void* self) { static_cast<Counter*>(self)->fire(); };
    timer.context = this;
  }
  void fire() {
    fired_at = monotonic_ns();
    fired++;
  }
  // False when it takes absurdly long.
  bool wait_for(int count) {
    for (int i = 0; i < 10000 && fired < count; i++) usleep(1000);
    return fired >= count;
  }
  std::atomic<int> fired{0};
  std::atomic<uint64_t> fired_at{0};
  Timer timer;
};

}  // namespace

TEST_CASE(queue_gives_timers_in_order) {
  std::mt19937 random(7);
  std::vector<Timer> timers(500);
  for (int round = 0; round < 20; round++) {
    TimerQueue queue;
    std::vector<Timer*> in;
    for (Timer& timer : timers) {
      timer.deadline = random() % 1000;
      queue.add(timer);
      in.push_back(&timer);
      if (random() % 3 == 0) {
        size_t pick = random() % in.size();
        queue.remove(*in[pick]);
        in[pick] = in.back();
        in.pop_back();
      }
    }
    uint64_t last = 0;
    size_t count = 0;
    while (Timer* first = queue.first()) {
      CHECK(first->deadline >= last);
      last = first->deadline;
      queue.remove(*first);
      count++;
    }
    CHECK_EQ(count, in.size());
  }
}

TEST_CASE(a_timer_fires_once_after_its_time) {
  retain_timers();
  Counter counter;
  uint64_t start = monotonic_ns();
  CHECK_EQ(arm_timer(counter.timer, start + 20 * kMillisecond), 0);
  CHECK(counter.wait_for(1));
  CHECK(counter.fired_at >= start + 20 * kMillisecond);
  usleep(5000);
  CHECK_EQ(counter.fired.load(), 1);
  CHECK_EQ(arm_timer(counter.timer, 0), 0);  // long over
  CHECK(counter.wait_for(2));
  disarm_timer(counter.timer);
  release_timers();
}

TEST_CASE(an_earlier_timer_is_not_held_up_by_a_later_one) {
  retain_timers();
  Counter late;
  Counter early;
  uint64_t start = monotonic_ns();
  CHECK_EQ(arm_timer(late.timer, start + 3600'000 * kMillisecond), 0);
  usleep(5000);
  CHECK_EQ(arm_timer(early.timer, monotonic_ns() + 5 * kMillisecond), 0);
  CHECK(early.wait_for(1));
  CHECK(early.fired_at < start + patience(5000) * kMillisecond);
  CHECK_EQ(arm_timer(late.timer, monotonic_ns() + kMillisecond), 0);  // moves
  CHECK(late.wait_for(1));
  release_timers();
}

TEST_CASE(a_disarmed_timer_does_not_fire) {
  retain_timers();
  for (int i = 0; i < 200; i++) {
    Counter counter;
    CHECK_EQ(arm_timer(counter.timer, monotonic_ns() + 10 * kMillisecond), 0);
    disarm_timer(counter.timer);
    disarm_timer(counter.timer);
    CHECK_EQ(counter.fired.load(), 0);
  }
  usleep(30000);
  release_timers();
}

TEST_CASE(disarming_waits_for_the_callback) {
  retain_timers();
  struct Slow {
    std::atomic<bool> entered{false};
    std::atomic<bool> left{false};
    Timer timer;
  } slow;
  slow.timer.context = &slow;
  slow.timer.callback = [](void* self) {
    Slow& own = *static_cast<Slow*>(self);
    own.entered = true;
    usleep(30000);
    own.left = true;
  };
  CHECK_EQ(arm_timer(slow.timer, 0), 0);
  while (!slow.entered) usleep(100);
  disarm_timer(slow.timer);
  CHECK(slow.left.load());
  release_timers();
}

TEST_CASE(a_callback_may_arm_and_disarm) {
  retain_timers();
  struct Chain {
    int left = 20;
    std::atomic<bool> done{false};
    Timer timer;
    Timer other;
  };
  // On the heap, so that touching a timer after its callback disarmed it shows.
  Chain* chain = new Chain;
  chain->timer.context = chain->other.context = chain;
  chain->other.callback = [](void*) { std::abort(); };
  static std::atomic<bool> gone{false};
  chain->timer.callback = [](void* self) {
    Chain* own = static_cast<Chain*>(self);
    if (arm_timer(own->other, monotonic_ns() + 3600'000 * kMillisecond) != 0) std::abort();
    disarm_timer(own->other);
    if (--own->left > 0) {
      if (arm_timer(own->timer, monotonic_ns() + kMillisecond / 10) != 0) std::abort();
      return;
    }
    disarm_timer(own->timer);
    delete own;
    gone = true;
  };
  CHECK_EQ(arm_timer(chain->timer, 0), 0);
  while (!gone) usleep(100);

  // Disarming wins over a callback that arms its own timer for ever.
  struct Forever {
    std::atomic<int> count{0};
    Timer timer;
  } forever;
  forever.timer.context = &forever;
  forever.timer.callback = [](void* self) {
    Forever& own = *static_cast<Forever*>(self);
    own.count++;
    if (arm_timer(own.timer, 0) != 0) std::abort();
  };
  for (int i = 0; i < 100; i++) {
    int before = forever.count;
    CHECK_EQ(arm_timer(forever.timer, 0), 0);
    while (forever.count < before + 3) usleep(10);
    disarm_timer(forever.timer);
    int stopped = forever.count;
    usleep(50);
    CHECK_EQ(forever.count.load(), stopped);
  }
  release_timers();
}

TEST_CASE(threads_arm_and_disarm_at_the_moment_of_firing) {
  retain_timers();
  std::vector<std::thread> threads;
  std::atomic<int> fired{0};
  for (int t = 0; t < 4; t++) {
    threads.emplace_back([&fired, t] {
      std::mt19937 random(static_cast<uint32_t>(t));
      for (int i = 0; i < 2000; i++) {
        Counter counter;  // its memory is reused at once
        uint64_t delay = random() % 60'000;
        if (arm_timer(counter.timer, monotonic_ns() + delay) != 0) std::abort();
        uint64_t until = monotonic_ns() + random() % 60'000;
        while (monotonic_ns() < until) {
        }
        disarm_timer(counter.timer);
        int seen = counter.fired;
        if (seen > 1) std::abort();
        fired += seen;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(fired > 0);
  CHECK(fired < 8000);
  release_timers();
}

TEST_CASE(the_thread_comes_and_goes_with_its_users) {
  for (int i = 0; i < 50; i++) {
    retain_timers();
    retain_timers();
    Counter counter;
    CHECK_EQ(arm_timer(counter.timer, 0), 0);
    CHECK(counter.wait_for(1));
    disarm_timer(counter.timer);
    release_timers();
    release_timers();
  }
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; t++) {
    threads.emplace_back([] {
      for (int i = 0; i < 300; i++) {
        retain_timers();
        Counter counter;
        if (arm_timer(counter.timer, 0) != 0 || !counter.wait_for(1)) std::abort();
        disarm_timer(counter.timer);
        release_timers();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_CASE(a_forked_child_has_timers_too) {
  if (kThreadSanitizer) return;  // no threads in a forked child there
  retain_timers();
  Counter counter;
  CHECK_EQ(arm_timer(counter.timer, 0), 0);
  CHECK(counter.wait_for(1));
  for (int i = 0; i < 20; i++) {
    Counter busy;
    CHECK_EQ(arm_timer(busy.timer, monotonic_ns() + 3600'000 * kMillisecond), 0);
    pid_t pid = fork();
    if (pid == 0) {
      alarm(patience(20));
      Counter own;
      if (arm_timer(own.timer, monotonic_ns() + kMillisecond) != 0) _exit(1);
      if (!own.wait_for(1)) _exit(2);
      disarm_timer(busy.timer);
      release_timers();
      _exit(7);
    }
    int status = 0;
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 7);
    disarm_timer(busy.timer);
  }
  release_timers();
}

TEST_CASE(a_process_may_end_with_timers_armed) {
  if (kThreadSanitizer) return;  // no threads in a forked child there
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    alarm(patience(20));
    retain_timers();
    static Counter endless;
    endless.timer.callback = [](void* self) {
      if (arm_timer(static_cast<Counter*>(self)->timer, 0) != 0) std::abort();
    };
    if (arm_timer(endless.timer, 0) != 0) _exit(1);
    usleep(2000);
    exit(9);
  }
  int status = 0;
  CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 9);
}
