// Linux 6.7 and later tell by an ioctl on /proc/self/pagemap.
#include "platform/page_scan.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "platform/virtual_memory.h"

namespace wembed::platform {

namespace {

constinit std::atomic<bool> scans_refused{false};

}  // namespace

void refuse_page_scans(bool refuse) { scans_refused.store(refuse); }

#ifdef __linux__

namespace {

// The kernel's interface, stated here because its header is newer than many systems.
struct ScanRegion {
  uint64_t start;
  uint64_t end;
  uint64_t categories;
};
struct ScanArguments {
  uint64_t size;
  uint64_t flags;
  uint64_t start;
  uint64_t end;
  uint64_t walk_end;
  uint64_t vec;
  uint64_t vec_len;
  uint64_t max_pages;
  uint64_t category_inverted;
  uint64_t category_mask;
  uint64_t category_anyof_mask;
  uint64_t return_mask;
};
constexpr unsigned long kScan = _IOWR('f', 16, ScanArguments);
constexpr uint64_t kIsFile = 1 << 2;
constexpr uint64_t kIsPresent = 1 << 3;
constexpr uint64_t kIsSwapped = 1 << 4;
constexpr uint64_t kIsZeroPage = 1 << 5;

constexpr size_t kMostRanges = 32;

// The open file tells about the process that opened it: a child of fork has to open its own. The
// word lies in a page that the child finds empty. 0: not open; -1: not available; else the file
// plus 1.
std::atomic<int>* open_file_word() {
  static std::atomic<int>* const word = []() -> std::atomic<int>* {
    void* page =
        mmap(nullptr, page_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return nullptr;
#ifdef MADV_WIPEONFORK
    if (madvise(page, page_size(), MADV_WIPEONFORK) == 0) {
      return static_cast<std::atomic<int>*>(page);
    }
#endif
    munmap(page, page_size());
    return nullptr;
  }();
  return word;
}

int pagemap_file() {
  std::atomic<int>* word = open_file_word();
  if (word == nullptr) return -1;
  int known = word->load(std::memory_order_acquire);
  if (known != 0) return known - 1 < 0 ? -1 : known - 1;
  int file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  int wanted = file < 0 ? -1 : file + 1;
  if (!word->compare_exchange_strong(known, wanted, std::memory_order_acq_rel)) {
    if (file >= 0) close(file);
    return known - 1 < 0 ? -1 : known - 1;
  }
  return file;
}

}  // namespace

PageScan scan_own_pages(uint8_t* address, size_t bytes, PageRange* ranges, size_t capacity) {
  PageScan result;
  result.scanned_to = address + bytes;
  if (bytes == 0) return result;
  int file = scans_refused.load(std::memory_order_relaxed) ? -1 : pagemap_file();
  if (file < 0) return {0, address, ENOSYS};
  ScanRegion found[kMostRanges] = {};  // the system fills it, which valgrind does not see
  ScanArguments arguments = {};
  arguments.size = sizeof arguments;
  arguments.start = reinterpret_cast<uintptr_t>(address);
  arguments.end = arguments.start + bytes;
  arguments.vec = reinterpret_cast<uintptr_t>(found);
  arguments.vec_len = std::min(capacity, kMostRanges);
  arguments.category_inverted = kIsFile | kIsZeroPage;
  arguments.category_mask = kIsFile | kIsZeroPage;
  arguments.category_anyof_mask = kIsPresent | kIsSwapped;
  arguments.return_mask = kIsPresent | kIsSwapped;
  int count = ioctl(file, kScan, &arguments);
  if (count < 0) return {0, address, errno};
  for (int i = 0; i < count; i++) {
    ranges[i] = {reinterpret_cast<uint8_t*>(found[i].start),
                 reinterpret_cast<uint8_t*>(found[i].end)};
  }
  result.count = static_cast<size_t>(count);
  result.scanned_to = reinterpret_cast<uint8_t*>(arguments.walk_end);
  return result;
}

#else

PageScan scan_own_pages(uint8_t* address, size_t, PageRange*, size_t) {
  return {0, address, ENOSYS};
}

#endif

}  // namespace wembed::platform
