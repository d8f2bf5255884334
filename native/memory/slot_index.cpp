#include "memory/slot_index.h"

#include <algorithm>
#include <new>

#include "base/thread_number.h"

namespace wembed {

SlotIndex* SlotIndex::create(Allocator& allocator, uint32_t slots, uint32_t shards) {
  SlotIndex* index = allocator.create<SlotIndex>(allocator, slots, shards);
  if (index == nullptr) return nullptr;
  index->entries_ = static_cast<Entry*>(allocator.allocate(size_t{slots} * sizeof(Entry)));
  if (index->entries_ == nullptr) {
    index->destroy();
    return nullptr;
  }
  for (uint32_t i = 0; i < slots; i++) ::new (&index->entries_[i]) Entry;
  return index;
}

SlotIndex::SlotIndex(Allocator& allocator, uint32_t slots, uint32_t shards)
    : allocator_(allocator),
      slots_(slots),
      shard_count_(std::clamp(std::min(shards, slots), 1u, kMostShards)),
      per_shard_(std::max(1u, (slots + shard_count_ - 1) / shard_count_)) {
  for (uint32_t i = 0; i < shard_count_; i++) {
    Shard& shard = shards_[i];
    shard.fresh = std::min(slots, i * per_shard_);
    shard.fresh_end = std::min(slots, shard.fresh + per_shard_);
    uint32_t own = shard.fresh_end - shard.fresh;
    shard.free.store(own, std::memory_order_relaxed);
    shard.least_free.store(own, std::memory_order_relaxed);
  }
}

void SlotIndex::destroy() {
  Allocator& allocator = allocator_;
  allocator.release(entries_);
  allocator.destroy(this);
}

uint32_t& SlotIndex::list_of(Shard& shard, SlotAffinity* held) {
  return held == nullptr ? shard.first_empty : held->first[&shard - shards_];
}

void SlotIndex::link(Shard& shard, uint32_t slot, SlotAffinity* held) {
  Entry& entry = entries_[slot];
  uint32_t& first = list_of(shard, held);
  entry.held = held;
  entry.previous = kNoSlot;
  entry.next = first;
  if (first != kNoSlot) entries_[first].previous = slot;
  first = slot;
  if (held == nullptr) return;
  entry.newer = kNoSlot;
  entry.older = shard.newest;
  (shard.newest == kNoSlot ? shard.oldest : entries_[shard.newest].newer) = slot;
  shard.newest = slot;
}

void SlotIndex::unlink(Shard& shard, uint32_t slot) {
  Entry& entry = entries_[slot];
  (entry.previous == kNoSlot ? list_of(shard, entry.held) : entries_[entry.previous].next) =
      entry.next;
  if (entry.next != kNoSlot) entries_[entry.next].previous = entry.previous;
  if (entry.held == nullptr) return;
  (entry.newer == kNoSlot ? shard.newest : entries_[entry.newer].older) = entry.older;
  (entry.older == kNoSlot ? shard.oldest : entries_[entry.older].newer) = entry.newer;
}

// `clear`: also a slot that holds something else.
uint32_t SlotIndex::take_from(Shard& shard, SlotAffinity* wanted, Clear clear, void* context) {
  if (shard.free.load(std::memory_order_relaxed) == 0) return kNoSlot;
  std::lock_guard<std::mutex> lock(shard.mutex);
  uint32_t slot = list_of(shard, wanted);
  if (slot == kNoSlot) slot = shard.first_empty;
  if (slot != kNoSlot) {
    unlink(shard, slot);
  } else if (shard.fresh < shard.fresh_end) {
    slot = shard.fresh++;
  } else if (clear != nullptr && shard.oldest != kNoSlot) {
    slot = shard.oldest;
    unlink(shard, slot);
    clear(context, slot);
  } else {
    return kNoSlot;
  }
  entries_[slot].is_free = false;
  // Written under the lock alone.
  uint32_t left = shard.free.load(std::memory_order_relaxed) - 1;
  shard.free.store(left, std::memory_order_relaxed);
  if (left < shard.least_free.load(std::memory_order_relaxed)) {
    shard.least_free.store(left, std::memory_order_relaxed);
  }
  return slot;
}

uint32_t SlotIndex::take(SlotAffinity* wanted, Clear clear, void* context) {
  uint32_t home = thread_number() % shard_count_;
  for (Clear others : {Clear{nullptr}, clear}) {
    for (uint32_t i = 0; i < shard_count_; i++) {
      Shard& shard = shards_[(home + i) % shard_count_];
      uint32_t slot = take_from(shard, wanted, others, context);
      if (slot != kNoSlot) return slot;
    }
  }
  return kNoSlot;
}

void SlotIndex::give(uint32_t slot, SlotAffinity* held) {
  Shard& shard = shard_of(slot);
  std::lock_guard<std::mutex> lock(shard.mutex);
  entries_[slot].is_free = true;
  link(shard, slot, held);
  shard.free.store(shard.free.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

void SlotIndex::forget(SlotAffinity& held, Clear clear, void* context) {
  for (uint32_t i = 0; i < shard_count_; i++) {
    Shard& shard = shards_[i];
    std::lock_guard<std::mutex> lock(shard.mutex);
    while (held.first[i] != kNoSlot) {
      uint32_t slot = held.first[i];
      unlink(shard, slot);
      clear(context, slot);
      link(shard, slot, nullptr);
    }
  }
}

uint32_t SlotIndex::live() const {
  uint32_t result = slots_;
  for (uint32_t i = 0; i < shard_count_; i++) {
    result -= shards_[i].free.load(std::memory_order_relaxed);
  }
  return result;
}

uint32_t SlotIndex::peak() const {
  uint32_t result = slots_;
  for (uint32_t i = 0; i < shard_count_; i++) {
    result -= shards_[i].least_free.load(std::memory_order_relaxed);
  }
  return result;
}

void SlotIndex::clear_peak() {
  for (uint32_t i = 0; i < shard_count_; i++) {
    Shard& shard = shards_[i];
    std::lock_guard<std::mutex> lock(shard.mutex);
    shard.least_free.store(shard.free.load(std::memory_order_relaxed), std::memory_order_relaxed);
  }
}

void SlotIndex::visit_free(void (*visit)(void* context, uint32_t slot), void* context) {
  for (uint32_t i = 0; i < shard_count_; i++) {
    Shard& shard = shards_[i];
    std::lock_guard<std::mutex> lock(shard.mutex);
    for (uint32_t slot = i * per_shard_; slot < shard.fresh; slot++) {
      if (entries_[slot].is_free) visit(context, slot);
    }
  }
}

}  // namespace wembed
