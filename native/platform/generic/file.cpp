// Files through the C library: mapping is refused, reading works.
#include "platform/file.h"

#include <cerrno>
#include <cstdio>

#include "platform/read_file.h"

namespace wembed::platform {

FileBytes map_file(const char*, size_t) { return {nullptr, 0, ENOSYS}; }
void unmap_file(const FileBytes&) {}

FileBytes read_file(const char* path, Allocator& allocator, size_t most) {
  std::FILE* file = std::fopen(path, "rb");
  if (file == nullptr) return {nullptr, 0, errno};
  int error = 0;
  uint8_t* block = nullptr;
  long size = std::fseek(file, 0, SEEK_END) == 0 ? std::ftell(file) : -1;
  if (size < 0 || std::fseek(file, 0, SEEK_SET) != 0) {
    error = EINVAL;
  } else if (static_cast<unsigned long>(size) > most) {
    error = EFBIG;
  } else if (size > 0) {
    block = static_cast<uint8_t*>(allocator.allocate(static_cast<size_t>(size)));
    if (block == nullptr) error = ENOMEM;
  }
  size_t done = block == nullptr ? 0 : std::fread(block, 1, static_cast<size_t>(size), file);
  if (error == 0 && std::ferror(file) != 0) error = EIO;
  std::fclose(file);
  return end_of_reading(block, done, error, allocator);
}

}  // namespace wembed::platform
