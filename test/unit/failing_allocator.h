// An allocator for tests: counts what is out, and fails the n-th request if told to. Requests may
// come from several threads; the counts are for when they have ended.
//
//   for (uint64_t n = 1; ; n++) {
//     FailingAllocator memory(n);
//     bool done = operation(memory.allocator());
//     CHECK_EQ(memory.live(), done ? ... : 0);
//     if (!memory.failed()) break;   // it needs fewer than n
//   }
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "base/allocator.h"

namespace wembed {

class FailingAllocator {
 public:
  // Request number `fail_at` and, if `for_good`, all after it fail; 0 means none does.
  explicit FailingAllocator(uint64_t fail_at = 0, bool for_good = false)
      : fail_at_(fail_at), for_good_(for_good) {
    table_.allocate_fn = [](void* self, size_t size) {
      std::lock_guard lock(of(self).mutex_);
      return of(self).get(size);
    };
    table_.reallocate_fn = [](void* self, void* block, size_t old_size, size_t size) {
      std::lock_guard lock(of(self).mutex_);
      return of(self).resize(block, old_size, size);
    };
    table_.release_fn = [](void* self, void* block) {
      std::lock_guard lock(of(self).mutex_);
      of(self).put(block);
    };
    table_.context = this;
  }
  FailingAllocator(const FailingAllocator&) = delete;
  FailingAllocator& operator=(const FailingAllocator&) = delete;

  Allocator& allocator() { return table_; }

  // Starts counting anew: request `fail_at` from now fails.
  void arm(uint64_t fail_at, bool for_good = false) {
    requests_ = 0;
    failed_ = false;
    fail_at_ = fail_at;
    for_good_ = for_good;
  }

  uint64_t requests() const { return requests_; }
  bool failed() const { return failed_; }
  uint64_t live() const { return live_; }  // blocks not released yet
  uint64_t live_bytes() const { return live_bytes_; }
  uint64_t peak_bytes() const { return peak_bytes_; }
  void forget_peak() { peak_bytes_ = live_bytes_; }
  // Some block's declared old size was not its size.
  bool wrong_size() const { return wrong_size_; }

 private:
  struct Head {
    uint64_t size;
    uint64_t pad;
  };

  static FailingAllocator& of(void* self) { return *static_cast<FailingAllocator*>(self); }

  bool refuse() {
    requests_++;
    bool refused = fail_at_ != 0 && (for_good_ ? requests_ >= fail_at_ : requests_ == fail_at_);
    failed_ |= refused;
    return refused;
  }

  void* get(size_t size) {
    if (refuse()) return nullptr;
    Head* head = static_cast<Head*>(std::malloc(sizeof(Head) + size));
    if (head == nullptr) return nullptr;
    head->size = size;
    std::memset(head + 1, 0xA5, size);  // what is not initialised shows
    live_++;
    count(size, 0);
    return head + 1;
  }

  void* resize(void* block, size_t old_size, size_t size) {
    if (block == nullptr) return get(size);
    if (refuse()) return nullptr;
    Head* head = static_cast<Head*>(block) - 1;
    if (head->size != old_size) wrong_size_ = true;
    Head* fresh = static_cast<Head*>(std::malloc(sizeof(Head) + size));
    if (fresh == nullptr) return nullptr;
    std::memset(fresh + 1, 0xA5, size);
    std::memcpy(fresh + 1, block, head->size < size ? head->size : size);
    count(size, head->size);
    std::free(head);
    fresh->size = size;
    return fresh + 1;
  }

  void put(void* block) {
    Head* head = static_cast<Head*>(block) - 1;
    live_--;
    count(0, head->size);
    std::free(head);
  }

  void count(uint64_t more, uint64_t less) {
    live_bytes_ += more;
    live_bytes_ -= less;
    if (live_bytes_ > peak_bytes_) peak_bytes_ = live_bytes_;
  }

  std::mutex mutex_;
  Allocator table_;
  uint64_t fail_at_;
  bool for_good_;
  bool failed_ = false;
  bool wrong_size_ = false;
  uint64_t requests_ = 0;
  uint64_t live_ = 0;
  uint64_t live_bytes_ = 0;
  uint64_t peak_bytes_ = 0;
};

}  // namespace wembed
