// A heap that several instances have in common, at the end of what their addresses reach.
//
//   | memory |      nothing      | head | ... | last heap of the chain |
//   0      size                                            2^32, or 2^64 (which is 0)
//
// A heap is the runtime's, and stays as long as that does: who has found bytes in it may use them
// however the heap is detached or unchained meanwhile. Which heaps form a chain changes only while
// none of them is attached, so that looking for an address takes no lock.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "base/allocator.h"
#include "memory/zeroed_block.h"
#include "runtime/guest_span.h"

namespace wembed {

class GuestHeap;
struct Memory;

class SharedHeap {
 public:
  static constexpr uint64_t kLeast = 256;
  static constexpr uint64_t kMost = uint64_t{1} << 30;

  // Of `bytes`, zero filled; or the caller's, at `given`, from which nothing can be allocated.
  // Null: no memory.
  static SharedHeap* create(Allocator& allocator, uint64_t bytes, uint8_t* given);
  void destroy();

  SharedHeap(const SharedHeap&) = delete;
  SharedHeap& operator=(const SharedHeap&) = delete;

  // What is there from a guest's address on, to the end of the heap of this chain it lies in.
  [[nodiscard]] GuestSpan at(uint64_t address, bool is_64) const;
  // The address of what lies there in memory; false: it is in no heap of this chain.
  [[nodiscard]] bool address_of(const void* place, bool is_64, uint64_t& address) const;
  // Where this heap begins, and with it all that is behind it in the chain.
  [[nodiscard]] uint64_t begin(bool is_64) const { return end(is_64) - distance_; }

  // A block of the one heap of this chain that is not the caller's; the address, 0: none.
  [[nodiscard]] uint64_t allocate(uint64_t bytes, bool is_64, uint8_t*& place);
  // False: there is no such block.
  bool release(uint64_t address, bool is_64);
  [[nodiscard]] bool can_allocate() const { return allocating() != nullptr; }

  // --- under Runtime::shared_heaps().mutex ---------------------------------------------------

  [[nodiscard]] SharedHeap* next_in_chain() const { return next_; }
  [[nodiscard]] bool is_chained_to() const { return is_body_; }
  [[nodiscard]] bool is_chain_attached() const;
  void attach() { attachments_++; }
  void detach() { attachments_--; }

  // Puts this one, which is alone, below `body`, which is the head of its chain.
  void chain(SharedHeap& body);
  // Takes this one off the heap behind it, which is the result.
  SharedHeap* unchain();
  // Zeros, and nothing allocated.
  void clear();

  [[nodiscard]] uint64_t distance() const { return distance_; }

 private:
  SharedHeap(Allocator& allocator, uint64_t bytes, uint8_t* given);
  ~SharedHeap() = default;
  friend struct ::wembed::Allocator;
  friend class SharedHeaps;

  [[nodiscard]] static uint64_t end(bool is_64) { return is_64 ? 0 : uint64_t{1} << 32; }
  [[nodiscard]] SharedHeap* allocating();
  [[nodiscard]] const SharedHeap* allocating() const {
    return const_cast<SharedHeap*>(this)->allocating();
  }

  Allocator& allocator_;
  uint64_t bytes_;
  uint8_t* base_;
  ZeroedBlock block_;            // unless the storage is the caller's
  GuestHeap* blocks_ = nullptr;  // by offset in this heap; null: the caller's
  std::mutex mutex_;             // of blocks_
  uint64_t distance_;            // of its beginning from the end of addresses
  SharedHeap* next_ = nullptr;   // behind it in its chain
  bool is_body_ = false;         // another is before it
  uint32_t attachments_ = 0;     // to memories
  SharedHeap* next_made_ = nullptr;
};

// All of a runtime.
class SharedHeaps {
 public:
  SharedHeaps() = default;
  SharedHeaps(const SharedHeaps&) = delete;
  SharedHeaps& operator=(const SharedHeaps&) = delete;
  ~SharedHeaps();

  std::mutex mutex;  // of the list, of chains and of attachments

  // Whether one of this runtime was given out by that address. Under `mutex`.
  [[nodiscard]] bool has(const SharedHeap* heap) const;
  void add(SharedHeap& heap);

 private:
  SharedHeap* first_ = nullptr;
};

}  // namespace wembed
