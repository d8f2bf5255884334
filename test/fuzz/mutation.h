// What the tests with mutated files have in common: random numbers that a seed decides, an
// allocator that counts, and blocks of just the size of what is in them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "base/allocator.h"

namespace wembed::mutation {

struct Random {
  uint64_t state;
  uint64_t next() {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state * 0x2545f4914f6cdd1du;
  }
  size_t below(size_t limit) { return limit == 0 ? 0 : static_cast<size_t>(next() >> 11) % limit; }
};

// Of counting_allocator(): what was not given back, and the most bytes since somebody reset them.
inline size_t live_blocks = 0;
inline size_t live_bytes = 0;
inline size_t peak_bytes = 0;

constexpr size_t kHead = 16;  // of a block, for its size

inline void* resized(void* block, size_t size) {
  char* head = block == nullptr ? nullptr : static_cast<char*>(block) - kHead;
  if (head == nullptr) {
    live_blocks++;
  } else {
    live_bytes -= *reinterpret_cast<size_t*>(head);
  }
  head = static_cast<char*>(std::realloc(head, size + kHead));
  *reinterpret_cast<size_t*>(head) = size;
  live_bytes += size;
  peak_bytes = std::max(peak_bytes, live_bytes);
  return head + kHead;
}

inline Allocator counting_allocator() {
  Allocator allocator;
  allocator.allocate_fn = [](void*, size_t size) { return resized(nullptr, size); };
  allocator.reallocate_fn = [](void*, void* block, size_t, size_t size) {
    return resized(block, size);
  };
  allocator.release_fn = [](void*, void* block) {
    char* head = static_cast<char*>(block) - kHead;
    live_blocks--;
    live_bytes -= *reinterpret_cast<size_t*>(head);
    std::free(head);
  };
  return allocator;
}

// A sanitizer sees each byte too many.
struct Exact {
  explicit Exact(const std::vector<uint8_t>& from)
      : data(static_cast<uint8_t*>(std::malloc(from.empty() ? 1 : from.size()))),
        size(from.size()) {
    if (!from.empty()) std::memcpy(data, from.data(), from.size());
  }
  Exact(const Exact&) = delete;
  Exact& operator=(const Exact&) = delete;
  ~Exact() { std::free(data); }

  uint8_t* data;
  size_t size;
};

}  // namespace wembed::mutation
