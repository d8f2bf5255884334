// What the system says about the memory this process may use. Hints: whether something works is
// found by doing it.
#pragma once

#include <cstdint>

namespace wembed::platform {

constexpr uint64_t kNoLimit = UINT64_MAX;

enum class Overcommit : uint8_t { Unknown, Heuristic, Always, Never };
enum class LargePages : uint8_t { Unknown, Never, OnRequest, Always };

struct SystemInfo {
  uint32_t processors = 1;
  uint64_t free_memory = 0;         // available without swapping; 0: not known
  uint64_t group_limit = kNoLimit;  // of the control group (v1 or v2), all levels
  uint64_t group_used = 0;
  uint64_t address_limit = kNoLimit;  // RLIMIT_AS
  uint64_t address_used = 0;          // 0: not known
  uint64_t mapping_limit = kNoLimit;  // mappings a process may have
  Overcommit overcommit = Overcommit::Unknown;
  LargePages large_pages = LargePages::Unknown;
  bool is_virtual = false;  // runs under a hypervisor
};

// Reads a few files: tens of microseconds.
SystemInfo read_system_info();

// What may still be used, by memory and by the control group; kNoLimit: not known.
uint64_t usable_memory(const SystemInfo& info);
// Address space that may still be reserved.
uint64_t usable_addresses(const SystemInfo& info);

const char* overcommit_name(Overcommit value);
const char* large_pages_name(LargePages value);

}  // namespace wembed::platform
