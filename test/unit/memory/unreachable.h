// Addresses in front of memories, which nothing may ever be at.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "memory/reservations.h"
#include "platform/virtual_memory.h"

namespace wembed {

// Nobody can read it, and the system puts nothing else there.
inline bool is_unreachable(uint8_t* address) {
  int ends[2];
  if (pipe(ends) != 0) return false;
  const bool is_readable = write(ends[1], address, 1) == 1;
  for (int end : ends) close(end);
#ifdef MAP_FIXED_NOREPLACE
  const uint64_t page = platform::page_size();
  void* at = reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(address) / page * page);
  void* made = mmap(at, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (made != MAP_FAILED) munmap(made, page);
  return !is_readable && made == MAP_FAILED && errno == EEXIST;
#else
  return !is_readable;
#endif
}

inline bool is_space_before(uint8_t* base) {
  for (uint64_t distance : {uint64_t{1}, uint64_t{1} << 16, uint64_t{1} << 30, kSpaceBefore}) {
    if (!is_unreachable(base - distance)) return false;
  }
  return true;
}

}  // namespace wembed
