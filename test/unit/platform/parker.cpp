// Sleeping and being woken: tokens, times, descriptors, and what must not be lost.
#include "platform/parker.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "check.h"
#include "platform/clock.h"
#include "sanitized.h"
#include "yardstick.h"

using namespace wembed::platform;

namespace {

constexpr uint64_t kMillisecond = 1'000'000;

uint64_t in(uint64_t milliseconds) { return monotonic_ns() + milliseconds * kMillisecond; }
uint64_t far() {
  static const uint64_t enough = patience(20'000);
  return in(enough);
}

struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() { CHECK_EQ(pipe(ends), 0); }
  ~Pipe() {
    shut(0);
    shut(1);
  }
  void shut(int end) {
    if (ends[end] >= 0) close(ends[end]);
    ends[end] = -1;
  }
  [[nodiscard]] Descriptor reader() const { return {ends[0], true, false}; }
};

template <class Action> std::thread soon(Action action) {
  return std::thread([action] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    action();
  });
}

}  // namespace

TEST_CASE(a_wake_up_before_the_sleep_ends_one_sleep) {
  Parker parker;
  parker.unpark();
  parker.unpark();
  CHECK(parker.park(kNever) == Woken::ByOther);
  CHECK(parker.park(monotonic_ns()) == Woken::ByTime);
  Pipe pipe;
  Descriptor waited = pipe.reader();
  parker.unpark();
  CHECK(parker.park(&waited, 1, kNever) == Woken::ByOther);
  CHECK(parker.park(&waited, 1, monotonic_ns()) == Woken::ByTime);
}

TEST_CASE(a_sleep_ends_when_its_time_has_come_and_not_before) {
  Parker parker;
  Pipe pipe;
  Descriptor waited = pipe.reader();
  for (bool polls : {false, true}) {
    uint64_t deadline = in(12);
    CHECK((polls ? parker.park(&waited, 1, deadline) : parker.park(deadline)) == Woken::ByTime);
    CHECK(monotonic_ns() >= deadline);
    CHECK((polls ? parker.park(&waited, 1, 0) : parker.park(0)) == Woken::ByTime);
  }
}

TEST_CASE(another_thread_ends_a_sleep) {
  Parker parker;
  Pipe pipe;
  for (int i = 0; i < 4; i++) {
    Descriptor waited = pipe.reader();
    std::thread thread = soon([&parker] { parker.unpark(); });
    CHECK((i % 2 == 0 ? parker.park(far()) : parker.park(&waited, 1, far())) == Woken::ByOther);
    CHECK(!waited.can_read);
    thread.join();
  }
}

TEST_CASE(descriptors_say_what_they_can_do) {
  Parker parker;
  Pipe full, empty;
  CHECK_EQ(write(full.ends[1], "x", 1), 1);
  Descriptor waited[] = {empty.reader(), full.reader(), {full.ends[1], false, true}};
  CHECK(parker.park(waited, 3, kNever) == Woken::ByDescriptor);
  CHECK(!waited[0].can_read && waited[1].can_read && waited[2].can_write);
  CHECK(!waited[0].can_write && !waited[1].can_write && !waited[2].can_read);

  std::thread thread = soon([&empty] { CHECK_EQ(write(empty.ends[1], "x", 1), 1); });
  CHECK(parker.park(waited, 1, far()) == Woken::ByDescriptor);
  CHECK(waited[0].can_read && !waited[0].is_hung_up);
  thread.join();

  char byte;
  CHECK_EQ(read(empty.ends[0], &byte, 1), 1);
  empty.shut(1);
  CHECK(parker.park(waited, 1, kNever) == Woken::ByDescriptor);
  CHECK(waited[0].can_read && waited[0].is_hung_up);
}

TEST_CASE(a_closed_descriptor_is_broken_and_too_many_are_refused) {
  Parker parker;
  Pipe pipe;
  Descriptor waited[] = {pipe.reader(), {-1, true, false}, {1'000'000, true, false}};
  CHECK(parker.park(waited, 2, kNever) == Woken::ByDescriptor);
  CHECK(!waited[0].is_broken && waited[1].is_broken && !waited[1].can_read);
  CHECK(parker.park(waited + 2, 1, kNever) == Woken::ByDescriptor);
  CHECK(waited[2].is_broken);
  std::vector<Descriptor> many(kMostDescriptors + 1, pipe.reader());
  CHECK(parker.park(many.data(), many.size(), kNever) == Woken::Unable);
  CHECK(parker.park(many.data(), kMostDescriptors, monotonic_ns()) == Woken::ByTime);
}

// The reading end of the wake-up cannot be had: then the sleep looks again every so often.
TEST_CASE(descriptors_are_waited_for_without_one_to_spare) {
  Pipe pipe;
  rlimit old;
  getrlimit(RLIMIT_NOFILE, &old);
  rlimit none = {static_cast<rlim_t>(pipe.ends[1]) + 1, old.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  std::vector<int> taken;
  for (int copy; (copy = dup(pipe.ends[0])) >= 0;) taken.push_back(copy);
  Parker parker;
  Descriptor waited = pipe.reader();
  CHECK(parker.park(&waited, 1, in(8)) == Woken::ByTime);
  std::thread thread = soon([&parker] { parker.unpark(); });
  CHECK(parker.park(&waited, 1, far()) == Woken::ByOther);
  thread.join();
  thread = soon([&pipe] { CHECK_EQ(write(pipe.ends[1], "x", 1), 1); });
  CHECK(parker.park(&waited, 1, far()) == Woken::ByDescriptor);
  thread.join();
  for (int copy : taken) close(copy);
  setrlimit(RLIMIT_NOFILE, &old);
}

// Two threads hand a token to and fro, by all ways of sleeping, and write what only its holder may.
TEST_CASE(no_wake_up_is_lost) {
  struct Side {
    Parker parker;
    Pipe pipe;
  } sides[2];
  uint64_t shared = 0;
  const int rounds = kThreadSanitizer ? 2000 : 20000;
  auto run = [&](int own) {
    for (int i = 0; i < rounds; i++) {
      Descriptor waited = sides[own].pipe.reader();
      Parker& parker = sides[own].parker;
      Woken woken = (i + own) % 3 == 0 ? parker.park(&waited, 1, far()) : parker.park(far());
      if (woken != Woken::ByOther) {
        CHECK(false);
        return;
      }
      shared++;
      sides[1 - own].parker.unpark();
    }
  };
  sides[0].parker.unpark();
  std::thread other([&] { run(1); });
  run(0);
  other.join();
  CHECK_EQ(shared, 2u * static_cast<uint64_t>(rounds));
}
