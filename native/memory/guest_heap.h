// The host-managed heap: hands out parts of [begin, end) of a linear memory.
//
// It never reads or writes the memory it manages. All of its state is outside, so a guest that
// overwrites everything it can reach only damages its own data.
//
// Blocks are counted in granules of 16 bytes; the payload of granule g is at begin + 8 + 16 * g.
//
//   | 8 |  block  | free |  block  | block |            top             |
//   begin         ^ in a size bin          ^ top_: never used, or free again; in no bin     end
//
// Every block has a record (start, size, neighbours); a two-level table finds the record of a
// payload's offset. A small block that is released waits in a quick list for the next request of
// its size; only when the bins have nothing are the quick lists emptied, their blocks joined with
// free neighbours and binned. Not synchronised: the owner of the memory locks.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/allocator.h"
#include "base/size_bins.h"

namespace wembed {

class GuestHeap {
 public:
  struct Statistics {
    uint64_t capacity;     // bytes that blocks can have altogether
    uint64_t used;         // bytes in live blocks, rounded up to granules
    uint64_t peak;         // the most `used` has been
    uint64_t largest;      // the largest size allocate() can serve now
    uint64_t blocks;       // live blocks
    uint64_t bookkeeping;  // bytes taken from the allocator
  };

  // `begin` is a multiple of 8. Null when it is not, when the range has no room for a block, or
  // when there is no memory for the bookkeeping.
  [[nodiscard]] static GuestHeap* create(Allocator& allocator, uint64_t begin, uint64_t end);
  void destroy();

  GuestHeap(const GuestHeap&) = delete;
  GuestHeap& operator=(const GuestHeap&) = delete;

  // Offset of at least `size` bytes, a multiple of 8; 0 when there is no room (or no memory for
  // the bookkeeping). Contents are whatever was there. Size 0 gives a block as well.
  [[nodiscard]] uint64_t allocate(uint64_t size);

  // False, and nothing happens, unless `offset` is that of a live block.
  bool release(uint64_t offset);

  // Bytes that belong to the live block at `offset`, 0 when there is none.
  [[nodiscard]] uint64_t size_of(uint64_t offset) const;

  // Like realloc: in place where possible, otherwise copying within `memory`, the base of the
  // linear memory. Offset 0 allocates. 0 when it cannot be done; the block is unchanged then.
  [[nodiscard]] uint64_t reallocate(uint64_t offset, uint64_t size, uint8_t* memory);

  // Forgets all blocks.
  void reset();

  // True when `offset` lies in the managed range, whether or not a block is there.
  [[nodiscard]] bool contains(uint64_t offset) const { return offset >= begin_ && offset < end_; }
  [[nodiscard]] uint64_t begin() const { return begin_; }
  [[nodiscard]] uint64_t end() const { return end_; }
  // Joins waiting blocks first, so that `largest` is exact.
  [[nodiscard]] Statistics statistics();

 private:
  // Of a record. Record 0 stands for what is not there: it is the neighbour at both ends of the
  // heap and the end of every list, always live, and may be written to.
  using Index = uint32_t;
  static constexpr Index kLive = UINT32_MAX;
  static constexpr Index kWaiting = UINT32_MAX - 1;
  static constexpr uint32_t kQuickSizes = 33;  // quick lists for 1 to 32 granules

  struct Block {
    uint32_t start;
    uint32_t size;
    Index before;  // neighbours by address
    Index after;
    Index next_free;  // in a bin, a quick list, or the list of spare records
    Index prev_free;  // in a bin; otherwise kLive or kWaiting
  };

  GuestHeap(Allocator& allocator, uint64_t begin, uint64_t end, uint32_t granules);

  [[nodiscard]] bool is_free(Index index) const { return blocks_[index].prev_free < kWaiting; }
  [[nodiscard]] Index find_live(uint64_t offset) const;
  [[nodiscard]] Index find_fit(uint32_t size) const;
  [[nodiscard]] uint64_t offset_of(uint32_t granule) const {
    return begin_ + 8 + uint64_t{granule} * 16;
  }
  [[nodiscard]] uint32_t granules_for(uint64_t size) const;
  [[nodiscard]] bool prepare(uint32_t start);
  [[nodiscard]] bool spare_record();
  Index take_record();
  void drop_record(Index index);
  void link(Index index);
  void unlink(Index index);
  Index split(Index index, uint32_t size);
  void absorb_next(Index index);
  void free_block(Index index);
  uint64_t take_from_top(uint32_t size);
  uint64_t go_live(Index index);
  void enter(Index index);
  bool join_waiting();
  bool resize(Index index, uint32_t size);

  Allocator& allocator_;
  uint64_t begin_;
  uint64_t end_;
  uint32_t granules_;
  uint32_t top_ = 0;  // first granule behind the last block, which is live
  uint32_t used_ = 0;
  uint32_t peak_ = 0;
  uint32_t live_ = 0;
  uint32_t shift_;   // granules per chunk of the table, as a power of two
  uint32_t chunks_;  // entries of table_
  uint32_t chunks_made_ = 0;
  uint32_t capacity_ = 0;   // records in blocks_
  Index spare_ = 0;         // list of unused records
  uint32_t quick_set_ = 0;  // sizes - 1 whose quick list may have blocks
  Block* blocks_ = nullptr;
  Index* bins_;    // first free block of each size class
  Index** table_;  // granule -> record of the live block that starts there
  BinMap map_;
  Index quick_[kQuickSizes] = {};
};

}  // namespace wembed
