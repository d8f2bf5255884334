// Which pool slot is next; what a slot is stands in pool.cpp.
//
// Slots are spread over shards, each with a lock of its own and its own share of the slots. A
// thread keeps to one shard as long as that has slots, so threads hardly meet. Within a shard a
// free slot is in one of three places, asked in this order:
//
//   slots that hold what is wanted (an image, or nothing)  last used first: its pages are warm
//   slots never used
//   slots that hold something else                         longest unused first
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "base/allocator.h"

namespace wembed {

constexpr uint32_t kNoSlot = UINT32_MAX;
constexpr uint32_t kMostShards = 16;

// What a slot may hold: part of the object that is held. The index keeps its lists here.
struct SlotAffinity {
  SlotAffinity() {
    for (uint32_t& slot : first) slot = kNoSlot;
  }
  uint32_t first[kMostShards];  // of the free slots that hold it, per shard
};

class SlotIndex {
 public:
  // Null: no memory.
  static SlotIndex* create(Allocator& allocator, uint32_t slots, uint32_t shards);
  void destroy();

  // What to do with a slot that holds nothing from then on.
  using Clear = void (*)(void* context, uint32_t slot);

  // A free slot, by preference one that holds `wanted` (null: nothing). kNoSlot: none is free. One
  // that holds something else is cleared first, while forget() of that waits.
  [[nodiscard]] uint32_t take(SlotAffinity* wanted, Clear clear, void* context);

  // Takes a slot back that holds `held` now (null: nothing).
  void give(uint32_t slot, SlotAffinity* held);

  // The holding comes to its end: calls `clear` for each free slot that has it, which holds
  // nothing from then on. The slots in use must be gone.
  void forget(SlotAffinity& held, Clear clear, void* context);

  // Calls `visit` for every free slot that has ever been used; none of them can be taken meanwhile.
  void visit_free(void (*visit)(void* context, uint32_t slot), void* context);

  [[nodiscard]] uint32_t slots() const { return slots_; }

  // Slots in use now.
  [[nodiscard]] uint32_t live() const;
  // The most there have been since clear_peak(); threads that did not use theirs at the same time
  // are added up, so with several it may be more.
  [[nodiscard]] uint32_t peak() const;
  void clear_peak();

 private:
  struct Entry {
    SlotAffinity* held = nullptr;
    uint32_t next = kNoSlot;  // in the list of what it holds
    uint32_t previous = kNoSlot;
    uint32_t newer = kNoSlot;  // in the shard's list by age; only slots that hold something
    uint32_t older = kNoSlot;
    bool is_free = true;
  };
  struct Shard {
    std::mutex mutex;
    std::atomic<uint32_t> free{0};  // to pass by an empty shard without its lock
    std::atomic<uint32_t> least_free{0};
    uint32_t first_empty = kNoSlot;
    uint32_t fresh = 0;  // [fresh, fresh_end) have never been used
    uint32_t fresh_end = 0;
    uint32_t newest = kNoSlot;
    uint32_t oldest = kNoSlot;
    char apart[64] = {};  // no two locks in a cache line
  };

  SlotIndex(Allocator& allocator, uint32_t slots, uint32_t shards);
  ~SlotIndex() = default;
  friend struct ::wembed::Allocator;

  [[nodiscard]] Shard& shard_of(uint32_t slot) { return shards_[slot / per_shard_]; }
  uint32_t& list_of(Shard& shard, SlotAffinity* held);
  uint32_t take_from(Shard& shard, SlotAffinity* wanted, Clear clear, void* context);
  void link(Shard& shard, uint32_t slot, SlotAffinity* held);
  void unlink(Shard& shard, uint32_t slot);

  Allocator& allocator_;
  uint32_t slots_;
  uint32_t shard_count_;
  uint32_t per_shard_;
  Entry* entries_ = nullptr;
  Shard shards_[kMostShards];
};

}  // namespace wembed
