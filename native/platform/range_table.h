// A set of address ranges that a signal handler may ask: lookups take no lock and never wait.
//
// Adding and removing are serialised by a mutex. Slots live in chunks that are only ever added,
// so a reader always walks valid memory. Ranges do not overlap, or are the same: looking one up
// takes a logarithmic number of steps. Only while an order of them is being changed, perhaps by the
// very thread that a signal interrupted, are all of them looked at. The first chunk is part of the
// object; later ones come from the operating system directly, because the table outlives every
// embedder's allocator.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace wembed::platform {

class RangeTable {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  constexpr RangeTable() = default;

  // Adds [begin, end); begin is not 0. `note` is told with the range. The result names the range
  // for remove(); kNone when there is no memory for the entry.
  [[nodiscard]] uint32_t add(uintptr_t begin, uintptr_t end, uint32_t note = 0);

  // kNone is allowed.
  void remove(uint32_t slot);

  // Async-signal-safe. A range added or removed by another thread during the call is either seen
  // whole or not at all.
  [[nodiscard]] bool contains(uintptr_t address, uint32_t* note = nullptr) const;

 private:
  struct Slot {
    std::atomic<uintptr_t> begin{0};
    std::atomic<uintptr_t> end{0};  // 0 in a free slot
    std::atomic<uint32_t> note{0};
    std::atomic<uint32_t> ordered{0};  // not this slot's: entry of the list of slots by `begin`
  };
  static constexpr uint32_t kFirstChunk = 64;
  static constexpr uint32_t kChunks = 20;  // each doubles the table

  Slot* slot_at(uint32_t slot) const;
  Slot& known(uint32_t slot) const;
  uint32_t make_slot();
  uint32_t place_of(uintptr_t address) const;
  void enter(uint32_t slot, uintptr_t begin);
  void leave(uint32_t slot);
  static bool holds(const Slot& slot, uintptr_t address, uint32_t* note);

  Slot first_[kFirstChunk] = {};
  std::atomic<Slot*> more_[kChunks] = {};
  std::atomic<uint32_t> used_{0};     // slots below this have been used at some time
  std::atomic<uint32_t> count_{0};    // ranges, and entries of their list
  std::atomic<uint32_t> changes_{0};  // odd while the list is being changed
  uint32_t free_ = kNone;             // free slots below used_, linked through `begin`
  std::mutex mutex_;
};

}  // namespace wembed::platform
