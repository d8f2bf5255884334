// A pool of slots for linear memories: address space reserved once, and slots that are used again
// without a system call in the common case. Which slot is next: slot_index.h.
//
//   guarded:   | slot 0: 8 GiB + 64 KiB | slot 1 | ...    accesses go unchecked, faults are traps;
//                                                         in front of slot 0: kSpaceBefore
//   checked:   | slot 0: slot_bytes | slot 1 | ...        code checks bounds
//
// A slot is cleaned when it is given back, so that nothing of a guest outlives its memory; what
// could not be cleaned is in doubt, and is wiped before it is used again.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/allocator.h"
#include "memory/backend.h"
#include "memory/slot_index.h"

namespace wembed {

struct PoolConfig {
  uint32_t slots = 0;
  uint64_t slot_bytes = 0;     // largest memory, whole pages of the system
  uint64_t keep_resident = 0;  // bytes of storage that a free slot may keep
  uint32_t shards = 1;
  bool guarded = false;
  bool avoid_large_pages = false;
  bool strict = false;  // a memory cannot outgrow its slot
};

struct PoolStatistics {
  uint64_t live = 0;
  uint64_t peak = 0;
  uint64_t served = 0;    // memories made from a slot
  uint64_t reused = 0;    // of these: the slot held the image already
  uint64_t wiped = 0;     // slots that were in doubt
  uint64_t outgrown = 0;  // memories that went on outside of their slot
};

class PoolSlot;

class MemoryPool {
 public:
  // Null on failure: `error` is the system's error number, ENOMEM for the bookkeeping too.
  static MemoryPool* create(Allocator& allocator, const PoolConfig& config, int& error);
  void destroy();  // no memory is in use

  enum class Refusal : uint8_t { None, Full, NeverFits, System };

  // Null with the reason in `refusal`; `error` is set for System.
  [[nodiscard]] LinearMemory* take(const MemoryRequest& request, Refusal& refusal, int& error);

  // The image comes to its end: no free slot holds it afterwards.
  void forget(MemoryImage& image);

  // Gives the storage of all free slots back; the result is its size as far as it is known.
  uint64_t trim();

  [[nodiscard]] const PoolConfig& config() const { return config_; }
  [[nodiscard]] uint64_t stride() const { return stride_; }
  [[nodiscard]] uint64_t reserved() const { return stride_ * config_.slots; }
  [[nodiscard]] PoolStatistics statistics() const;
  // Counts from zero. No memory is in use, and no other thread knows the pool yet.
  void clear_statistics();

 private:
  MemoryPool(Allocator& allocator, const PoolConfig& config);
  ~MemoryPool();
  friend struct ::wembed::Allocator;
  friend class PoolSlot;

  [[nodiscard]] uint64_t space_before() const;
  int reserve();
  void give(PoolSlot& slot);
  static void drop_image(void* pool, uint32_t slot);

  Allocator& allocator_;
  PoolConfig config_;
  uint64_t stride_;
  uint8_t* base_ = nullptr;
  uint32_t range_;
  SlotIndex* index_ = nullptr;
  PoolSlot* slots_ = nullptr;
};

}  // namespace wembed
