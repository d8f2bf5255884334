#include "memory/guest_heap.h"

#include <algorithm>
#include <cstring>

namespace wembed {

namespace {

constexpr uint64_t kGranule = 16;
constexpr uint64_t kFirst = 8;                // payloads start here in the range
constexpr uint32_t kMostGranules = 1u << 31;  // larger ranges are not used to their end
constexpr uint32_t kFirstRecords = 4;
constexpr int kQuickTries = 4;

uint32_t chunk_shift(uint32_t granules) {
  // Table and chunks of similar length: neither is large for a heap that is hardly used.
  return std::max(6u, (static_cast<uint32_t>(std::bit_width(granules)) + 2) / 2);
}

}  // namespace

GuestHeap* GuestHeap::create(Allocator& allocator, uint64_t begin, uint64_t end) {
  if (begin % 8 != 0 || end < begin || end - begin < kFirst + kGranule) return nullptr;
  uint64_t granules = std::min<uint64_t>((end - begin - kFirst) / kGranule, kMostGranules);
  uint32_t count = static_cast<uint32_t>(granules);
  uint32_t shift = chunk_shift(count);
  size_t chunks = static_cast<size_t>((granules + (uint64_t{1} << shift) - 1) >> shift);
  size_t bins = bin_of(count) + 1;
  size_t bytes = sizeof(GuestHeap) + chunks * sizeof(Index*) + bins * sizeof(Index);
  void* block = allocator.allocate(bytes);
  if (block == nullptr) return nullptr;
  std::memset(block, 0, bytes);
  GuestHeap* heap = ::new (block) GuestHeap(allocator, begin, end, count);
  heap->shift_ = shift;
  heap->chunks_ = static_cast<uint32_t>(chunks);
  heap->table_ = reinterpret_cast<Index**>(heap + 1);
  heap->bins_ = reinterpret_cast<Index*>(heap->table_ + chunks);
  return heap;
}

GuestHeap::GuestHeap(Allocator& allocator, uint64_t begin, uint64_t end, uint32_t granules)
    : allocator_(allocator), begin_(begin), end_(end), granules_(granules) {}

void GuestHeap::destroy() {
  Allocator& allocator = allocator_;
  reset();
  allocator.destroy(this);
}

void GuestHeap::reset() {
  for (uint32_t i = 0; i < chunks_ && chunks_made_ > 0; i++) {
    if (table_[i] == nullptr) continue;
    allocator_.release(table_[i]);
    table_[i] = nullptr;
    chunks_made_--;
  }
  allocator_.release(blocks_);
  blocks_ = nullptr;
  std::memset(bins_, 0, (bin_of(granules_) + 1) * sizeof(Index));
  map_ = BinMap();
  capacity_ = spare_ = last_ = 0;
  top_ = used_ = peak_ = live_ = 0;
}

// --- records -----------------------------------------------------------------------------------

// Makes sure that take_record() finds one.
bool GuestHeap::spare_record() {
  if (spare_ != 0) [[likely]]
    return true;
  if (capacity_ > kUsed / 2) return false;
  uint32_t capacity = capacity_ == 0 ? kFirstRecords : capacity_ * 2;
  void* block = allocator_.reallocate(blocks_, size_t{capacity_} * sizeof(Block),
                                      size_t{capacity} * sizeof(Block));
  if (block == nullptr) return false;
  blocks_ = static_cast<Block*>(block);
  uint32_t first = std::max(capacity_, 1u);  // record 0 means none
  for (uint32_t i = capacity; i-- > first;) drop_record(i);
  capacity_ = capacity;
  return true;
}

GuestHeap::Index GuestHeap::take_record() {
  Index index = spare_;
  spare_ = blocks_[index].next_free;
  return index;
}

void GuestHeap::drop_record(Index index) {
  blocks_[index].next_free = spare_;
  spare_ = index;
}

// Makes sure that a block starting at `start` can be entered into the table.
bool GuestHeap::prepare(uint32_t start) {
  Index*& chunk = table_[start >> shift_];
  if (chunk != nullptr) [[likely]]
    return true;
  size_t bytes = sizeof(Index) << shift_;
  chunk = static_cast<Index*>(allocator_.allocate(bytes));
  if (chunk == nullptr) return false;
  std::memset(chunk, 0, bytes);
  chunks_made_++;
  return true;
}

void GuestHeap::set_live(Index index) {
  Block& block = blocks_[index];
  block.next_free = kUsed;
  table_[block.start >> shift_][block.start & ((1u << shift_) - 1)] = index;
  used_ += block.size;
  live_++;
  if (used_ > peak_) peak_ = used_;
}

GuestHeap::Index GuestHeap::find_live(uint64_t offset) const {
  uint64_t distance = offset - (begin_ + kFirst);  // huge when offset lies before that
  if (distance % kGranule != 0 || distance / kGranule >= top_) return 0;
  uint32_t granule = static_cast<uint32_t>(distance / kGranule);
  const Index* chunk = table_[granule >> shift_];
  return chunk == nullptr ? 0 : chunk[granule & ((1u << shift_) - 1)];
}

// --- free blocks -------------------------------------------------------------------------------

void GuestHeap::link(Index index) {
  Block& block = blocks_[index];
  uint32_t bin = bin_of(block.size);
  Index head = bins_[bin];
  block.next_free = head;
  block.prev_free = 0;
  if (head != 0) {
    blocks_[head].prev_free = index;
  } else {
    map_.set(bin);
  }
  bins_[bin] = index;
}

void GuestHeap::unlink(Index index) {
  Block& block = blocks_[index];
  if (block.next_free != 0) blocks_[block.next_free].prev_free = block.prev_free;
  if (block.prev_free != 0) {
    blocks_[block.prev_free].next_free = block.next_free;
    return;
  }
  uint32_t bin = bin_of(block.size);
  bins_[bin] = block.next_free;
  if (block.next_free == 0) map_.clear(bin);
}

// A free block of at least `size` granules from the bins. The first few blocks of the size's own
// class come first, so that a block just freed is found again; else any block of a higher class.
GuestHeap::Index GuestHeap::find_fit(uint32_t size) const {
  uint32_t bin = bin_of(size);
  if (size >= kExactBins) {
    Index index = bins_[bin];
    for (int i = 0; i < kQuickTries && index != 0; i++) {
      if (blocks_[index].size >= size) return index;
      index = blocks_[index].next_free;
    }
    bin++;
  }
  bin = map_.find(bin);
  return bin == kNoBin ? 0 : bins_[bin];
}

// Cuts a block to `size`; the rest becomes a block of its own, in no bin yet. Needs a spare record.
GuestHeap::Index GuestHeap::split(Index index, uint32_t size) {
  Index rest = take_record();
  Block& block = blocks_[index];
  blocks_[rest] = {block.start + size, block.size - size, index, block.after, 0, 0};
  (block.after != 0 ? blocks_[block.after].before : last_) = rest;
  block.after = rest;
  block.size = size;
  return rest;
}

// Joins a block with the next one, which is in no bin.
void GuestHeap::absorb_next(Index index) {
  Block& block = blocks_[index];
  Index next = block.after;
  block.size += blocks_[next].size;
  block.after = blocks_[next].after;
  (block.after != 0 ? blocks_[block.after].before : last_) = index;
  drop_record(next);
}

// Takes a block that is in no bin and not in the table back, joined with its free neighbours.
void GuestHeap::free_block(Index index) {
  Index next = blocks_[index].after;
  if (next != 0 && is_free(next)) {
    unlink(next);
    absorb_next(index);
  }
  Index before = blocks_[index].before;
  if (before != 0 && is_free(before)) {
    unlink(before);
    absorb_next(before);
    index = before;
  }
  if (blocks_[index].after != 0) {
    link(index);
    return;
  }
  top_ = blocks_[index].start;
  last_ = blocks_[index].before;
  if (last_ != 0) blocks_[last_].after = 0;
  drop_record(index);
}

// --- operations --------------------------------------------------------------------------------

uint32_t GuestHeap::granules_for(uint64_t size) const {
  if (size > uint64_t{granules_} * kGranule) return granules_ + 1;  // fits nowhere
  return std::max(1u, static_cast<uint32_t>((size + kGranule - 1) / kGranule));
}

uint64_t GuestHeap::allocate(uint64_t bytes) {
  uint32_t size = granules_for(bytes);
  if (size > granules_) return 0;
  Index index = find_fit(size);
  if (index == 0 && size <= granules_ - top_) {
    if (!spare_record() || !prepare(top_)) return 0;
    index = take_record();
    blocks_[index] = {top_, size, last_, 0, kUsed, 0};
    if (last_ != 0) blocks_[last_].after = index;
    last_ = index;
    top_ += size;
    set_live(index);
    return offset_of(blocks_[index].start);
  }
  if (index == 0) {
    // Nearly full: what is left of the own class may still hold a block that is large enough.
    index = bins_[bin_of(size)];
    while (index != 0 && blocks_[index].size < size) index = blocks_[index].next_free;
    if (index == 0) return 0;
  }
  bool larger = blocks_[index].size > size;
  if ((larger && !spare_record()) || !prepare(blocks_[index].start)) return 0;
  unlink(index);
  if (larger) link(split(index, size));
  set_live(index);
  return offset_of(blocks_[index].start);
}

bool GuestHeap::release(uint64_t offset) {
  Index index = find_live(offset);
  if (index == 0) return false;
  uint32_t start = blocks_[index].start;
  table_[start >> shift_][start & ((1u << shift_) - 1)] = 0;
  used_ -= blocks_[index].size;
  live_--;
  free_block(index);
  return true;
}

uint64_t GuestHeap::size_of(uint64_t offset) const {
  Index index = find_live(offset);
  return index == 0 ? 0 : uint64_t{blocks_[index].size} * kGranule;
}

// In place only. A block that cannot be cut for want of a record simply stays larger.
bool GuestHeap::resize(Index index, uint32_t size) {
  Block& block = blocks_[index];
  uint32_t old = block.size;
  if (size > old) {
    Index next = block.after;
    if (next == 0) {
      if (size - old > granules_ - top_) return false;
      top_ += size - old;
      block.size = size;
    } else {
      if (!is_free(next) || size - old > blocks_[next].size) return false;
      unlink(next);
      absorb_next(index);  // leaves the record that a rest needs
      if (block.size > size) link(split(index, size));
    }
  } else if (size < old && spare_record()) {
    free_block(split(index, size));
  }
  used_ += blocks_[index].size - old;
  if (used_ > peak_) peak_ = used_;
  return true;
}

uint64_t GuestHeap::reallocate(uint64_t offset, uint64_t bytes, uint8_t* memory) {
  if (offset == 0) return allocate(bytes);
  Index index = find_live(offset);
  if (index == 0) return 0;
  uint32_t size = granules_for(bytes);
  if (size > granules_) return 0;
  if (resize(index, size)) return offset;
  uint64_t old_bytes = uint64_t{blocks_[index].size} * kGranule;
  uint64_t fresh = allocate(bytes);
  if (fresh == 0) return 0;
  std::memcpy(memory + fresh, memory + offset, static_cast<size_t>(std::min(old_bytes, bytes)));
  release(offset);
  return fresh;
}

GuestHeap::Statistics GuestHeap::statistics() const {
  uint32_t largest = granules_ - top_;
  // The highest class that is not empty holds the largest binned block.
  for (uint32_t bin = bin_of(granules_) + 1; bin-- > 0;) {
    if (bins_[bin] == 0) continue;
    for (Index i = bins_[bin]; i != 0; i = blocks_[i].next_free) {
      largest = std::max(largest, blocks_[i].size);
    }
    break;
  }
  uint64_t table = sizeof(GuestHeap) + chunks_ * sizeof(Index*) +
                   (bin_of(granules_) + 1) * sizeof(Index) +
                   uint64_t{chunks_made_} * (sizeof(Index) << shift_);
  return {uint64_t{granules_} * kGranule,
          uint64_t{used_} * kGranule,
          uint64_t{peak_} * kGranule,
          uint64_t{largest} * kGranule,
          live_,
          table + uint64_t{capacity_} * sizeof(Block)};
}

}  // namespace wembed
