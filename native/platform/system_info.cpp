// What follows from a SystemInfo, on every system.
#include "platform/system_info.h"

#include <algorithm>

namespace wembed::platform {

uint64_t usable_memory(const SystemInfo& info) {
  uint64_t usable = info.free_memory == 0 ? kNoLimit : info.free_memory;
  if (info.group_limit != kNoLimit) {
    uint64_t left = info.group_limit > info.group_used ? info.group_limit - info.group_used : 0;
    usable = std::min(usable, left);
  }
  return usable;
}

uint64_t usable_addresses(const SystemInfo& info) {
  if (info.address_limit == kNoLimit) return kNoLimit;
  return info.address_limit > info.address_used ? info.address_limit - info.address_used : 0;
}

const char* overcommit_name(Overcommit value) {
  static constexpr const char* kNames[] = {"unknown", "heuristic", "always", "never"};
  return kNames[static_cast<uint8_t>(value)];
}

const char* large_pages_name(LargePages value) {
  static constexpr const char* kNames[] = {"unknown", "never", "on request", "always"};
  return kNames[static_cast<uint8_t>(value)];
}

}  // namespace wembed::platform
