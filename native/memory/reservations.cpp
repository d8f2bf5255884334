#include "memory/reservations.h"

#include <algorithm>

#include "memory/shelves.h"
#include "platform/virtual_memory.h"

namespace wembed {

namespace {

// What stays accessible: instances of one module tend to have the same, small memory.
constexpr uint64_t kMostAccessible = 1 << 20;
// And the same, few pages that they write to.
constexpr uint64_t kMostStorage = 64 * 1024;

constinit Shelves<MemoryRegion> shelves;

}  // namespace

Reservation take_reservation() {
  MemoryRegion kept;
  if (shelves.take(kept, [](const MemoryRegion&) { return true; })) return {kept, 0};
  platform::Reserved space = platform::reserve(kGuardedReservation);
  return {MemoryRegion(space.address, 0), space.error};
}

void give_reservation(MemoryRegion region) {
  uint64_t accessible = std::min(region.accessible(), kMostAccessible);
  bool is_clean = region.unmap_image() == 0 && region.clean(accessible, kMostStorage) == 0;
  if (is_clean && shelves.put(region)) return;
  platform::release(region.base(), kGuardedReservation);
}

uint64_t drop_kept_reservations() {
  uint64_t bytes = 0;
  MemoryRegion kept;
  while (shelves.take_any(kept)) {
    bytes += kept.trim();
    platform::release(kept.base(), kGuardedReservation);
  }
  return bytes;
}

}  // namespace wembed
