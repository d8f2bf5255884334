// Storage of a memory on demand without guard pages: one block, zero where nothing was written.
//
//   of the system's pages   from 128 KiB on, when the system's allocator was chosen: zero by
//                           itself, and resident only where it was written
//   of the allocator        all others, and where the system refuses: filled with zeros
#pragma once

#include <cstdint>

#include "base/allocator.h"
#include "memory/region.h"

namespace wembed {

class ZeroedBlock {
 public:
  ZeroedBlock() = default;

  // At least `bytes`, of which all are zero. False: there is no memory, and the block is empty.
  [[nodiscard]] bool make(Allocator& allocator, uint64_t bytes);
  void release(Allocator& allocator);

  // At least `bytes`, the first `used` of them as they were and all others zero; `used` is not more
  // than either size, and what is behind it now was never written since it was zero. May move.
  // False: nothing has changed.
  [[nodiscard]] bool resize(Allocator& allocator, uint64_t used, uint64_t bytes);

  // Zero again, when the first `used` bytes may have been written. What was written and is little
  // stays resident.
  void clear(uint64_t used);

  [[nodiscard]] uint8_t* base() const { return base_; }
  [[nodiscard]] uint64_t capacity() const { return capacity_; }

 private:
  [[nodiscard]] bool map(uint64_t bytes);
  [[nodiscard]] bool move(Allocator& allocator, uint64_t used, uint64_t bytes);

  uint8_t* base_ = nullptr;  // not null once made, also without bytes
  uint64_t capacity_ = 0;
  bool is_mapped_ = false;
  MemoryRegion region_;  // the same, if it is mapped
};

// Copies into zeros; pages that are zero in the source are left as they are in the target.
void copy_into_zeros(uint8_t* target, const uint8_t* source, uint64_t bytes);

// Gives blocks back that wait for the next memory; the result is their storage as far as known.
uint64_t drop_kept_blocks();

}  // namespace wembed
