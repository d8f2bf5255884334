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

// Of a slot that was used before, or an entry of the list: its chunk is there.
RangeTable::Slot& RangeTable::known(uint32_t slot) const {
  Slot* found = slot_at(slot);
  if (found == nullptr) __builtin_unreachable();
  return *found;
}

// A slot that is free; kNone: no memory.
uint32_t RangeTable::make_slot() {
  uint32_t index = free_;
  if (index != kNone) {
    free_ = static_cast<uint32_t>(known(index).begin.load(std::memory_order_relaxed));
    return index;
  }
  index = used_.load(std::memory_order_relaxed);
  uint32_t chunk = static_cast<uint32_t>(std::bit_width(index / kFirstChunk));
  if (chunk > kChunks) return kNone;
  if (slot_at(index) == nullptr) {
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
  }
  used_.store(index + 1, std::memory_order_release);
  return index;
}

// How many entries of the list begin at the address or before.
uint32_t RangeTable::place_of(uintptr_t address) const {
  uint32_t low = 0;
  uint32_t high = count_.load(std::memory_order_acquire);
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    uint32_t slot = known(middle).ordered.load(std::memory_order_acquire);
    if (known(slot).begin.load(std::memory_order_acquire) <= address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

void RangeTable::enter(uint32_t slot, uintptr_t begin) {
  uint32_t changes = changes_.load(std::memory_order_relaxed);
  uint32_t count = count_.load(std::memory_order_relaxed);
  uint32_t place = place_of(begin);
  changes_.store(changes + 1, std::memory_order_seq_cst);
  for (uint32_t i = count; i > place; i--) {
    uint32_t moved = known(i - 1).ordered.load(std::memory_order_relaxed);
    known(i).ordered.store(moved, std::memory_order_release);
  }
  known(place).ordered.store(slot, std::memory_order_release);
  count_.store(count + 1, std::memory_order_release);
  changes_.store(changes + 2, std::memory_order_release);
}

void RangeTable::leave(uint32_t slot) {
  uint32_t changes = changes_.load(std::memory_order_relaxed);
  uint32_t count = count_.load(std::memory_order_relaxed);
  // The last of those that begin where it does; equal ranges stand side by side.
  uint32_t place = place_of(known(slot).begin.load(std::memory_order_relaxed)) - 1;
  while (known(place).ordered.load(std::memory_order_relaxed) != slot) place--;
  changes_.store(changes + 1, std::memory_order_seq_cst);
  for (uint32_t i = place; i + 1 < count; i++) {
    uint32_t moved = known(i + 1).ordered.load(std::memory_order_relaxed);
    known(i).ordered.store(moved, std::memory_order_release);
  }
  count_.store(count - 1, std::memory_order_release);
  changes_.store(changes + 2, std::memory_order_release);
}

uint32_t RangeTable::add(uintptr_t begin, uintptr_t end, uint32_t note) {
  std::lock_guard<std::mutex> lock(mutex_);
  uint32_t index = make_slot();
  if (index == kNone) return kNone;
  Slot* slot = &known(index);
  slot->begin.store(begin, std::memory_order_relaxed);
  slot->note.store(note, std::memory_order_relaxed);
  slot->end.store(end, std::memory_order_release);  // now readers see it
  enter(index, begin);
  return index;
}

void RangeTable::remove(uint32_t index) {
  if (index == kNone) return;
  std::lock_guard<std::mutex> lock(mutex_);
  leave(index);
  Slot* slot = &known(index);
  slot->end.store(0, std::memory_order_seq_cst);
  slot->begin.store(free_, std::memory_order_seq_cst);
  free_ = index;
}

bool RangeTable::holds(const Slot& slot, uintptr_t address, uint32_t* note) {
  uintptr_t end = slot.end.load(std::memory_order_acquire);
  if (address >= end) return false;
  uintptr_t begin = slot.begin.load(std::memory_order_acquire);
  uint32_t found = slot.note.load(std::memory_order_acquire);
  // A slot that changed between the loads shows by its end having changed.
  if (address < begin || slot.end.load(std::memory_order_acquire) != end) return false;
  if (note != nullptr) *note = found;
  return true;
}

bool RangeTable::contains(uintptr_t address, uint32_t* note) const {
  uint32_t changes = changes_.load(std::memory_order_acquire);
  if (changes % 2 == 0) {
    uint32_t place = place_of(address);
    if (place > 0) {
      uint32_t slot = known(place - 1).ordered.load(std::memory_order_acquire);
      if (holds(known(slot), address, note)) return true;
    }
    if (changes_.load(std::memory_order_acquire) == changes) return false;
  }
  uint32_t used = used_.load(std::memory_order_acquire);
  for (uint32_t i = 0; i < used; i++) {
    if (holds(known(i), address, note)) return true;
  }
  return false;
}

}  // namespace wembed::platform
