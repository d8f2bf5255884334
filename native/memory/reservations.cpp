#include "memory/reservations.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <mutex>

#include "base/system_allocator.h"
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

// Reservations are made in rows, with space in front of the first one alone; where so much cannot
// be had, one by one.
constexpr uint32_t kMostPlaces = 16;
static_assert(kReach32 / 2 >= kSpaceBefore);

struct RowOfPlaces {
  uint8_t* space;
  uint32_t places;
  uint32_t free;  // a bit for each
  RowOfPlaces* next;

  [[nodiscard]] uint64_t bytes() const { return kSpaceBefore + places * kGuardedReservation; }
  [[nodiscard]] uint8_t* place(uint32_t k) const {
    return space + kSpaceBefore + k * kGuardedReservation;
  }
  [[nodiscard]] uint32_t all() const { return (uint32_t{1} << places) - 1; }
};

// Address space is used up after some thousand rows at the most, so they may be searched.
constinit std::mutex rows_mutex;
constinit RowOfPlaces* rows = nullptr;

RowOfPlaces* make_row(int& error) {
  Allocator allocator = system_allocator();
  auto* row = allocator.create<RowOfPlaces>();
  error = ENOMEM;
  if (row == nullptr) return nullptr;
  for (uint32_t places : {kMostPlaces, uint32_t{1}}) {
    row->places = places;
    const platform::Reserved space = platform::reserve(row->bytes());
    error = space.error;
    if (error != 0) continue;
    row->space = space.address;
    row->free = row->all();
    row->next = rows;
    return rows = row;
  }
  allocator.destroy(row);
  return nullptr;
}

// Inaccessible, without storage. Null: `error` says why.
uint8_t* take_place(int& error) {
  std::lock_guard lock(rows_mutex);
  RowOfPlaces* row = rows;
  while (row != nullptr && row->free == 0) row = row->next;
  if (row == nullptr) row = make_row(error);
  if (row == nullptr) return nullptr;
  const auto k = static_cast<uint32_t>(std::countr_zero(row->free));
  row->free &= row->free - 1;
  return row->place(k);
}

void give_place(uint8_t* place) {
  // What cannot be emptied is not used again.
  if (platform::renew(place, kGuardedReservation, platform::Access::None) != 0) return;
  std::lock_guard lock(rows_mutex);
  RowOfPlaces** at = &rows;
  while (place < (*at)->space || place >= (*at)->space + (*at)->bytes()) at = &(*at)->next;
  RowOfPlaces* row = *at;
  const auto distance = static_cast<uint64_t>(place - row->place(0));
  row->free |= uint32_t{1} << distance / kGuardedReservation;
  if (row->free != row->all()) return;
  *at = row->next;
  platform::release(row->space, row->bytes());
  Allocator allocator = system_allocator();
  allocator.destroy(row);
}

void drop(const Reservation& reservation) {
  platform::unregister_guest_range(reservation.range);
  give_place(reservation.region.base());
}

}  // namespace

Reservation take_reservation() {
  Reservation kept;
  if (shelves.take(kept, [](const Reservation&) { return true; })) return kept;
  Reservation fresh;
  uint8_t* place = take_place(fresh.error);
  if (place == nullptr) return fresh;
  fresh = {MemoryRegion(place, 0), platform::register_guest_range(place, kGuardedReservation), 0};
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
