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

// Maps a regular file read-only and private. Errors among others: EISDIR, EINVAL for what is no
// file, EFBIG for more than `most` bytes, ENOSYS and ENODEV where files cannot be mapped. A file
// that shrinks while mapped makes accesses behind its new end fault: read it in a ReadScope.
[[nodiscard]] FileBytes map_file(const char* path, size_t most = SIZE_MAX);
void unmap_file(const FileBytes& file);

// Reads a file into one block of `allocator`, which the caller releases. Errors as above; ENOMEM.
[[nodiscard]] FileBytes read_file(const char* path, Allocator& allocator, size_t most = SIZE_MAX);

}  // namespace wembed::platform
