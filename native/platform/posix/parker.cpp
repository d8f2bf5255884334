// Sleeping on a word, by the kernel's futex where there is one, else by conditions of pthreads.
#include "platform/parker.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <ctime>

#include "platform/clock.h"

#ifdef __linux__
#include <linux/futex.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#else
#include <pthread.h>
#endif

namespace wembed::platform {

namespace {

constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kMillisecond = 1'000'000;
// How long descriptors are waited for where no descriptor can be had to be woken by.
constexpr uint64_t kSlice = 5 * kMillisecond;

bool has_come(uint64_t time) { return time != kNever && monotonic_ns() >= time; }

timespec to_timespec(uint64_t ns) {
  return {static_cast<time_t>(ns / kSecond), static_cast<long>(ns % kSecond)};
}

#ifdef __linux__

// Until the word is another, somebody wakes it, the time has come, or for no reason.
void sleep_on(std::atomic<uint32_t>& word, uint32_t value, uint64_t deadline) {
  timespec at = to_timespec(deadline);
  // Of the process only; an absolute time of CLOCK_MONOTONIC.
  syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, value, deadline == kNever ? nullptr : &at,
          nullptr, FUTEX_BITSET_MATCH_ANY);
}

void wake(std::atomic<uint32_t>& word) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

bool make_wake_descriptors(int (&ends)[2]) {
  int made = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  ends[0] = ends[1] = made;
  return made >= 0;
}

#else

struct Bed {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
};
Bed beds[16];

Bed& bed_of(const std::atomic<uint32_t>& word) {
  return beds[(reinterpret_cast<uintptr_t>(&word) >> 6) % 16];
}

void sleep_on(std::atomic<uint32_t>& word, uint32_t value, uint64_t deadline) {
  Bed& bed = bed_of(word);
  pthread_mutex_lock(&bed.mutex);
  if (word.load(std::memory_order_relaxed) == value) {
    uint64_t now = monotonic_ns();
    // Conditions go by a clock that may jump, so not for long at a time.
    uint64_t left = deadline > now ? std::min(deadline - now, kSecond) : 0;
    timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    at = to_timespec(static_cast<uint64_t>(at.tv_sec) * kSecond +
                     static_cast<uint64_t>(at.tv_nsec) + left);
    pthread_cond_timedwait(&bed.condition, &bed.mutex, &at);
  }
  pthread_mutex_unlock(&bed.mutex);
}

void wake(std::atomic<uint32_t>& word) {
  Bed& bed = bed_of(word);
  pthread_mutex_lock(&bed.mutex);
  pthread_cond_broadcast(&bed.condition);
  pthread_mutex_unlock(&bed.mutex);
}

bool make_wake_descriptors(int (&ends)[2]) {
  if (pipe(ends) != 0) return false;
  for (int end : ends) {
    fcntl(end, F_SETFD, FD_CLOEXEC);
    fcntl(end, F_SETFL, O_NONBLOCK);
  }
  return true;
}

#endif

pollfd asked_of(const Descriptor& descriptor) {
  int events = (descriptor.wants_read ? POLLIN : 0) | (descriptor.wants_write ? POLLOUT : 0);
  return {descriptor.number, static_cast<short>(events), 0};
}

void tell(Descriptor& descriptor, short found) {
  if (descriptor.number < 0) found = POLLNVAL;
  descriptor.is_hung_up = (found & POLLHUP) != 0;
  descriptor.is_broken = (found & (POLLERR | POLLNVAL)) != 0;
  descriptor.can_read = descriptor.wants_read && ((found & POLLIN) != 0 || descriptor.is_hung_up);
  descriptor.can_write = descriptor.wants_write && (found & POLLOUT) != 0;
}

// Whole milliseconds, and at least the time that is left.
int poll_timeout(uint64_t now, uint64_t deadline, uint64_t most) {
  if (now >= deadline) return 0;
  uint64_t left = deadline - now;
  if (left > most) left = most;
  if (left == kNever) return -1;
  return static_cast<int>(std::min<uint64_t>((left + kMillisecond - 1) / kMillisecond, INT_MAX));
}

}  // namespace

Parker::~Parker() {
  if (wake_descriptors_[0] < 0) return;
  close(wake_descriptors_[0]);
  if (wake_descriptors_[1] != wake_descriptors_[0]) close(wake_descriptors_[1]);
}

Woken Parker::park(uint64_t deadline) {
  for (;;) {
    uint32_t state = kAwake;
    state_.compare_exchange_strong(state, kParked, std::memory_order_acq_rel);
    if (state != kTold && !has_come(deadline)) sleep_on(state_, kParked, deadline);
    if (state_.exchange(kAwake, std::memory_order_acq_rel) == kTold) return Woken::ByOther;
    if (has_come(deadline)) return Woken::ByTime;
  }
}

Woken Parker::park(Descriptor* descriptors, size_t count, uint64_t deadline) {
  if (count == 0) return park(deadline);
  if (count > kMostDescriptors) return Woken::Unable;
  pollfd polled[kMostDescriptors + 1];
  bool is_one_closed = false;
  for (size_t i = 0; i < count; i++) {
    polled[i] = asked_of(descriptors[i]);
    is_one_closed = is_one_closed || descriptors[i].number < 0;
  }
  int ready = poll(polled, static_cast<nfds_t>(count), 0);
  if (is_one_closed) ready = std::max(ready, 1);
  for (bool is_told = false; ready <= 0 && !is_told;) {
    if (ready < 0 && errno != EINTR) return Woken::Unable;
    if (has_come(deadline)) return Woken::ByTime;
    ready = poll_once(polled, count, deadline, is_told);
    if (is_told && ready <= 0) return Woken::ByOther;
    // Told as well: the next sleep is to end at once.
    if (is_told) state_.store(kTold, std::memory_order_relaxed);
  }
  for (size_t i = 0; i < count; i++) tell(descriptors[i], polled[i].revents);
  return Woken::ByDescriptor;
}

int Parker::poll_once(::pollfd* polled, size_t count, uint64_t deadline, bool& is_told) {
  bool can_be_told = wake_descriptors_[0] >= 0 || make_wake_descriptors(wake_descriptors_);
  polled[count] = {wake_descriptors_[0], POLLIN, 0};
  uint32_t state = kAwake;
  int ready = 0;
  int error = 0;
  if (state_.compare_exchange_strong(state, kPolling, std::memory_order_acq_rel)) {
    ready = poll(polled, static_cast<nfds_t>(count + (can_be_told ? 1 : 0)),
                 poll_timeout(monotonic_ns(), deadline, can_be_told ? kNever : kSlice));
    error = errno;
  }
  is_told = state_.exchange(kAwake, std::memory_order_acq_rel) == kTold;
  if (ready > 0 && polled[count].revents != 0) {
    // Possibly of a wake-up that was noticed before it was written.
    uint64_t drained;
    while (read(wake_descriptors_[0], &drained, sizeof drained) > 0) {
    }
    ready--;
  }
  errno = error;
  return ready;
}

void Parker::unpark() {
  uint32_t before = state_.exchange(kTold, std::memory_order_acq_rel);
  if (before == kParked) wake(state_);
  if (before != kPolling || wake_descriptors_[1] < 0) return;
  uint64_t one = 1;
  // A full one is as good.
  [[maybe_unused]] ssize_t written = write(wake_descriptors_[1], &one, sizeof one);
}

}  // namespace wembed::platform
