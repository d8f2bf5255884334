#include "base/pool_allocator.h"

#include <algorithm>
#include <cstring>

namespace wembed {

namespace {
constexpr size_t kGranule = 16;
constexpr size_t kHeader = 8;
constexpr uint32_t kNotFound = UINT32_MAX;
constexpr uint32_t kMostGranules = 1u << 28;  // 4 GiB
constexpr int kQuickTries = 4;
}  // namespace

PoolAllocator::Layout PoolAllocator::lay_out(size_t bytes) {
  // The number of classes follows from an upper bound of the granules, so that a small pool does
  // not get classes that it cannot fill.
  uint32_t bound = static_cast<uint32_t>(std::min<size_t>(bytes / kGranule, kMostGranules));
  Layout layout;
  layout.bins = bin_of(bound) + 1;
  size_t used = sizeof(PoolAllocator) + layout.bins * sizeof(uint32_t);
  layout.origin = ((used + kHeader - 1) & ~(kGranule - 1)) + kHeader;
  if (bytes < layout.origin + kHeader + kGranule) return layout;
  size_t room = (bytes - layout.origin - kHeader) / kGranule;  // the end header needs its 8 bytes
  layout.granules = static_cast<uint32_t>(std::min<size_t>(room, kMostGranules));
  return layout;
}

size_t PoolAllocator::block_bytes_for(size_t extent) {
  size_t granules = std::max<size_t>((extent + kGranule - 1) / kGranule, 1);
  size_t bytes = std::max(granules * kGranule, kSmallestPool);
  while (bytes / kGranule <= kMostGranules && lay_out(bytes).granules < granules) bytes += kGranule;
  return bytes;
}

PoolAllocator* PoolAllocator::create(void* block, size_t bytes) {
  if (block == nullptr || bytes < kSmallestPool) return nullptr;
  uintptr_t start = reinterpret_cast<uintptr_t>(block);
  uintptr_t self = (start + kGranule - 1) & ~uintptr_t{kGranule - 1};
  Layout layout = lay_out(bytes - (self - start));
  if (layout.granules == 0) return nullptr;
  uint32_t* heads = reinterpret_cast<uint32_t*>(self + sizeof(PoolAllocator));
  std::memset(heads, 0, layout.bins * sizeof(uint32_t));
  return ::new (reinterpret_cast<void*>(self))
      PoolAllocator(reinterpret_cast<uint8_t*>(self + layout.origin), layout.granules, heads);
}

PoolAllocator::PoolAllocator(uint8_t* origin, uint32_t granules, uint32_t* bins)
    : origin_(origin), granules_(granules), bins_(bins) {
  header(granules) = {kUsedBit, granules};  // a live block without bytes ends the pool
  header(0) = {granules, 0};
  link(0);
}

// --- free blocks -------------------------------------------------------------------------------

void PoolAllocator::link(uint32_t granule) {
  if (granule + header(granule).size == granules_) {
    tail_ = granule;
    return;
  }
  uint32_t bin = bin_of(header(granule).size);
  uint32_t head = bins_[bin];
  links(granule) = {head, 0};
  if (head != 0) {
    links(head - 1).previous = granule + 1;
  } else {
    map_.set(bin);
  }
  bins_[bin] = granule + 1;
}

void PoolAllocator::unlink(uint32_t granule) {
  if (granule == tail_) {
    tail_ = kNoTail;
    return;
  }
  Links own = links(granule);
  if (own.next != 0) links(own.next - 1).previous = own.previous;
  if (own.previous != 0) {
    links(own.previous - 1).next = own.next;
    return;
  }
  uint32_t bin = bin_of(header(granule).size);
  bins_[bin] = own.next;
  if (own.next == 0) map_.clear(bin);
}

// The first few blocks of the size's own class, then any block of a higher class, then the rest
// of the own class, and the tail when there is nothing else.
uint32_t PoolAllocator::find_fit(uint32_t size) const {
  uint32_t own = bin_of(size);
  uint32_t at = bins_[own];
  if (size < kExactBins && at != 0) return at - 1;
  for (int i = 0; i < kQuickTries && at != 0; i++) {
    if (header(at - 1).size >= size) return at - 1;
    at = links(at - 1).next;
  }
  uint32_t bin = map_.find(own + 1);
  if (bin != kNoBin) return bins_[bin] - 1;
  while (at != 0 && header(at - 1).size < size) at = links(at - 1).next;
  if (at != 0) return at - 1;
  return tail_ != kNoTail && header(tail_).size >= size ? tail_ : kNotFound;
}

// The granule of a live block's header, kNotFound when the headers around it do not agree.
uint32_t PoolAllocator::find_live(const void* block) const {
  uintptr_t distance = reinterpret_cast<uintptr_t>(block) - reinterpret_cast<uintptr_t>(origin_);
  if (distance < kHeader || (distance - kHeader) % kGranule != 0) return kNotFound;
  uint64_t granule = (distance - kHeader) / kGranule;
  if (granule >= granules_) return kNotFound;
  uint32_t at = static_cast<uint32_t>(granule);
  const Header& own = header(at);
  uint32_t size = own.size & ~kUsedBit;
  if ((own.size & kUsedBit) == 0 || size == 0 || size > granules_ - at) return kNotFound;
  if (header(at + size).before != size || own.before > at) return kNotFound;
  if (at != 0 && (own.before == 0 || (header(at - own.before).size & ~kUsedBit) != own.before)) {
    return kNotFound;
  }
  return at;
}

// --- operations --------------------------------------------------------------------------------

uint32_t PoolAllocator::granules_for(size_t size) const {
  if (size > size_t{granules_} * kGranule) return kNotFound;  // cannot wrap below
  return std::max(1u, static_cast<uint32_t>((size + kHeader + kGranule - 1) / kGranule));
}

// A live block has got `end` as its end.
void PoolAllocator::count(uint32_t used, uint32_t end) {
  used_ = used;
  high_mark_ = std::max(high_mark_, used_);
  extent_ = std::max(extent_, end);
}

void PoolAllocator::resize_block(uint32_t granule, uint32_t size, uint32_t used_bit) {
  header(granule).size = size | used_bit;
  header(granule + size).before = size;
}

// Cuts a live block to `size`; the rest becomes free, joined with a free block behind it.
void PoolAllocator::cut(uint32_t granule, uint32_t size) {
  uint32_t whole = header(granule).size & ~kUsedBit;
  if (whole == size) return;
  uint32_t rest = granule + size;
  uint32_t rest_size = whole - size;
  uint32_t next = granule + whole;
  uint32_t next_size = header(next).size;
  if ((next_size & kUsedBit) == 0) {
    unlink(next);
    rest_size += next_size;
  }
  resize_block(granule, size, kUsedBit);
  resize_block(rest, rest_size, 0);
  link(rest);
}

void* PoolAllocator::allocate_locked(size_t bytes) {
  uint32_t size = granules_for(bytes);
  if (size > granules_) return nullptr;
  uint32_t granule = find_fit(size);
  if (granule == kNotFound) return nullptr;
  unlink(granule);
  header(granule).size |= kUsedBit;
  cut(granule, size);
  count(used_ + size, granule + size);
  live_++;
  return origin_ + size_t{granule} * kGranule + kHeader;
}

void PoolAllocator::release_locked(uint32_t granule) {
  uint32_t size = header(granule).size & ~kUsedBit;
  used_ -= size;
  live_--;
  uint32_t next_size = header(granule + size).size;
  if ((next_size & kUsedBit) == 0) {
    unlink(granule + size);
    size += next_size;
  }
  uint32_t before = header(granule).before;
  if (before != 0 && (header(granule - before).size & kUsedBit) == 0) {
    header(granule).size = 0;  // a second release of this block finds no header
    granule -= before;
    unlink(granule);
    size += before;
  }
  resize_block(granule, size, 0);
  link(granule);
}

void* PoolAllocator::allocate(size_t size) {
  std::lock_guard<std::mutex> lock(mutex_);
  return allocate_locked(size);
}

// A block that is larger by the alignment, of which what lies in front of the aligned place is
// given back.
void* PoolAllocator::allocate_aligned(size_t size, size_t alignment) {
  if (alignment <= kGranule) return allocate(size);
  if (size > SIZE_MAX - alignment) return nullptr;
  std::lock_guard<std::mutex> lock(mutex_);
  auto* block = static_cast<uint8_t*>(allocate_locked(size + alignment));
  if (block == nullptr) return nullptr;
  uintptr_t rest = reinterpret_cast<uintptr_t>(block) % alignment;
  auto granule = static_cast<uint32_t>((block - kHeader - origin_) / kGranule);
  if (rest != 0) {
    auto front = static_cast<uint32_t>((alignment - rest) / kGranule);
    uint32_t whole = header(granule).size & ~kUsedBit;
    resize_block(granule, front, kUsedBit);
    resize_block(granule + front, whole - front, kUsedBit);
    live_++;
    release_locked(granule);
    granule += front;
  }
  uint32_t whole = header(granule).size & ~kUsedBit;
  cut(granule, granules_for(size));
  used_ -= whole - granules_for(size);
  return origin_ + size_t{granule} * kGranule + kHeader;
}

bool PoolAllocator::release(void* block) {
  std::lock_guard<std::mutex> lock(mutex_);
  uint32_t granule = find_live(block);
  if (granule == kNotFound) return false;
  release_locked(granule);
  return true;
}

void* PoolAllocator::reallocate(void* block, size_t bytes) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (block == nullptr) return allocate_locked(bytes);
  uint32_t granule = find_live(block);
  uint32_t size = granules_for(bytes);
  if (granule == kNotFound || size > granules_) return nullptr;
  uint32_t old = header(granule).size & ~kUsedBit;
  uint32_t next_size = header(granule + old).size;
  if (size > old && (next_size & kUsedBit) == 0 && size - old <= next_size) {
    unlink(granule + old);
    resize_block(granule, old + next_size, kUsedBit);
    cut(granule, size);
    count(used_ + size - old, granule + size);
    return block;
  }
  if (size <= old) {
    cut(granule, size);
    count(used_ - (old - size), granule + size);
    return block;
  }
  void* fresh = allocate_locked(bytes);
  if (fresh == nullptr) return nullptr;
  std::memcpy(fresh, block, size_t{old} * kGranule - kHeader);
  release_locked(granule);
  return fresh;
}

size_t PoolAllocator::size_of(const void* block) const {
  std::lock_guard<std::mutex> lock(mutex_);
  uint32_t granule = find_live(block);
  if (granule == kNotFound) return 0;
  return size_t{header(granule).size & ~kUsedBit} * kGranule - kHeader;
}

PoolAllocator::Statistics PoolAllocator::statistics() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return {granules_ * kGranule, (granules_ - used_) * kGranule, high_mark_ * kGranule,
          extent_ * kGranule, live_};
}

void PoolAllocator::restart_high_mark() {
  std::lock_guard<std::mutex> lock(mutex_);
  high_mark_ = used_;
}

Allocator PoolAllocator::allocator() {
  Allocator result;
  result.allocate_fn = [](void* pool, size_t size) {
    return static_cast<PoolAllocator*>(pool)->allocate(size);
  };
  result.reallocate_fn = [](void* pool, void* block, size_t, size_t size) {
    return static_cast<PoolAllocator*>(pool)->reallocate(block, size);
  };
  result.release_fn = [](void* pool, void* block) {
    static_cast<PoolAllocator*>(pool)->release(block);
  };
  result.context = this;
  return result;
}

}  // namespace wembed
