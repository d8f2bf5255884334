// Address space for guarded memories, kept for the next one when a memory goes.
//
// Making and removing a reservation costs more than everything else about a small memory, and so do
// the faults of its first pages. A few are therefore kept: clean, with their first part accessible.
#pragma once

#include <cstdint>

#include "memory/region.h"
#include "platform/range_table.h"

namespace wembed {

// What a 32-bit index and a 32-bit offset can reach, and a guard for the width of an access.
constexpr uint64_t kReach32 = uint64_t{8} << 30;
constexpr uint64_t kGuardBytes = 64 * 1024;
constexpr uint64_t kGuardedReservation = kReach32 + kGuardBytes;
// In front of a guarded memory nothing can be accessed for as far as a 32-bit index leads that is
// taken for a signed one: machine code whose rule for indices had an error could get there. Behind
// another reservation its upper half, into which no memory grows, serves as that.
constexpr uint64_t kSpaceBefore = uint64_t{2} << 30;

struct Reservation {
  MemoryRegion region;  // kGuardedReservation bytes
  uint32_t range =
      platform::RangeTable::kNone;  // a guest range as long as the reservation is there
  int error = 0;
};

// A kept reservation or a new one, clean. Thread safe, as are the others.
[[nodiscard]] Reservation take_reservation();

// Takes a reservation back, whatever a memory has left in it.
void give_reservation(Reservation reservation);

// Returns everything kept to the system; the result is the bytes of storage among it, as far as
// known.
uint64_t drop_kept_reservations();

}  // namespace wembed
