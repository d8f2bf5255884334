#include "memory/guest_heap.h"

#include <algorithm>
#include <cstring>

namespace wembed {

namespace {

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
  std::memset(quick_, 0, sizeof quick_);
  capacity_ = spare_ = 0;
  quick_set_ = 0;
  top_ = used_ = peak_ = 0;
}

// --- records -----------------------------------------------------------------------------------

// Makes sure that take_record() finds one.
bool GuestHeap::spare_record() {
  if (spare_ != 0) [[likely]]
    return true;
  if (capacity_ > kWaiting / 2) return false;
  uint32_t capacity = capacity_ == 0 ? kFirstRecords : capacity_ * 2;
  void* block = allocator_.reallocate(blocks_, size_t{capacity_} * sizeof(Block),
                                      size_t{capacity} * sizeof(Block));
  if (block == nullptr) return false;
  blocks_ = static_cast<Block*>(block);
  uint32_t first = std::max(capacity_, 1u);
  if (capacity_ == 0) blocks_[0] = {UINT32_MAX, 0, 0, 0, 0, kLive};  // starts at no granule
  for (uint32_t i = capacity; i-- > first;) drop_record(i);
  capacity_ = capacity;
  return true;
}

inline GuestHeap::Index GuestHeap::take_record() {
  Index index = spare_;
  spare_ = blocks_[index].next_free;
  return index;
}

inline void GuestHeap::drop_record(Index index) {
  blocks_[index].next_free = spare_;
  blocks_[index].prev_free = 0;  // not live, whatever the table still says
  spare_ = index;
}

// Makes sure that a block starting at `start` can be entered into the table.
inline bool GuestHeap::prepare(uint32_t start) {
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

// Names a block in the table. The entry is not taken back, see find_live().
void GuestHeap::enter(Index index) {
  uint32_t start = blocks_[index].start;
  table_[start >> shift_][start & ((1u << shift_) - 1)] = index;
}

// --- free blocks -------------------------------------------------------------------------------

inline void GuestHeap::link(Index index) {
  Block& block = blocks_[index];
  uint32_t bin = bin_of(block.size);
  block.next_free = bins_[bin];
  block.prev_free = 0;
  blocks_[block.next_free].prev_free = index;
  blocks_[0].prev_free = kLive;  // in case the list was empty
  bins_[bin] = index;
  map_.set(bin);
}

inline void GuestHeap::unlink(Index index) {
  Block& block = blocks_[index];
  uint32_t bin = bin_of(block.size);
  blocks_[block.next_free].prev_free = block.prev_free;
  blocks_[0].prev_free = kLive;
  Index* before = block.prev_free == 0 ? &bins_[bin] : &blocks_[block.prev_free].next_free;
  *before = block.next_free;
  map_.clear_if(bin, bins_[bin] == 0);
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
inline GuestHeap::Index GuestHeap::split(Index index, uint32_t size) {
  Index rest = take_record();
  Block& block = blocks_[index];
  blocks_[rest] = {block.start + size, block.size - size, index, block.after, 0, 0};
  blocks_[block.after].before = rest;
  block.after = rest;
  block.size = size;
  return rest;
}

// Joins a block with the next one, which is in no bin.
inline void GuestHeap::absorb_next(Index index) {
  Block& block = blocks_[index];
  Index next = block.after;
  block.size += blocks_[next].size;
  block.after = blocks_[next].after;
  blocks_[block.after].before = index;
  drop_record(next);
}

// Takes a block that is in no bin back, joined with its free neighbours.
void GuestHeap::free_block(Index index) {
  Index next = blocks_[index].after;
  if (is_free(next)) {
    unlink(next);
    absorb_next(index);
  }
  Index before = blocks_[index].before;
  if (is_free(before)) {
    unlink(before);
    absorb_next(before);
    index = before;
  }
  if (blocks_[index].after != 0) {
    link(index);
    return;
  }
  top_ = blocks_[index].start;
  before = blocks_[index].before;
  blocks_[before].after = 0;
  blocks_[0].before = before;
  drop_record(index);
}

// --- operations --------------------------------------------------------------------------------

uint32_t GuestHeap::granules_for(uint64_t size) const {
  if (size > uint64_t{granules_} * kGranule) return granules_ + 1;  // fits nowhere
  return std::max(1u, static_cast<uint32_t>((size + kGranule - 1) / kGranule));
}

// From the bins or the top. Joining what waits costs time for each such block, and soon they are
// wanted again: while they are few, beside those in use, it is put off until the top is used up.
uint64_t GuestHeap::allocate_joined(uint64_t bytes) {
  uint32_t size = granules_for(bytes);
  if (size > granules_) return 0;
  Index index = find_fit(size);
  if (index == 0 && top_ - used_ > used_ / 2 && join_waiting()) index = find_fit(size);
  if (index == 0 && size > granules_ - top_ && join_waiting()) index = find_fit(size);
  if (index == 0 && size <= granules_ - top_) return take_from_top(size);
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
  enter(index);
  return go_live(index);
}

uint64_t GuestHeap::take_from_top(uint32_t size) {
  if (!spare_record() || !prepare(top_)) return 0;
  Index index = take_record();
  Index last = blocks_[0].before;
  blocks_[index] = {top_, size, last, 0, 0, kLive};
  blocks_[last].after = index;
  blocks_[0].before = index;
  top_ += size;
  enter(index);
  return go_live(index);
}

// Empties the quick lists. False when they were empty.
bool GuestHeap::join_waiting() {
  bool any = false;
  for (uint64_t set = quick_set_; set != 0; set &= set - 1) {
    int size = std::countr_zero(set);
    Index index = quick_[size];
    quick_[size] = 0;
    while (index != 0) {
      Index next = blocks_[index].next_free;
      free_block(index);
      index = next;
      any = true;
    }
  }
  quick_set_ = 0;
  return any;
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
  if (resize(index, size) || (join_waiting() && resize(index, size))) return offset;
  uint64_t old_bytes = uint64_t{blocks_[index].size} * kGranule;
  uint64_t fresh = allocate(bytes);
  if (fresh == 0) return 0;
  std::memcpy(memory + fresh, memory + offset, static_cast<size_t>(std::min(old_bytes, bytes)));
  release(offset);
  return fresh;
}

void GuestHeap::visit(Visit visit, void* context) const {
  if (blocks_ == nullptr) return;
  for (Index i = blocks_[0].after; i != 0; i = blocks_[i].after) {
    const Block& block = blocks_[i];
    visit(context, offset_of(block.start), uint64_t{block.size} * kGranule,
          block.prev_free == kLive);
  }
}

GuestHeap::Statistics GuestHeap::statistics() {
  join_waiting();
  uint32_t largest = granules_ - top_;
  // The highest class that is not empty holds the largest binned block.
  for (uint32_t bin = bin_of(granules_) + 1; bin-- > 0;) {
    if (bins_[bin] == 0) continue;
    for (Index i = bins_[bin]; i != 0; i = blocks_[i].next_free) {
      largest = std::max(largest, blocks_[i].size);
    }
    break;
  }
  uint64_t live = 0;
  for (Index i = capacity_ == 0 ? 0 : blocks_[0].after; i != 0; i = blocks_[i].after) {
    live += blocks_[i].prev_free == kLive ? 1 : 0;
  }
  uint64_t table = sizeof(GuestHeap) + chunks_ * sizeof(Index*) +
                   (bin_of(granules_) + 1) * sizeof(Index) +
                   uint64_t{chunks_made_} * (sizeof(Index) << shift_);
  return {uint64_t{granules_} * kGranule,
          uint64_t{used_} * kGranule,
          uint64_t{peak_} * kGranule,
          uint64_t{largest} * kGranule,
          live,
          table + uint64_t{capacity_} * sizeof(Block)};
}

}  // namespace wembed
