// An allocator that lives entirely inside one block of memory given by the caller.
//
//   | PoolAllocator | size bins | pad | header payload | header payload | ... | end header |
//
// Sizes are counted in granules of 16 bytes; a header has 8, payloads are aligned to 16. Thread
// safe; every operation takes constant time. Releasing something that is no live block of the
// pool is detected by the headers around it and refused. The free block at the pool's end, the
// tail, is taken last: where blocks go does not depend on the pool's size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>

#include "base/allocator.h"
#include "base/size_bins.h"

namespace wembed {

class PoolAllocator {
 public:
  static constexpr size_t kSmallestPool = 256;

  struct Statistics {
    size_t total;  // bytes that blocks and their headers can have
    size_t free;
    size_t high_mark;  // the most that has been in use
    size_t extent;     // how far from the start blocks have reached
    size_t blocks;     // live blocks
  };

  // Builds the allocator at the start of `block`, which must outlive it. Null when `block` is
  // null or smaller than kSmallestPool.
  [[nodiscard]] static PoolAllocator* create(void* block, size_t bytes);

  // The smallest block, aligned to 16, in which blocks can reach that extent: what a larger pool
  // reports after some work is what the same work needs in a pool of its own.
  [[nodiscard]] static size_t block_bytes_for(size_t extent);

  PoolAllocator(const PoolAllocator&) = delete;
  PoolAllocator& operator=(const PoolAllocator&) = delete;

  [[nodiscard]] void* allocate(size_t size);
  // At a multiple of `alignment`, a power of two. Reallocating the block does not keep that.
  [[nodiscard]] void* allocate_aligned(size_t size, size_t alignment);
  // Null block allocates. The old block stays valid when the result is null.
  [[nodiscard]] void* reallocate(void* block, size_t size);
  // False, and nothing happens, unless `block` is a live block of this pool.
  bool release(void* block);

  // Bytes the caller may use in a live block; 0 for anything else.
  [[nodiscard]] size_t size_of(const void* block) const;
  [[nodiscard]] Statistics statistics() const;
  // The high mark starts again from what is in use now.
  void restart_high_mark();
  // The pool as the core sees allocators.
  [[nodiscard]] Allocator allocator();

 private:
  struct Header {
    uint32_t size;    // granules of this block, header included; kUsedBit when live
    uint32_t before;  // granules of the block before this one, 0 for the first
  };
  struct Links {  // in the payload of a free block: granule + 1 of others of its class
    uint32_t next;
    uint32_t previous;
  };
  struct Layout {
    size_t bins = 0;
    size_t origin = 0;      // bytes from the allocator's start
    uint32_t granules = 0;  // 0: too small
  };
  static constexpr uint32_t kUsedBit = 1u << 31;
  static constexpr uint32_t kNoTail = UINT32_MAX;

  [[nodiscard]] static Layout lay_out(size_t bytes);
  PoolAllocator(uint8_t* origin, uint32_t granules, uint32_t* bins);

  [[nodiscard]] Header& header(uint32_t granule) const {
    return *reinterpret_cast<Header*>(origin_ + size_t{granule} * 16);
  }
  [[nodiscard]] Links& links(uint32_t granule) const {
    return *reinterpret_cast<Links*>(origin_ + size_t{granule} * 16 + 8);
  }
  [[nodiscard]] uint32_t find_live(const void* block) const;
  [[nodiscard]] uint32_t find_fit(uint32_t size) const;
  [[nodiscard]] uint32_t granules_for(size_t size) const;
  void* allocate_locked(size_t size);
  void release_locked(uint32_t granule);
  void resize_block(uint32_t granule, uint32_t size, uint32_t used_bit);
  void cut(uint32_t granule, uint32_t size);
  void link(uint32_t granule);
  void unlink(uint32_t granule);
  void count(uint32_t used, uint32_t end);

  uint8_t* origin_;  // header of granule 0; 8 more than a multiple of 16
  uint32_t granules_;
  uint32_t used_ = 0;
  uint32_t high_mark_ = 0;
  uint32_t extent_ = 0;
  uint32_t tail_ = kNoTail;
  uint32_t live_ = 0;
  uint32_t* bins_;  // granule + 1 of the first free block of each class
  BinMap map_;
  mutable std::mutex mutex_;
};

}  // namespace wembed
