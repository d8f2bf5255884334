#include "memory/reservations.h"

#include <mutex>

#include "platform/virtual_memory.h"

namespace wembed {

namespace {

constexpr uint32_t kMostKept = 8;
// What stays accessible: instances of one module tend to have the same, small memory.
constexpr uint64_t kMostAccessible = 1 << 20;

struct Kept {
  std::mutex mutex;
  uint32_t count = 0;
  Reservation items[kMostKept];
};
constinit Kept kept;

}  // namespace

Reservation take_reservation() {
  {
    std::lock_guard<std::mutex> lock(kept.mutex);
    if (kept.count > 0) return kept.items[--kept.count];
  }
  platform::Reserved space = platform::reserve(kGuardedReservation);
  return {space.address, 0, space.error};
}

void give_reservation(uint8_t* base, uint64_t accessible) {
  bool clean = true;
  if (accessible > kMostAccessible) {
    clean = platform::decommit(base + kMostAccessible, accessible - kMostAccessible) == 0;
    accessible = kMostAccessible;
  }
  if (clean && platform::discard(base, accessible) == 0) {
    std::lock_guard<std::mutex> lock(kept.mutex);
    if (kept.count < kMostKept) {
      kept.items[kept.count++] = {base, accessible, 0};
      return;
    }
  }
  platform::release(base, kGuardedReservation);
}

uint64_t drop_kept_reservations() {
  std::lock_guard<std::mutex> lock(kept.mutex);
  uint64_t bytes = kept.count * kGuardedReservation;
  while (kept.count > 0) platform::release(kept.items[--kept.count].base, kGuardedReservation);
  return bytes;
}

}  // namespace wembed
