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
// payload's offset. A small block that is released waits in a quick list for a request of its size
// or a little less; when the bins have nothing and much waits, the quick lists are emptied, their
// blocks joined with free neighbours and binned. Not synchronised: the owner of the memory locks.
#pragma once

#include <bit>
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
  [[nodiscard]] uint64_t allocate(uint64_t size) {
    uint64_t offset = allocate_waiting(size);
    return offset != 0 ? offset : allocate_joined(size);
  }

  // False, and nothing happens, unless `offset` is that of a live block.
  bool release(uint64_t offset) {
    Index index = find_live(offset);
    if (index == 0) return false;
    used_ -= blocks_[index].size;
    if (blocks_[index].size <= kQuickSizes) [[likely]]
      wait(index);
    else
      free_block(index);
    return true;
  }

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

  // Calls `visit` for every block below the top, in order of address.
  using Visit = void (*)(void* context, uint64_t offset, uint64_t bytes, bool is_live);
  void visit(Visit visit, void* context) const;

 private:
  // Of a record. Record 0 stands for what is not there: it is the neighbour at both ends of the
  // heap and the end of every list, always live, and may be written to.
  using Index = uint32_t;
  static constexpr Index kLive = UINT32_MAX;
  static constexpr Index kWaiting = UINT32_MAX - 1;
  static constexpr uint64_t kGranule = 16;
  static constexpr uint64_t kFirst = 8;        // payloads start here in the range
  static constexpr uint32_t kQuickSizes = 64;  // quick lists for 1 to 64 granules

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
    return begin_ + kFirst + uint64_t{granule} * kGranule;
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
  void wait(Index index);
  void free_block(Index index);
  uint64_t allocate_waiting(uint64_t size);
  uint64_t allocate_joined(uint64_t size);
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
  uint32_t shift_;   // granules per chunk of the table, as a power of two
  uint32_t chunks_;  // entries of table_
  uint32_t chunks_made_ = 0;
  uint32_t capacity_ = 0;   // records in blocks_
  Index spare_ = 0;         // list of unused records
  uint64_t quick_set_ = 0;  // sizes - 1 whose quick list has blocks
  Block* blocks_ = nullptr;
  Index* bins_;    // first free block of each size class
  Index** table_;  // granule -> record of the live block that starts there
  BinMap map_;
  Index quick_[kQuickSizes] = {};  // by size - 1
};

inline GuestHeap::Index GuestHeap::find_live(uint64_t offset) const {
  uint64_t distance = offset - (begin_ + kFirst);  // huge when offset lies before that
  if (distance % kGranule != 0 || distance / kGranule >= top_) return 0;
  uint32_t granule = static_cast<uint32_t>(distance / kGranule);
  const Index* chunk = table_[granule >> shift_];
  if (chunk == nullptr) return 0;
  Index index = chunk[granule & ((1u << shift_) - 1)];
  // An entry outlives its block: the record may be another's now, or nobody's.
  const Block& block = blocks_[index];
  return block.start == granule && block.prev_free == kLive ? index : 0;
}

inline uint64_t GuestHeap::go_live(Index index) {
  Block& block = blocks_[index];
  block.prev_free = kLive;
  used_ += block.size;
  if (used_ > peak_) peak_ = used_;
  return offset_of(block.start);
}

inline void GuestHeap::wait(Index index) {
  Block& block = blocks_[index];
  block.prev_free = kWaiting;
  block.next_free = quick_[block.size - 1];
  quick_[block.size - 1] = index;
  quick_set_ |= uint64_t{1} << (block.size - 1);
}

// A waiting block that is at most a quarter too large, or 0.
inline uint64_t GuestHeap::allocate_waiting(uint64_t bytes) {
  uint64_t least = bytes == 0 ? 0 : (bytes - 1) / kGranule;  // granules - 1
  if (least >= kQuickSizes) return 0;
  uint64_t sizes = (uint64_t{2} << (least / 4)) - 1;
  uint64_t fit = quick_set_ & (sizes << least);
  if (fit == 0) return 0;
  int size = std::countr_zero(fit);
  Index index = quick_[size];
  quick_[size] = blocks_[index].next_free;
  quick_set_ &= ~(uint64_t{quick_[size] == 0} << size);
  return go_live(index);
}

}  // namespace wembed
