#include "platform/virtual_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "base/sanitizers.h"
#include "platform/clock.h"
#include "platform/system_info.h"

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

namespace wembed::platform {

namespace {

constinit std::atomic<ReserveFilter> reserve_filter{nullptr};
constinit std::atomic<int> careful{-1};  // not known yet

enum Cost : int { kNotTried, kCheap, kDear };
constinit std::atomic<int> cheap{kNotTried};

int flags_of(Access access) {
  if (access == Access::None) return PROT_NONE;
  if (access == Access::ReadExecute) return PROT_READ | PROT_EXEC;
  return access == Access::Read ? PROT_READ : PROT_READ | PROT_WRITE;
}

}  // namespace

namespace {

// The quickest of a few reservations, in nanoseconds; UINT64_MAX: refused.
uint64_t reservation_time(size_t bytes) {
  constexpr int kTries = 3;
  uint64_t least = UINT64_MAX;
  for (int i = 0; i < kTries; i++) {
    uint64_t start = monotonic_ns();
    Reserved space = reserve(bytes);
    uint64_t end = monotonic_ns();
    if (space.error != 0) return UINT64_MAX;
    release(space.address, bytes);
    least = std::min(least, end - start);
  }
  return least;
}

}  // namespace

void set_reserve_filter(ReserveFilter filter) {
  reserve_filter.store(filter);
  cheap.store(kNotTried, std::memory_order_relaxed);
}

bool reservations_are_cheap() {
#ifdef WEMBED_SMALL
  return false;  // there is no code that could make use of them
#endif
  constexpr size_t kTried = size_t{64} << 20;
  constexpr uint64_t kMostNs = 100'000;
  constexpr uint64_t kMostTimes = 5;
  int known = cheap.load(std::memory_order_relaxed);
  if (known != kNotTried) return known == kCheap;
  uint64_t large = reservation_time(kTried);
  // One that is refused says nothing about time, and whoever wants more will be refused too.
  bool is_cheap =
      large < kMostNs || large == UINT64_MAX || large / kMostTimes < reservation_time(page_size());
  cheap.store(is_cheap ? kCheap : kDear, std::memory_order_relaxed);
  return is_cheap;
}

size_t page_size() {
  static const size_t size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

Reserved reserve(size_t bytes) {
  if (bytes == 0) return {nullptr, EINVAL};
  if (ReserveFilter filter = reserve_filter.load(std::memory_order_relaxed); filter != nullptr) {
    if (int error = filter(bytes); error != 0) return {nullptr, error};
  }
  void* address =
      mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (address == MAP_FAILED) return {nullptr, errno};
  return {static_cast<uint8_t*>(address), 0};
}

Reserved map_zeros(size_t bytes) {
  if (bytes == 0) return {nullptr, EINVAL};
  if (ReserveFilter filter = reserve_filter.load(std::memory_order_relaxed); filter != nullptr) {
    if (int error = filter(bytes); error != 0) return {nullptr, error};
  }
  void* address = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (address == MAP_FAILED) return {nullptr, errno};
  avoid_large_pages(address, bytes);
  return {static_cast<uint8_t*>(address), 0};
}

Reserved resize_zeros([[maybe_unused]] void* address, [[maybe_unused]] size_t old_bytes,
                      [[maybe_unused]] size_t bytes) {
  // ThreadSanitizer does not see it, and takes what moves to where another thread's memory was for
  // a race.
#if defined(__linux__) && !WEMBED_THREAD_SANITIZER
  void* moved = mremap(address, old_bytes, bytes, MREMAP_MAYMOVE);
  if (moved == MAP_FAILED) return {nullptr, errno};
  return {static_cast<uint8_t*>(moved), 0};
#else
  return {nullptr, ENOSYS};
#endif
}

void release(void* address, size_t bytes) {
  if (address == nullptr || munmap(address, bytes) == 0) return;
  (void)discard(address, bytes);
}

int commit(void* address, size_t bytes) { return protect(address, bytes, Access::ReadWrite); }

int decommit(void* address, size_t bytes) {
  if (bytes == 0) return 0;
#ifdef __linux__
  // Two steps that cannot leave a hole in the reservation, whatever fails.
  if (mprotect(address, bytes, PROT_NONE) != 0) return errno;
  return madvise(address, bytes, MADV_DONTNEED) == 0 ? 0 : errno;
#else
  return renew(address, bytes, Access::None);
#endif
}

int discard(void* address, size_t bytes) {
  if (bytes == 0) return 0;
#ifdef __linux__
  return madvise(address, bytes, MADV_DONTNEED) == 0 ? 0 : errno;
#else
  return renew(address, bytes, Access::ReadWrite);
#endif
}

int protect(void* address, size_t bytes, Access access) {
  if (bytes == 0) return 0;
  return mprotect(address, bytes, flags_of(access)) == 0 ? 0 : errno;
}

bool is_careful() {
  int known = careful.load(std::memory_order_relaxed);
  if (known < 0) {
    known = read_system_info().overcommit == Overcommit::Never ? 1 : 0;
    careful.store(known, std::memory_order_relaxed);
  }
  return known != 0;
}

void be_careful(bool is_wanted) { careful.store(is_wanted ? 1 : 0); }

int renew(void* address, size_t bytes, Access access) {
  if (bytes == 0) return 0;
  Access first = access != Access::None && is_careful() ? Access::None : access;
  void* fresh = mmap(address, bytes, flags_of(first),
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  if (fresh == MAP_FAILED) return errno;
  return first == access ? 0 : protect(address, bytes, access);
}

void avoid_large_pages([[maybe_unused]] void* address, [[maybe_unused]] size_t bytes) {
#ifdef MADV_NOHUGEPAGE
  (void)madvise(address, bytes, MADV_NOHUGEPAGE);
#endif
}

}  // namespace wembed::platform
