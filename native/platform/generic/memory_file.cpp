// No anonymous files: images are copied.
#include "platform/memory_file.h"

#include <cerrno>

namespace wembed::platform {

MemoryFile make_memory_file(size_t) { return {-1, 0, nullptr, ENOSYS}; }
int freeze_memory_file(const MemoryFile&) { return ENOSYS; }
void close_memory_file(const MemoryFile&) {}
int map_private(void*, const MemoryFile&) { return ENOSYS; }

}  // namespace wembed::platform
