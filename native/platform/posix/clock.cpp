#include "platform/clock.h"

#include <ctime>

namespace wembed::platform {

uint64_t monotonic_ns() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(now.tv_nsec);
}

uint64_t clock_tick() {
  timespec now;
#ifdef CLOCK_MONOTONIC_COARSE
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
#else
  clock_gettime(CLOCK_MONOTONIC, &now);
#endif
  uint64_t ns =
      static_cast<uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(now.tv_nsec);
  return ns / kTickNs;
}

namespace {

clockid_t number_of(SystemClock clock) {
  static constexpr clockid_t kNumbers[] = {CLOCK_REALTIME, CLOCK_MONOTONIC,
                                           CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID};
  return kNumbers[static_cast<int>(clock)];
}

uint64_t to_ns(const timespec& time) {
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(time.tv_nsec);
}

}  // namespace

bool read_clock(SystemClock clock, uint64_t& ns) {
  timespec now;
  if (clock_gettime(number_of(clock), &now) != 0) return false;
  ns = to_ns(now);
  return true;
}

bool clock_resolution(SystemClock clock, uint64_t& ns) {
  timespec step;
  if (clock_getres(number_of(clock), &step) != 0) return false;
  ns = to_ns(step) == 0 ? 1 : to_ns(step);
  return true;
}

}  // namespace wembed::platform
