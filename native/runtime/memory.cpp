// Growing a linear memory.
#include "runtime/memory.h"

namespace wembed {

int64_t Memory::grow(uint64_t delta_pages) {
  uint64_t old = pages;
  if (delta_pages == 0) return static_cast<int64_t>(old);
  if (delta_pages > max_pages || old > max_pages - delta_pages) return -1;
  if (!storage->grow((old + delta_pages) * type.page_size)) return -1;
  pages = old + delta_pages;
  base = storage->view().base;
  size = storage->view().size;
  epoch.fetch_add(1, std::memory_order_release);
  return static_cast<int64_t>(old);
}

}  // namespace wembed
