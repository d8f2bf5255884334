#include "memory/reservations.h"

#include <algorithm>
#include <mutex>

#include "base/thread_number.h"
#include "platform/virtual_memory.h"

namespace wembed {

namespace {

// A thread keeps to one shelf as long as that serves: the pages of a reservation are then in the
// caches of the processor that wants them next.
constexpr uint32_t kShelves = 4;
constexpr uint32_t kMostKept = 2;  // on a shelf
// What stays accessible: instances of one module tend to have the same, small memory.
constexpr uint64_t kMostAccessible = 1 << 20;
// And the same, few pages that they write to.
constexpr uint64_t kMostStorage = 64 * 1024;

struct alignas(64) Shelf {
  std::mutex mutex;
  uint32_t count = 0;
  MemoryRegion items[kMostKept];

  bool take(MemoryRegion& region) {
    std::lock_guard<std::mutex> lock(mutex);
    if (count == 0) return false;
    region = items[--count];
    return true;
  }
  bool put(const MemoryRegion& region) {
    std::lock_guard<std::mutex> lock(mutex);
    if (count == kMostKept) return false;
    items[count++] = region;
    return true;
  }
};
constinit Shelf shelves[kShelves];

// True as soon as `serves` is for one of the shelves; the thread's own comes first.
template <class Serves> bool any_shelf(Serves serves) {
  uint32_t own = thread_number();
  for (uint32_t i = 0; i < kShelves; i++) {
    if (serves(shelves[(own + i) % kShelves])) return true;
  }
  return false;
}

}  // namespace

Reservation take_reservation() {
  MemoryRegion kept;
  if (any_shelf([&](Shelf& shelf) { return shelf.take(kept); })) return {kept, 0};
  platform::Reserved space = platform::reserve(kGuardedReservation);
  return {MemoryRegion(space.address, 0), space.error};
}

void give_reservation(MemoryRegion region) {
  uint64_t accessible = std::min(region.accessible(), kMostAccessible);
  bool is_clean = region.unmap_image() == 0 && region.clean(accessible, kMostStorage) == 0;
  if (is_clean && any_shelf([&](Shelf& shelf) { return shelf.put(region); })) return;
  platform::release(region.base(), kGuardedReservation);
}

uint64_t drop_kept_reservations() {
  uint64_t bytes = 0;
  MemoryRegion kept;
  while (any_shelf([&](Shelf& shelf) { return shelf.take(kept); })) {
    bytes += kept.trim();
    platform::release(kept.base(), kGuardedReservation);
  }
  return bytes;
}

}  // namespace wembed
