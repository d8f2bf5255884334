#include "memory/zeroed_block.h"

#include <algorithm>
#include <cstring>

#include "base/system_allocator.h"
#include "memory/shelves.h"
#include "platform/virtual_memory.h"

namespace wembed {

namespace {

// More than any machine has. Such sizes are not even asked for: an allocator may take the
// question itself for a mistake, as the sanitizers' do.
constexpr uint64_t kMostBytes = uint64_t{1} << 39;

constexpr uint64_t kLeastMapped = 128 * 1024;
// Instances of one module tend to have the same, small memory: a few such blocks wait for the next.
constexpr uint64_t kMostKeptBytes = 1 << 20;
constexpr uint64_t kKeptStorage = 64 * 1024;
// What clearing writes again instead of giving it back.
constexpr uint64_t kKeptByClear = 256 * 1024;

constexpr uint64_t kChunk = 4096;  // that a copy looks at

constinit Shelves<MemoryRegion> shelves;

// A block without bytes has a base too: callers form base + 0.
size_t block_bytes(uint64_t bytes) { return bytes == 0 ? 1 : static_cast<size_t>(bytes); }

bool is_zero(const uint8_t* bytes, uint64_t count) {
  return bytes[0] == 0 && std::memcmp(bytes, bytes + 1, count - 1) == 0;
}

bool is_possible(uint64_t bytes) { return bytes <= kMostBytes && bytes <= SIZE_MAX / 2; }

}  // namespace

void copy_into_zeros(uint8_t* target, const uint8_t* source, uint64_t bytes) {
  for (uint64_t at = 0; at < bytes; at += kChunk) {
    uint64_t count = std::min(kChunk, bytes - at);
    if (!is_zero(source + at, count)) std::memcpy(target + at, source + at, count);
  }
}

bool ZeroedBlock::map(uint64_t bytes) {
  bytes = MemoryRegion::whole_pages(bytes);
  bool is_kept = bytes <= kMostKeptBytes && shelves.take(region_, [&](const MemoryRegion& kept) {
    return kept.accessible() == bytes;
  });
  if (!is_kept) {
    platform::Reserved fresh = platform::map_zeros(bytes);
    if (fresh.error != 0) return false;
    region_ = MemoryRegion(fresh.address, bytes);
  }
  base_ = region_.base();
  capacity_ = bytes;
  is_mapped_ = true;
  return true;
}

bool ZeroedBlock::make(Allocator& allocator, uint64_t bytes) {
  if (!is_possible(bytes)) return false;
  if (bytes >= kLeastMapped && is_system(allocator) && map(bytes)) return true;
  void* block = allocator.allocate(block_bytes(bytes));
  if (block == nullptr) return false;
  std::memset(block, 0, block_bytes(bytes));
  base_ = static_cast<uint8_t*>(block);
  capacity_ = bytes;
  return true;
}

void ZeroedBlock::release(Allocator& allocator) {
  if (!is_mapped_) {
    allocator.release(base_);
  } else if (capacity_ > kMostKeptBytes || region_.clean(capacity_, kKeptStorage) != 0 ||
             !shelves.put(region_)) {
    platform::release(base_, capacity_);
  }
  *this = ZeroedBlock();
}

// To another block, whatever either is made of.
bool ZeroedBlock::move(Allocator& allocator, uint64_t used, uint64_t bytes) {
  ZeroedBlock fresh;
  if (!fresh.make(allocator, bytes)) return false;
  copy_into_zeros(fresh.base_, base_, used);
  release(allocator);
  *this = fresh;
  return true;
}

bool ZeroedBlock::resize(Allocator& allocator, uint64_t used, uint64_t bytes) {
  if (!is_possible(bytes)) return false;
  bool may_map = bytes >= kLeastMapped && is_system(allocator);
  if (is_mapped_) {
    uint64_t whole = MemoryRegion::whole_pages(bytes);
    if (whole == capacity_) return true;
    if (!may_map) return move(allocator, used, bytes);
    platform::Reserved moved = platform::resize_zeros(base_, capacity_, whole);
    if (moved.error != 0) return move(allocator, used, bytes);
    region_ = MemoryRegion(moved.address, whole);
    base_ = moved.address;
    capacity_ = whole;
    return true;
  }
  if (may_map && move(allocator, used, bytes)) return true;
  void* block = allocator.reallocate(base_, block_bytes(capacity_), block_bytes(bytes));
  if (block == nullptr) return false;
  base_ = static_cast<uint8_t*>(block);
  if (bytes > used) std::memset(base_ + used, 0, static_cast<size_t>(bytes - used));
  capacity_ = bytes;
  return true;
}

void ZeroedBlock::clear(uint64_t used) {
  if (is_mapped_ && region_.clean(capacity_, kKeptByClear) == 0) return;
  std::memset(base_, 0, static_cast<size_t>(used));
}

uint64_t drop_kept_blocks() {
  uint64_t bytes = 0;
  MemoryRegion kept;
  while (shelves.take_any(kept)) {
    bytes += kept.trim();
    platform::release(kept.base(), kept.accessible());
  }
  return bytes;
}

}  // namespace wembed
