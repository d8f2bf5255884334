#include "memory/reservations.h"

#include <algorithm>
#include <mutex>

#include "platform/virtual_memory.h"

namespace wembed {

namespace {

constexpr uint32_t kMostKept = 8;
// What stays accessible: instances of one module tend to have the same, small memory.
constexpr uint64_t kMostAccessible = 1 << 20;
// And the same, few pages that they write to.
constexpr uint64_t kMostStorage = 64 * 1024;

struct Kept {
  std::mutex mutex;
  uint32_t count = 0;
  MemoryRegion items[kMostKept];
};
constinit Kept kept;

}  // namespace

Reservation take_reservation() {
  {
    std::lock_guard<std::mutex> lock(kept.mutex);
    if (kept.count > 0) return {kept.items[--kept.count], 0};
  }
  platform::Reserved space = platform::reserve(kGuardedReservation);
  return {MemoryRegion(space.address, 0), space.error};
}

void give_reservation(MemoryRegion region) {
  uint64_t accessible = std::min(region.accessible(), kMostAccessible);
  if (region.unmap_image() == 0 && region.clean(accessible, kMostStorage) == 0) {
    std::lock_guard<std::mutex> lock(kept.mutex);
    if (kept.count < kMostKept) {
      kept.items[kept.count++] = region;
      return;
    }
  }
  platform::release(region.base(), kGuardedReservation);
}

uint64_t drop_kept_reservations() {
  std::lock_guard<std::mutex> lock(kept.mutex);
  uint64_t bytes = kept.count * kGuardedReservation;
  while (kept.count > 0) platform::release(kept.items[--kept.count].base(), kGuardedReservation);
  return bytes;
}

}  // namespace wembed
