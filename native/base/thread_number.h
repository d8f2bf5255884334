// Threads numbered in the order in which they first asked, to spread them over shards of something.
#pragma once

#include <atomic>
#include <cstdint>

namespace wembed {

inline uint32_t thread_number() {
  static constinit std::atomic<uint32_t> next{0};
  thread_local uint32_t number = next.fetch_add(1, std::memory_order_relaxed);
  return number;
}

}  // namespace wembed
