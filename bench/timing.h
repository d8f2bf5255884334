// The clock of the timed parts.
#pragma once

#include <ctime>

// Called where a timed part begins and where it ends: a profiler can be told to write down what it
// counted each time the program comes by (against/instructions.ts).
extern "C" void bench_mark();

namespace bench {

// Processor time of this thread, in nanoseconds: other programs on the machine do not count.
inline double now() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

// Nanoseconds that the work takes; negative: it failed.
template <class Work> double time_of(const Work& work) {
  bench_mark();
  double start = now();
  bool right = work();
  double time = now() - start;
  bench_mark();
  return right ? time : -1;
}

}  // namespace bench
