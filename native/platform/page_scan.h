// Which pages of a mapping are the process's own: written to since they were mapped or discarded.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wembed::platform {

struct PageRange {
  uint8_t* begin;
  uint8_t* end;
};

struct PageScan {
  size_t count = 0;               // ranges found, in order of address
  uint8_t* scanned_to = nullptr;  // all before this address has been looked at
  int error = 0;                  // ENOSYS and others: nothing is known
};

// Lists pages of [address, address + bytes) that have storage of their own. Any other page there
// shows what the mapping shows when it is new: zeros, or a file's contents. May list more, never
// less. Stops early when `capacity` ranges are found.
[[nodiscard]] PageScan scan_own_pages(uint8_t* address, size_t bytes, PageRange* ranges,
                                      size_t capacity);

// For tests: scans fail with ENOSYS, as on a system that has none.
void refuse_page_scans(bool refuse);

}  // namespace wembed::platform
