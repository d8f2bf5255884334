// No system calls known: refuses every reservation, so memories fall back to plain allocation.
#include "platform/virtual_memory.h"

#include <cerrno>

namespace wembed::platform {

size_t page_size() { return 4096; }
Reserved reserve(size_t) { return {nullptr, ENOSYS}; }
Reserved map_zeros(size_t) { return {nullptr, ENOSYS}; }
Reserved resize_zeros(void*, size_t, size_t) { return {nullptr, ENOSYS}; }
bool reservations_are_cheap() { return false; }
void release(void*, size_t) {}
int commit(void*, size_t) { return ENOSYS; }
int decommit(void*, size_t) { return ENOSYS; }
int discard(void*, size_t) { return ENOSYS; }
int protect(void*, size_t, Access) { return ENOSYS; }
int renew(void*, size_t, Access) { return ENOSYS; }
bool is_careful() { return false; }
void be_careful(bool) {}
void avoid_large_pages(void*, size_t) {}
void set_reserve_filter(ReserveFilter) {}

}  // namespace wembed::platform
