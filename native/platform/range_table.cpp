#include "platform/range_table.h"

#include <bit>
#include <new>

#include "platform/virtual_memory.h"

namespace wembed::platform {

// Chunk c > 0 holds as many slots as all before it, so the table doubles with each chunk.
RangeTable::Slot* RangeTable::slot_at(uint32_t slot) const {
  if (slot < kFirstChunk) return const_cast<Slot*>(&first_[slot]);
  uint32_t chunk = static_cast<uint32_t>(std::bit_width(slot / kFirstChunk)) - 1;
  Slot* slots = more_[chunk].load(std::memory_order_acquire);
  return slots == nullptr ? nullptr : slots + (slot - (kFirstChunk << chunk));
}

uint32_t RangeTable::add(uintptr_t begin, uintptr_t end) {
  std::lock_guard<std::mutex> lock(mutex_);
  uint32_t index = free_;
  Slot* slot = nullptr;
  if (index != kNone) {
    slot = slot_at(index);
    free_ = static_cast<uint32_t>(slot->begin.load(std::memory_order_relaxed));
  } else {
    index = used_.load(std::memory_order_relaxed);
    uint32_t chunk = static_cast<uint32_t>(std::bit_width(index / kFirstChunk));
    if (chunk > kChunks) return kNone;
    slot = slot_at(index);
    if (slot == nullptr) {
      size_t count = size_t{kFirstChunk} << (chunk - 1);
      size_t bytes = (count * sizeof(Slot) + page_size() - 1) & ~(page_size() - 1);
      Reserved memory = reserve(bytes);
      if (memory.error != 0) return kNone;
      if (commit(memory.address, bytes) != 0) {
        release(memory.address, bytes);
        return kNone;
      }
      Slot* slots = reinterpret_cast<Slot*>(memory.address);
      for (size_t i = 0; i < count; i++) ::new (&slots[i]) Slot();
      more_[chunk - 1].store(slots, std::memory_order_release);
      slot = slots;
    }
    used_.store(index + 1, std::memory_order_release);
  }
  slot->begin.store(begin, std::memory_order_relaxed);
  slot->end.store(end, std::memory_order_release);  // now readers see it
  return index;
}

void RangeTable::remove(uint32_t index) {
  if (index == kNone) return;
  std::lock_guard<std::mutex> lock(mutex_);
  Slot* slot = slot_at(index);
  slot->end.store(0, std::memory_order_seq_cst);
  slot->begin.store(free_, std::memory_order_seq_cst);
  free_ = index;
}

bool RangeTable::contains(uintptr_t address) const {
  uint32_t used = used_.load(std::memory_order_acquire);
  for (uint32_t i = 0; i < used; i++) {
    const Slot* slot = slot_at(i);
    uintptr_t end = slot->end.load(std::memory_order_acquire);
    if (address >= end) continue;
    uintptr_t begin = slot->begin.load(std::memory_order_acquire);
    // A slot that changed between the two loads shows by its end having changed.
    if (address >= begin && slot->end.load(std::memory_order_acquire) == end) return true;
  }
  return false;
}

}  // namespace wembed::platform
