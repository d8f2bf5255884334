// Memory for host and guest to share: the host-managed heap, or the allocator a module exports.
#pragma once

#include <cstdint>

#include "module/module.h"
#include "runtime/conventions.h"

namespace wembed {

struct Instance;

// The functions of an allocator that a module exports for others to use.
struct GuestAllocator {
  uint32_t allocate = kNoFunction;  // function indices
  uint32_t retain = kNoFunction;    // AssemblyScript: pins what `allocate` returned
  uint32_t release = kNoFunction;
  [[nodiscard]] bool usable() const { return allocate != kNoFunction && release != kNoFunction; }
};

// The allocator the module exports under these names; not usable() when it has no complete one. Of
// several functions for one role the first export that fits is taken. One that creates is used only
// with one that retains, and where none allocates.
GuestAllocator find_guest_allocator(const Module& module, std::span<const AllocatorName> names);

// Offset of `size` bytes in memory 0, or 0. Sets an exception where there is no memory. May run the
// guest and may move memory.
uint64_t guest_malloc(Instance& instance, uint64_t size);

// Anything that is no block is ignored.
void guest_free(Instance& instance, uint64_t offset);

}  // namespace wembed
