#include "platform/virtual_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

namespace wembed::platform {

size_t page_size() {
  static const size_t size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

Reserved reserve(size_t bytes) {
  if (bytes == 0) return {nullptr, EINVAL};
  void* address =
      mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (address == MAP_FAILED) return {nullptr, errno};
  return {static_cast<uint8_t*>(address), 0};
}

void release(void* address, size_t bytes) {
  if (address != nullptr) munmap(address, bytes);
}

int commit(void* address, size_t bytes) { return protect(address, bytes, Access::ReadWrite); }

int decommit(void* address, size_t bytes) {
  if (bytes == 0) return 0;
#ifdef __linux__
  // Two steps that cannot leave a hole in the reservation, whatever fails.
  if (mprotect(address, bytes, PROT_NONE) != 0) return errno;
  return madvise(address, bytes, MADV_DONTNEED) == 0 ? 0 : errno;
#else
  void* fresh = mmap(address, bytes, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  return fresh == MAP_FAILED ? errno : 0;
#endif
}

int discard(void* address, size_t bytes) {
  if (bytes == 0) return 0;
#ifdef __linux__
  return madvise(address, bytes, MADV_DONTNEED) == 0 ? 0 : errno;
#else
  void* fresh = mmap(address, bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  return fresh == MAP_FAILED ? errno : 0;
#endif
}

int protect(void* address, size_t bytes, Access access) {
  if (bytes == 0) return 0;
  int flags = access == Access::None   ? PROT_NONE
              : access == Access::Read ? PROT_READ
                                       : PROT_READ | PROT_WRITE;
  return mprotect(address, bytes, flags) == 0 ? 0 : errno;
}

}  // namespace wembed::platform
