/*
 * How slow the machine is just now, for tests that measure time or do much of something: a busy
 * machine, an emulator or a sanitizer makes 5 ms 100. What a test waits for, allows or repeats is
 * written down as for a quiet machine of today and goes through patience() or affordable().
 * C and C++; POSIX.
 */
#ifndef WEMBED_TEST_YARDSTICK_H
#define WEMBED_TEST_YARDSTICK_H

#include <stdint.h>
#include <time.h>

static inline double yardstick_now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* 1 on a quiet machine; how many times longer the slower of work and waking up takes. */
static inline uint32_t slowness(void) {
  const double quiet_work_ms = 3, quiet_sleep_ms = 1.5;
  double worst = 1;
  for (int part = 0; part < 3; ++part) {
    volatile uint32_t state = 1;
    double begin = yardstick_now_ms();
    for (uint32_t i = 0; i < 2000000; ++i) state = state * 1664525u + i;
    double worked = yardstick_now_ms();
    struct timespec millisecond = {0, 1000000};
    nanosleep(&millisecond, NULL);
    double slept = yardstick_now_ms();
    if ((worked - begin) / quiet_work_ms > worst) worst = (worked - begin) / quiet_work_ms;
    if ((slept - worked) / quiet_sleep_ms > worst) worst = (slept - worked) / quiet_sleep_ms;
  }
  return worst > 200 ? 200 : (uint32_t)(worst + 0.999);
}

/* So much time, in any unit, as here and now corresponds to `quiet` on a quiet machine. */
static inline uint32_t patience(uint32_t quiet) { return quiet * slowness(); }

/* How many of `wanted` repetitions take about as long here; `least` of them in any case. */
static inline uint32_t affordable(uint32_t wanted, uint32_t least) {
  uint32_t count = wanted / slowness();
  return count < least ? least : count;
}

#endif
