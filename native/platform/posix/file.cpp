#include "platform/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "platform/read_file.h"

namespace wembed::platform {

namespace {

// An open regular file and its size, or an error number.
struct OpenFile {
  int descriptor = -1;
  size_t size = 0;
  int error = 0;
};

OpenFile open_regular(const char* path, size_t most) {
  OpenFile file;
  do {
    // Non-blocking, so that a pipe nobody writes to is refused instead of waited for.
    file.descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  } while (file.descriptor < 0 && errno == EINTR);
  struct stat status;
  if (file.descriptor < 0 || fstat(file.descriptor, &status) != 0) {
    file.error = errno;
  } else if (S_ISDIR(status.st_mode)) {
    file.error = EISDIR;
  } else if (!S_ISREG(status.st_mode)) {
    file.error = EINVAL;
  } else if (static_cast<uint64_t>(status.st_size) > std::min(most, SIZE_MAX / 2)) {
    file.error = EFBIG;
  } else {
    file.size = static_cast<size_t>(status.st_size);
  }
  if (file.error != 0 && file.descriptor >= 0) close(file.descriptor);
  return file;
}

}  // namespace

FileBytes map_file(const char* path, size_t most) {
  OpenFile file = open_regular(path, most);
  if (file.error != 0) return {nullptr, 0, file.error};
  FileBytes result;
  if (file.size != 0) {
    void* address = mmap(nullptr, file.size, PROT_READ, MAP_PRIVATE, file.descriptor, 0);
    if (address == MAP_FAILED) {
      result.error = errno;
    } else {
      result.data = static_cast<const uint8_t*>(address);
      result.size = file.size;
    }
  }
  close(file.descriptor);
  return result;
}

void unmap_file(const FileBytes& file) {
  if (file.data != nullptr) munmap(const_cast<uint8_t*>(file.data), file.size);
}

FileBytes read_file(const char* path, Allocator& allocator, size_t most) {
  OpenFile file = open_regular(path, most);
  if (file.error != 0) return {nullptr, 0, file.error};
  int error = 0;
  uint8_t* block = nullptr;
  if (file.size != 0) {
    block = static_cast<uint8_t*>(allocator.allocate(file.size));
    if (block == nullptr) error = ENOMEM;
  }
  // The file may shrink while it is read: what was there then is the result.
  size_t done = 0;
  while (error == 0 && done < file.size) {
    ssize_t count = read(file.descriptor, block + done, file.size - done);
    if (count > 0) {
      done += static_cast<size_t>(count);
    } else if (count == 0) {
      break;
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  close(file.descriptor);
  return end_of_reading(block, done, error, allocator);
}

}  // namespace wembed::platform
