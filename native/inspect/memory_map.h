// What is where in a memory, for people: regions that follow each other, and parts inside of them.
//
//   0                                                              size             maximum
//   | unknown | static: data, data | stack | guest's heap | host's heap | grown | reach |
//
// Which of them there are depends on what the program tells, see program_layout.h.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "runtime/instance.h"

namespace wembed {

enum class RegionKind : uint8_t {
  // Depth 0, without a gap from 0 to the most the memory may have.
  Unknown,
  Static,
  Stack,
  GuestHeap,
  HostHeap,
  Grown,
  Reach,
  // Depth 1, inside the last region of depth 0 before it.
  Data,
  StackFree,
  StackUsed,
  Allocation,
  Free,
};

struct MemoryRegionInfo {
  uint64_t offset = 0;
  uint64_t bytes = 0;
  RegionKind kind = RegionKind::Unknown;
  uint32_t index = UINT32_MAX;  // Data: of the segment
  std::string_view name;        // Data: from the name section
  const char* how = "";         // how it is known
  [[nodiscard]] uint32_t depth() const { return kind < RegionKind::Data ? 0 : 1; }
};

// In order of address, an outer region before its parts.
using TakeRegion = void (*)(void* context, const MemoryRegionInfo& region);

// Describes memory `index` of the instance. Nothing of its group runs. Fails for lack of memory.
Error map_memory(Instance& instance, uint32_t index, TakeRegion take, void* context);

// Bytes of [from, to) that have storage of their own; UINT64_MAX: the system does not tell.
uint64_t resident_bytes(const Memory& memory, uint64_t from, uint64_t to);

}  // namespace wembed
