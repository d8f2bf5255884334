// A count of references for an object that all threads use and one owner gives up at some time. As
// long as the owner holds it nobody asks for zero, so each thread counts in a line of its own.
//
//   before settle()   retain and release count in the thread's shard
//   settle()          moves the shards' counts into one; a shard says so to whoever comes later
//   give_up()         after that: whoever makes that one zero is told
#pragma once

#include <atomic>
#include <cstdint>

#include "base/thread_number.h"

namespace wembed {

class ShardedCount {
 public:
  // Whoever has a reference may take another.
  void retain() {
    if (own().fetch_add(1, std::memory_order_relaxed) >= kLeastMoved) {
      sum_.fetch_add(1, std::memory_order_relaxed);
    }
  }

  // True for the one that was the last, after give_up().
  [[nodiscard]] bool release() {
    if (own().fetch_sub(1, std::memory_order_acq_rel) < kLeastMoved) return false;
    return sum_.fetch_sub(1, std::memory_order_acq_rel) == 1;
  }

  // References beside the owner's, of whom alone this is asked, once.
  [[nodiscard]] int64_t settle() {
    for (Shard& shard : shards_) {
      sum_.fetch_add(shard.count.exchange(kMoved, std::memory_order_acq_rel),
                     std::memory_order_acq_rel);
    }
    return sum_.load(std::memory_order_acquire) - kOwner;
  }

  // The owner's release, after settle(). True: it was the last.
  [[nodiscard]] bool give_up() {
    return sum_.fetch_sub(kOwner, std::memory_order_acq_rel) == kOwner;
  }

 private:
  static constexpr uint32_t kShards = 8;
  // Far from what references can come to, in both directions.
  static constexpr int64_t kMoved = int64_t{1} << 62;
  static constexpr int64_t kLeastMoved = kMoved / 2;
  static constexpr int64_t kOwner = int64_t{1} << 40;

  struct Shard {
    char apart[56];  // no two in a cache line, nor with what stands before; never written
    std::atomic<int64_t> count{0};
  };
  std::atomic<int64_t>& own() { return shards_[thread_number() % kShards].count; }

  Shard shards_[kShards];
  [[maybe_unused]] char apart_[56];
  std::atomic<int64_t> sum_{kOwner};
};

}  // namespace wembed
