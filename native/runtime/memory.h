// A linear memory as instances see it: pages, limits and the epoch over a storage backend.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/published.h"
#include "isa/types.h"
#include "memory/backend.h"

namespace wembed {

class GuestHeap;
struct Instance;
class LibraryPart;
class SharedHeap;

struct Memory {
  // Hot: what running code reads. Equal to storage->view() whenever guest code runs. A shared
  // memory never moves, and its size, which only ever becomes larger, may be stale in registers.
  uint8_t* base = nullptr;
  Published<uint64_t> size;

  // Changes whenever base or size does, and when the memory goes: a view made under another
  // epoch is stale. Readable by the embedder without a call.
  std::atomic<uint32_t> epoch{1};

  // The epoch with which these contents began: when the memory was made or last reset.
  uint32_t first_epoch = 1;

  MemoryType type;
  Published<uint64_t> pages;
  uint64_t max_pages = 0;  // effective: declared, host's and implementation limit
  LinearMemory* storage = nullptr;
  Instance* owner = nullptr;  // made it
  bool is_broken = false;     // a reset failed
  bool is_growing = false;    // the embedder's storage may call back meanwhile
  bool is_imaged = false;     // made with the contents of its module's active segments
  GuestHeap* heap = nullptr;  // host-managed part of the memory, null: none
  // Lies at the end of what addresses reach, and those it is chained to below it; null: none.
  Published<SharedHeap*> shared_heap;
  // What those who use the memory have in common of a library; null: nothing yet.
  std::atomic<LibraryPart*> library_part{nullptr};

  [[nodiscard]] bool is_shared() const { return type.limits.is_shared; }

  // The contents begin anew, with an epoch that nothing was derived under: of a new memory, one
  // that no other memory is likely to have, so that what belongs to one is stale for the others.
  void begin_first_life();
  void begin_next_life();

  // memory.grow: the old size in pages, or -1 with nothing changed.
  int64_t grow(uint64_t delta_pages);

  // Back to the pages and contents of a new memory, with a heap without blocks. False: it has no
  // bytes, and no more come, until a reset succeeds.
  [[nodiscard]] bool reset();
  void end_library_part();
};

// No address is in it.
inline constinit const Memory kNoMemory;

}  // namespace wembed
