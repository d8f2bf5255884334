// bh_platform.h: clocks, and the C library's allocator.
#include <cerrno>
#include <cstdlib>
#include <ctime>

#include "bh_platform.h"
#include "capi/handles.h"
#include "platform/clock.h"

namespace {

constexpr uint64_t kNanosecondsPerMicrosecond = 1000;
constexpr uint32_t kMicrosecondsPerSecond = 1'000'000;

}  // namespace

WEMBED_API uint64 os_time_get_boot_us() {
  return wembed::platform::monotonic_ns() / kNanosecondsPerMicrosecond;
}

WEMBED_API uint64 os_time_thread_cputime_us() {
  timespec now = {};
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) != 0) return 0;
  return static_cast<uint64>(now.tv_sec) * kMicrosecondsPerSecond +
         static_cast<uint64>(now.tv_nsec) / kNanosecondsPerMicrosecond;
}

WEMBED_API int os_usleep(uint32 usec) {
  timespec left = {};
  left.tv_sec = usec / kMicrosecondsPerSecond;
  left.tv_nsec = static_cast<long>(usec % kMicrosecondsPerSecond * kNanosecondsPerMicrosecond);
  while (nanosleep(&left, &left) != 0) {
    if (errno != EINTR) return BHT_ERROR;
  }
  return BHT_OK;
}

WEMBED_API void* os_malloc(unsigned size) { return std::malloc(size); }
WEMBED_API void* os_realloc(void* ptr, unsigned size) { return std::realloc(ptr, size); }
WEMBED_API void os_free(void* ptr) { std::free(ptr); }
