// Copy-on-write files, page scans, the fault probe and the system's own figures.
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "check.h"
#include "platform/fault.h"
#include "platform/memory_file.h"
#include "platform/page_scan.h"
#include "platform/system_info.h"
#include "platform/virtual_memory.h"
#include "sanitized.h"

using namespace wembed::platform;

namespace {

struct Area {
  explicit Area(size_t pages) : bytes(pages * page_size()), space(reserve(bytes)) {}
  ~Area() { release(space.address, bytes); }
  uint8_t* page(size_t n) const { return space.address + n * page_size(); }
  size_t bytes;
  Reserved space;
};

bool lists(const PageRange* ranges, size_t count, const uint8_t* page) {
  for (size_t i = 0; i < count; i++) {
    if (page >= ranges[i].begin && page < ranges[i].end) return true;
  }
  return false;
}

}  // namespace

TEST_CASE(a_memory_file_is_copied_on_write_and_comes_back) {
  size_t page = page_size();
  MemoryFile file = make_memory_file(2 * page);
  if (file.error == ENOSYS) return;
  REQUIRE(file.error == 0);
  CHECK(file.view[0] == 0 && file.view[2 * page - 1] == 0);
  std::memset(file.view, 7, 2 * page);
  REQUIRE(freeze_memory_file(file) == 0);
  Area area(4);
  REQUIRE(area.space.error == 0);
  REQUIRE(commit(area.page(0), 4 * page) == 0);
  CHECK(map_private(area.page(1), file) == 0);
  CHECK(*area.page(0) == 0 && *area.page(1) == 7 && *area.page(2) == 7 && *area.page(3) == 0);
  *area.page(1) = 1;
  CHECK(file.view[0] == 7);
  CHECK(discard(area.page(0), 4 * page) == 0);
  CHECK_EQ(*area.page(1), 7);
  for (bool careful : {true, false}) {
    be_careful(careful);
    CHECK(renew(area.page(1), 2 * page, Access::ReadWrite) == 0);
    CHECK_EQ(*area.page(1), 0);
    CHECK(map_private(area.page(1), file) == 0);
    CHECK_EQ(*area.page(2), 7);
    *area.page(2) = 1;
  }
  close_memory_file(file);
}

TEST_CASE(a_scan_lists_the_pages_that_were_written) {
  if (kAddressSanitizer || kThreadSanitizer) return;  // their own pages are in the way
  size_t page = page_size();
  Area area(64);
  REQUIRE(commit(area.page(0), 64 * page) == 0);
  avoid_large_pages(area.page(0), area.bytes);
  MemoryFile file = make_memory_file(4 * page);
  REQUIRE(file.error == 0 && map_private(area.page(8), file) == 0);
  for (size_t n : {3, 4, 9, 40}) *area.page(n) = 1;
  volatile uint8_t read = *area.page(10);  // of the file, not written
  read = *area.page(20);                   // never written: the system's page of zeros
  (void)read;
  PageRange ranges[8];
  PageScan scan = scan_own_pages(area.page(0), 64 * page, ranges, 8);
  if (scan.error != 0) return;  // an older kernel
  CHECK(scan.scanned_to == area.page(64));
  CHECK_EQ(scan.count, 3u);
  for (size_t n = 0; n < 64; n++) {
    CHECK_EQ(lists(ranges, scan.count, area.page(n)), n == 3 || n == 4 || n == 9 || n == 40);
  }
  scan = scan_own_pages(area.page(0), 64 * page, ranges, 2);
  CHECK(scan.count == 2 && scan.scanned_to <= area.page(40) && scan.scanned_to >= area.page(10));
  CHECK(discard(area.page(0), 64 * page) == 0);
  CHECK_EQ(scan_own_pages(area.page(0), 64 * page, ranges, 8).count, 0u);
  close_memory_file(file);
}

TEST_CASE(a_child_scans_its_own_pages) {
  if (kAddressSanitizer || kThreadSanitizer) return;
  size_t page = page_size();
  Area area(4);
  REQUIRE(commit(area.page(0), 4 * page) == 0);
  PageRange ranges[4];
  if (scan_own_pages(area.page(0), 4 * page, ranges, 4).error != 0) return;
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    *area.page(2) = 1;  // the parent has nothing there
    PageScan scan = scan_own_pages(area.page(0), 4 * page, ranges, 4);
    _exit(scan.error == 0 && lists(ranges, scan.count, area.page(2)) ? 7 : 1);
  }
  int status = 0;
  CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
  CHECK_EQ(WEXITSTATUS(status), 7);
}

TEST_CASE(reservations_can_be_refused_on_purpose) {
  set_reserve_filter([](size_t bytes) { return bytes > 100000 ? EDQUOT : 0; });
  CHECK_EQ(reserve(200000).error, EDQUOT);
  Reserved small = reserve(4096);
  CHECK_EQ(small.error, 0);
  release(small.address, 4096);
  set_reserve_filter(nullptr);
  Reserved large = reserve(200000);
  CHECK_EQ(large.error, 0);
  release(large.address, 200000);
}

TEST_CASE(a_fault_is_probed) {
  Area area(2);
  CHECK_EQ(probe_fault(area.page(0)), ENOSYS);
  REQUIRE(retain_fault_handlers() == 0);
  uint32_t range = register_guest_range(area.page(0), area.bytes);
  CHECK_EQ(probe_fault(area.page(0)), 0);
  REQUIRE(commit(area.page(0), page_size()) == 0);
  CHECK_EQ(probe_fault(area.page(0)), EFAULT);
  CHECK_EQ(probe_fault(area.page(1)), 0);
  unregister_guest_range(range);
  release_fault_handlers();
}

TEST_CASE(the_system_tells_about_itself) {
  SystemInfo info = read_system_info();
  CHECK(info.processors >= 1);
  CHECK(info.group_used <= info.group_limit);
#ifdef __linux__
  CHECK(info.free_memory > 0);
  CHECK(info.address_used > 0);
  CHECK(info.mapping_limit > 1000);
#endif
  CHECK(usable_memory(info) > 0);
  info = {};
  CHECK(usable_memory(info) == kNoLimit && usable_addresses(info) == kNoLimit);
  info.free_memory = 1000;
  info.group_limit = 700;
  info.group_used = 200;
  info.address_limit = 50;
  info.address_used = 80;
  CHECK_EQ(usable_memory(info), 500u);
  CHECK_EQ(usable_addresses(info), 0u);
  CHECK(std::strcmp(overcommit_name(Overcommit::Never), "never") == 0);
  CHECK(std::strcmp(large_pages_name(LargePages::OnRequest), "on request") == 0);
}
