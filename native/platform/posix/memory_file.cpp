#include "platform/memory_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "platform/virtual_memory.h"

namespace wembed::platform {

#if defined(__linux__) && defined(MFD_CLOEXEC)

MemoryFile make_memory_file(size_t bytes) {
  MemoryFile made;
  made.file = memfd_create("wembed-image", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (made.file < 0) return {-1, 0, nullptr, errno};
  void* view = MAP_FAILED;
  int error = posix_fallocate(made.file, 0, static_cast<off_t>(bytes));
  if (error == 0) {
    view = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, made.file, 0);
    if (view == MAP_FAILED) error = errno;
  }
  if (error != 0) {
    close(made.file);
    return {-1, 0, nullptr, error};
  }
  made.bytes = bytes;
  made.view = static_cast<uint8_t*>(view);
  return made;
}

int freeze_memory_file(const MemoryFile& file) {
  if (mprotect(file.view, file.bytes, PROT_READ) != 0) return errno;
  // No mapping can fail later for a page that is gone. Not essential: nobody else has the file.
  (void)fcntl(file.file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
  return 0;
}

void close_memory_file(const MemoryFile& file) {
  if (file.view == nullptr) return;
  munmap(file.view, file.bytes);
  close(file.file);
}

int map_private(void* address, const MemoryFile& file) {
  Access first = is_careful() ? Access::Read : Access::ReadWrite;
  int flags = first == Access::Read ? PROT_READ : PROT_READ | PROT_WRITE;
  void* mapped =
      mmap(address, file.bytes, flags, MAP_PRIVATE | MAP_NORESERVE | MAP_FIXED, file.file, 0);
  if (mapped == MAP_FAILED) return errno;
  return first == Access::ReadWrite ? 0 : protect(address, file.bytes, Access::ReadWrite);
}

#else

MemoryFile make_memory_file(size_t) { return {-1, 0, nullptr, ENOSYS}; }
int freeze_memory_file(const MemoryFile&) { return ENOSYS; }
void close_memory_file(const MemoryFile&) {}
int map_private(void*, const MemoryFile&) { return ENOSYS; }

#endif

}  // namespace wembed::platform
