// A linear memory as instances see it: pages, limits and the epoch over a storage backend.
#pragma once

#include <atomic>
#include <cstdint>

#include "isa/types.h"
#include "memory/backend.h"

namespace wembed {

class GuestHeap;

struct Memory {
  // Hot: what running code reads. Equal to storage->view() whenever guest code runs.
  uint8_t* base = nullptr;
  uint64_t size = 0;

  // Changes whenever base or size does, and when the memory goes: a view made under another
  // epoch is stale. Readable by the embedder without a call.
  std::atomic<uint32_t> epoch{1};

  MemoryType type;
  uint64_t pages = 0;
  uint64_t max_pages = 0;  // effective: declared, host's and implementation limit
  LinearMemory* storage = nullptr;
  bool is_imaged = false;     // made with the contents of its module's active segments
  GuestHeap* heap = nullptr;  // host-managed part of the memory, null: none

  // memory.grow: the old size in pages, or -1 with nothing changed.
  int64_t grow(uint64_t delta_pages);
};

}  // namespace wembed
