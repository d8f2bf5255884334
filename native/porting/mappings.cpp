// bh_platform.h: mappings.
#include <cstddef>
#include <cstdint>

#include "bh_platform.h"
#include "capi/handles.h"

namespace {

// Rounded up to whole pages; 0 for sizes that cannot be.
size_t whole_pages(size_t size) {
  size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return size > SIZE_MAX - page ? 0 : (size + page - 1) / page * page;
}

int system_access(int prot) {
  int access = PROT_NONE;
  if ((prot & MMAP_PROT_READ) != 0) access |= PROT_READ;
  if ((prot & MMAP_PROT_WRITE) != 0) access |= PROT_WRITE;
  if ((prot & MMAP_PROT_EXEC) != 0) access |= PROT_EXEC;
  return access;
}

int system_flags(int flags, bool of_a_file) {
  int result = of_a_file ? MAP_PRIVATE : MAP_PRIVATE | MAP_ANONYMOUS;
#ifdef MAP_32BIT
  if ((flags & MMAP_MAP_32BIT) != 0) result |= MAP_32BIT;
#endif
  if ((flags & MMAP_MAP_FIXED) != 0) result |= MAP_FIXED;
  return result;
}

}  // namespace

WEMBED_API void* os_mmap(void* hint, size_t size, int prot, int flags, os_file_handle file) {
  bool of_a_file = file != os_get_invalid_handle();
  size_t bytes = whole_pages(size);
  if (bytes == 0) return nullptr;
  void* result = mmap(hint, bytes, system_access(prot), system_flags(flags, of_a_file), file, 0);
  return result == MAP_FAILED ? nullptr : result;
}

WEMBED_API void os_munmap(void* addr, size_t size) {
  size_t bytes = whole_pages(size);
  if (addr != nullptr && bytes != 0) (void)munmap(addr, bytes);
}

WEMBED_API int os_mprotect(void* addr, size_t size, int prot) {
  if (addr == nullptr || size == 0) return 0;
  return mprotect(addr, size, system_access(prot));
}
