// Address space for guarded memories, kept for the next one when a memory goes.
//
// Making and removing a reservation costs more than everything else about a small memory. A few
// are therefore kept: empty of contents, with their first part still accessible.
#pragma once

#include <cstdint>

namespace wembed {

// What a 32-bit index and a 32-bit offset can reach, and a guard for the width of an access.
constexpr uint64_t kReach32 = uint64_t{8} << 30;
constexpr uint64_t kGuardBytes = 64 * 1024;
constexpr uint64_t kGuardedReservation = kReach32 + kGuardBytes;

struct Reservation {
  uint8_t* base = nullptr;  // kGuardedReservation bytes; null when `error` is set
  uint64_t accessible = 0;  // bytes at its start that are committed, all zero
  int error = 0;
};

// A kept reservation or a new one. Thread safe, as are the others.
[[nodiscard]] Reservation take_reservation();

// Takes back a reservation whose first `accessible` bytes are committed and may have contents.
void give_reservation(uint8_t* base, uint64_t accessible);

// Returns everything kept to the system; the result is its size in bytes.
uint64_t drop_kept_reservations();

}  // namespace wembed
