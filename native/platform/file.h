// Whole files as memory: mapped or read.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/allocator.h"

namespace wembed::platform {

struct FileBytes {
  const uint8_t* data = nullptr;  // null for an empty file and on failure
  size_t size = 0;
  int error = 0;  // 0 or an error number of the system
};

// Maps a regular file read-only and private. A file that shrinks while mapped makes accesses
// behind its new end fail with SIGBUS; the caller decides whether that is acceptable.
[[nodiscard]] FileBytes map_file(const char* path);
void unmap_file(const FileBytes& file);

// Reads a file into one block of `allocator`, which the caller releases.
[[nodiscard]] FileBytes read_file(const char* path, Allocator& allocator);

}  // namespace wembed::platform
