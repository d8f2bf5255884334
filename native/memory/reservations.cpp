#include "memory/reservations.h"

#include <algorithm>
#include <cerrno>

#include "memory/shelves.h"
#include "platform/fault.h"
#include "platform/virtual_memory.h"

namespace wembed {

namespace {

// What stays accessible: instances of one module tend to have the same, small memory.
constexpr uint64_t kMostAccessible = 1 << 20;
// And the same, few pages that they write to.
constexpr uint64_t kMostStorage = 64 * 1024;

constinit Shelves<Reservation> shelves;

void drop(const Reservation& reservation) {
  platform::unregister_guest_range(reservation.range);
  platform::release(reservation.region.base(), kGuardedReservation);
}

}  // namespace

Reservation take_reservation() {
  Reservation kept;
  if (shelves.take(kept, [](const Reservation&) { return true; })) return kept;
  platform::Reserved space = platform::reserve(kGuardedReservation);
  Reservation fresh = {MemoryRegion(space.address, 0), platform::RangeTable::kNone, space.error};
  if (fresh.error != 0) return fresh;
  fresh.range = platform::register_guest_range(space.address, kGuardedReservation);
  if (fresh.range != platform::RangeTable::kNone) return fresh;
  drop(fresh);
  fresh.error = ENOMEM;
  return fresh;
}

void give_reservation(Reservation reservation) {
  MemoryRegion& region = reservation.region;
  uint64_t accessible = std::min(region.accessible(), kMostAccessible);
  bool is_clean = region.unmap_image() == 0 && region.clean(accessible, kMostStorage) == 0;
  if (!is_clean || !shelves.put(reservation)) drop(reservation);
}

uint64_t drop_kept_reservations() {
  uint64_t bytes = 0;
  Reservation kept;
  while (shelves.take_any(kept)) {
    bytes += kept.region.trim();
    drop(kept);
  }
  return bytes;
}

}  // namespace wembed
