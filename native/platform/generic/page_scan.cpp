// Nothing is known about pages.
#include "platform/page_scan.h"

#include <cerrno>

namespace wembed::platform {

PageScan scan_own_pages(uint8_t* address, size_t, PageRange*, size_t) {
  return {0, address, ENOSYS};
}

void refuse_page_scans(bool) {}

}  // namespace wembed::platform
