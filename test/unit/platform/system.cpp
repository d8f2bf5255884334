// Address space, files, stack bounds: what the system layer promises, with and without limits.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include "base/system_allocator.h"
#include "check.h"
#include "failing_allocator.h"
#include "platform/clock.h"
#include "platform/file.h"
#include "platform/stack.h"
#include "platform/virtual_memory.h"
#include "sanitized.h"

using namespace wembed;
using namespace wembed::platform;

namespace {

template <class Body> int in_child(Body body) {
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    body();
    _exit(0);
  }
  int status = 0;
  if (pid < 0 || waitpid(pid, &status, 0) != pid) return -1;
  return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool all_zero(const uint8_t* bytes, size_t size) {
  for (size_t i = 0; i < size; i++) {
    if (bytes[i] != 0) return false;
  }
  return true;
}

struct TemporaryFile {
  explicit TemporaryFile(const std::string& content) {
    int descriptor = mkstemp(path);
    if (write(descriptor, content.data(), content.size()) < 0) std::abort();
    close(descriptor);
  }
  ~TemporaryFile() { unlink(path); }
  char path[32] = "/tmp/wembed-test-XXXXXX";
};

}  // namespace

TEST_CASE(pages_are_zero_whenever_they_are_fresh) {
  size_t page = page_size();
  CHECK(page >= 4096 && (page & (page - 1)) == 0);
  Reserved space = reserve(16 * page);
  REQUIRE(space.error == 0);
  uint8_t* base = space.address;
  CHECK_EQ(commit(base, 4 * page), 0);
  CHECK(all_zero(base, 4 * page));
  std::memset(base, 7, 4 * page);
  CHECK_EQ(commit(base, 8 * page), 0);  // keeps what was there
  CHECK(base[0] == 7 && base[4 * page - 1] == 7);
  CHECK(all_zero(base + 4 * page, 4 * page));
  CHECK_EQ(discard(base + page, page), 0);
  CHECK(all_zero(base + page, page));
  CHECK(base[page - 1] == 7 && base[2 * page] == 7);
  base[page] = 9;
  CHECK_EQ(decommit(base + 2 * page, 2 * page), 0);
  CHECK_EQ(commit(base + 2 * page, 2 * page), 0);
  CHECK(all_zero(base + 2 * page, 2 * page));
  CHECK_EQ(base[page], 9);
  CHECK_EQ(protect(base, page, Access::Read), 0);
  CHECK_EQ(base[0], 7);
  CHECK_EQ(protect(base, page, Access::None), 0);
  CHECK_EQ(protect(base, page, Access::ReadWrite), 0);
  CHECK_EQ(base[0], 7);
  CHECK_EQ(commit(base, 0), 0);
  CHECK_EQ(decommit(base, 0), 0);
  platform::release(base, 16 * page);
  CHECK_EQ(reserve(0).error, EINVAL);
  CHECK(reserve(SIZE_MAX / 2 + 1).error != 0);
}

TEST_CASE(what_is_not_committed_faults) {
  size_t page = page_size();
  for (int what = 0; what < 4; what++) {
    CHECK_EQ(in_child([&] {
               signal(SIGSEGV, SIG_DFL);
               volatile uint8_t* base = reserve(4 * page).address;
               if (commit(const_cast<uint8_t*>(base), page) != 0) _exit(1);
               base[page - 1] = 1;
               if (what == 0) base[page] = 1;
               if (what == 1 && decommit(const_cast<uint8_t*>(base), page) == 0) base[0] = 1;
               if (what == 2) {
                 if (protect(const_cast<uint8_t*>(base), page, Access::Read) != 0) _exit(2);
                 if (base[page - 1] != 1) _exit(3);
                 base[0] = 1;
               }
               if (what == 3) {
                 platform::release(const_cast<uint8_t*>(base), 4 * page);
                 base[0] = 1;
               }
               _exit(4);
             }),
             1000 + SIGSEGV);
  }
}

TEST_CASE(a_limit_is_reported_by_its_number) {
  if (kAddressSanitizer || kThreadSanitizer) return;  // they need address space themselves
  CHECK_EQ(in_child([] {
             rlimit limit = {size_t{1} << 30, size_t{1} << 30};
             setrlimit(RLIMIT_AS, &limit);
             Reserved refused = reserve(size_t{8} << 30);
             if (refused.address != nullptr || refused.error != ENOMEM) _exit(1);
             Reserved small = reserve(size_t{1} << 20);
             if (small.error != 0 || commit(small.address, page_size()) != 0) _exit(2);
           }),
           0);
}

TEST_CASE(files_are_mapped_and_read) {
  std::string content(100'000, 'x');
  content += "end";
  TemporaryFile file(content);
  FileBytes mapped = map_file(file.path);
  REQUIRE(mapped.error == 0 && mapped.size == content.size());
  CHECK_EQ(std::memcmp(mapped.data, content.data(), content.size()), 0);
  unmap_file(mapped);

  FailingAllocator memory;
  FileBytes read = read_file(file.path, memory.allocator());
  REQUIRE(read.error == 0 && read.size == content.size());
  CHECK_EQ(std::memcmp(read.data, content.data(), content.size()), 0);
  memory.allocator().release(const_cast<uint8_t*>(read.data));
  memory.arm(1);
  CHECK_EQ(read_file(file.path, memory.allocator()).error, ENOMEM);
  CHECK_EQ(memory.live(), 0u);

  TemporaryFile empty("");
  CHECK(map_file(empty.path).error == 0 && map_file(empty.path).size == 0);
  CHECK(read_file(empty.path, memory.allocator()).error == 0);
  unmap_file(map_file(empty.path));
  CHECK_EQ(map_file("/tmp/wembed-no-such-file").error, ENOENT);
  CHECK_EQ(read_file("/tmp/wembed-no-such-file", memory.allocator()).error, ENOENT);
  CHECK_EQ(map_file("/tmp").error, EISDIR);
  CHECK_EQ(read_file("/dev/null", memory.allocator()).error, EINVAL);
  CHECK_EQ(memory.live(), 0u);
}

TEST_CASE(stack_bounds_hold_the_stack) {
  auto check_here = [] {
    StackBounds bounds = native_stack_bounds();
    int local = 0;
    uintptr_t here = reinterpret_cast<uintptr_t>(&local);
    // Locals may live elsewhere under the address sanitizer.
    CHECK(kAddressSanitizer || (bounds.low < here && here < bounds.high));
    CHECK(bounds.high - bounds.low >= 64 * 1024);
    CHECK_EQ(native_stack_bounds().low, bounds.low);
    return bounds;
  };
  StackBounds main_bounds = check_here();
  std::thread([&] { CHECK(check_here().low != main_bounds.low); }).join();
}

TEST_CASE(time_moves_forward) {
  uint64_t last = monotonic_ns();
  for (int i = 0; i < 1000; i++) {
    uint64_t now = monotonic_ns();
    CHECK(now >= last);
    last = now;
  }
  usleep(2000);
  CHECK(monotonic_ns() >= last + 2'000'000);
}
