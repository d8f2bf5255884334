// Where small objects are: blocks of lines, and what is known of both. Private to native/heap.
//
//   | bitmaps, lines | objects ...                        |    16 KiB, aligned to that
//                    ^ kFirstLine
//
// An object begins at a granule. A line is free when no object that was found alive reaches into
// it and none was made there since; allocation goes through runs of free lines.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/object.h"

namespace wembed {

constexpr uint32_t kBlockBytes = 16384;
constexpr uint32_t kLineBytes = 128;
constexpr uint32_t kGranuleBytes = 16;
constexpr uint32_t kLines = kBlockBytes / kLineBytes;
constexpr uint32_t kGranuleWords = kBlockBytes / kGranuleBytes / 64;

struct Block {
  uint64_t starts[kGranuleWords];  // granules at which an object begins
  uint64_t marks[kGranuleWords];   // of them, those found alive by the collection that goes on
  uint64_t gray[kGranuleWords];    // of these, those whose references are still to be followed
  uint8_t is_used[kLines];
  Block* next;       // of the heap's list
  Block* next_gray;  // in the marker's list
  bool is_gray;      // in that list

  static Block& of(const void* address) {
    return *reinterpret_cast<Block*>(reinterpret_cast<uintptr_t>(address) &
                                     ~uintptr_t{kBlockBytes - 1});
  }
  static uint32_t granule_of(const void* address) {
    return (reinterpret_cast<uintptr_t>(address) & (kBlockBytes - 1)) / kGranuleBytes;
  }
  static bool has(const uint64_t* bitmap, uint32_t granule) {
    return (bitmap[granule / 64] >> (granule % 64) & 1) != 0;
  }
  static void set(uint64_t* bitmap, uint32_t granule) {
    bitmap[granule / 64] |= uint64_t{1} << (granule % 64);
  }
  // By the one thread that allocates in the block, for others that look for objects meanwhile.
  static void publish(uint64_t* bitmap, uint32_t granule) {
    uint64_t& word = bitmap[granule / 64];
    __atomic_store_n(&word, word | uint64_t{1} << (granule % 64), __ATOMIC_RELEASE);
  }
  static bool is_published(const uint64_t* bitmap, uint32_t granule) {
    return (__atomic_load_n(&bitmap[granule / 64], __ATOMIC_ACQUIRE) >> (granule % 64) & 1) != 0;
  }
  [[nodiscard]] Object& object_at(uint32_t granule) {
    return *reinterpret_cast<Object*>(reinterpret_cast<uint8_t*>(this) + granule * kGranuleBytes);
  }
  [[nodiscard]] uint8_t* line(uint32_t index) {
    return reinterpret_cast<uint8_t*>(this) + index * kLineBytes;
  }
  [[nodiscard]] bool is_empty() const;
  void use_lines(const void* begin, uint64_t bytes) {
    uint64_t offset = reinterpret_cast<uintptr_t>(begin) & (kBlockBytes - 1);
    for (uint64_t at = offset / kLineBytes; at <= (offset + bytes - 1) / kLineBytes; at++) {
      is_used[at] = 1;
    }
  }
};

constexpr uint32_t kFirstLine = (sizeof(Block) + kLineBytes - 1) / kLineBytes;

inline bool Block::is_empty() const {
  return std::find(is_used + kFirstLine, is_used + kLines, 1) == is_used + kLines;
}

// An object that shares no block. Its address is 8 more than a multiple of 16, which tells it from
// others.
struct LargeObject {
  void* block;  // the allocator's
  uint64_t bytes;
  LargeObject* next_gray;
  bool is_marked;

  static bool is(const Object* object) { return (reinterpret_cast<uintptr_t>(object) & 8) != 0; }
  static LargeObject& of(const Object* object) {
    return *reinterpret_cast<LargeObject*>(reinterpret_cast<uintptr_t>(object) -
                                           sizeof(LargeObject));
  }
  [[nodiscard]] Object* object() { return reinterpret_cast<Object*>(this + 1); }
};
static_assert(sizeof(LargeObject) % 16 == 0);

}  // namespace wembed
