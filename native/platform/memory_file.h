// A file without a name whose pages can be mapped copy-on-write any number of times.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wembed::platform {

// `view` shows the contents; writable until freeze_memory_file(), read-only after that.
struct MemoryFile {
  int file = -1;
  size_t bytes = 0;
  uint8_t* view = nullptr;  // null when `error` is set
  int error = 0;
};

// `bytes` of zeros, a multiple of the page size. ENOSYS where there is no such thing. The storage
// is set aside at once, so that writing the view cannot fail.
[[nodiscard]] MemoryFile make_memory_file(size_t bytes);
[[nodiscard]] int freeze_memory_file(const MemoryFile& file);
void close_memory_file(const MemoryFile& file);

// Maps the whole file over a part of a reservation, readable and writable; what is written there
// stays there. Discarding such pages brings the file's contents back.
[[nodiscard]] int map_private(void* address, const MemoryFile& file);

}  // namespace wembed::platform
