// Memory for host and guest to share: the host-managed heap, or the allocator a module exports.
#pragma once

#include <cstdint>

#include "module/module.h"

namespace wembed {

struct Instance;

// The functions of an allocator that a module exports for others to use.
struct GuestAllocator {
  uint32_t allocate = kNoFunction;  // function indices
  uint32_t retain = kNoFunction;    // AssemblyScript: pins what `allocate` returned
  uint32_t release = kNoFunction;
  [[nodiscard]] bool usable() const { return allocate != kNoFunction && release != kNoFunction; }
};

// The allocator the module exports under WAMR's rules; not usable() when it has no complete one.
GuestAllocator find_guest_allocator(const Module& module);

// Offset of `size` bytes in memory 0, or 0. Sets an exception where WAMR does. May run the guest
// and may move memory.
uint64_t guest_malloc(Instance& instance, uint64_t size);

// Anything that is no block is ignored.
void guest_free(Instance& instance, uint64_t offset);

}  // namespace wembed
