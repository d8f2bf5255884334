// The fallback for unknown systems builds and refuses cleanly. Its functions get a namespace of
// their own here, since the program is linked with the real ones too.
#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <thread>

#include "base/system_allocator.h"
#include "check.h"

#define platform platform_generic
#include "platform/generic/clock.cpp"
#include "platform/generic/code_memory.cpp"
#include "platform/generic/fault.cpp"
#include "platform/generic/file.cpp"
#include "platform/generic/parker.cpp"
#include "platform/generic/stack.cpp"
#include "platform/generic/timer.cpp"
#include "platform/generic/virtual_memory.cpp"
#undef platform

namespace generic = wembed::platform_generic;

TEST_CASE(generic_memory_and_faults_are_refused) {
  CHECK(generic::page_size() > 0);
  generic::Reserved space = generic::reserve(4096);
  CHECK(space.address == nullptr && space.error != 0);
  generic::release(nullptr, 0);
  CHECK(generic::commit(nullptr, 0) != 0 && generic::decommit(nullptr, 0) != 0);
  CHECK(generic::discard(nullptr, 0) != 0);
  CHECK(generic::protect(nullptr, 0, generic::Access::Read) != 0);
  CHECK(generic::protect(nullptr, 0, generic::Access::ReadExecute) != 0);
  generic::CodeMemory code = generic::make_code_memory(4096);
  CHECK(code.error == ENOSYS && code.writable == nullptr && code.executable == nullptr);
  CHECK(generic::publish_code(code, 0, 0) != 0);
  generic::release_code_memory(code);
  CHECK(generic::retain_fault_handlers() != 0 && !generic::fault_handlers_active());
  generic::release_fault_handlers();
  CHECK(generic::register_guest_range(&space, 1) == generic::RangeTable::kNone);
  CHECK(generic::register_code_range(&space, &space + 1) == generic::RangeTable::kNone);
  generic::unregister_guest_range(generic::RangeTable::kNone);
  generic::unregister_code_range(generic::RangeTable::kNone);
}

TEST_CASE(generic_time_files_and_stack_do_what_they_can) {
  generic::Timer timer;
  generic::retain_timers();
  CHECK(generic::arm_timer(timer, 0) != 0);
  generic::disarm_timer(timer);
  generic::release_timers();
  uint64_t before = generic::monotonic_ns();
  CHECK(generic::monotonic_ns() >= before);
  CHECK_EQ(generic::native_stack_bounds().high, 0u);

  char path[] = "/tmp/wembed-test-XXXXXX";
  int descriptor = mkstemp(path);
  CHECK(write(descriptor, "content", 7) == 7);
  close(descriptor);
  wembed::Allocator allocator = wembed::system_allocator();
  CHECK(generic::map_file(path).error != 0);
  generic::FileBytes file = generic::read_file(path, allocator);
  CHECK(file.error == 0 && file.size == 7 && file.data != nullptr && file.data[6] == 't');
  allocator.release(const_cast<uint8_t*>(file.data));
  generic::unmap_file(file);
  unlink(path);
  CHECK(generic::read_file(path, allocator).error == ENOENT);
}

TEST_CASE(generic_sleeps_end_by_others_and_by_time) {
  generic::Parker parker;
  parker.unpark();
  CHECK(parker.park(generic::kNever) == generic::Woken::ByOther);
  uint64_t deadline = generic::monotonic_ns() + 3'000'000;
  CHECK(parker.park(deadline) == generic::Woken::ByTime);
  CHECK(generic::monotonic_ns() >= deadline);
  std::thread other([&parker] { parker.unpark(); });
  CHECK(parker.park(generic::kNever) == generic::Woken::ByOther);
  other.join();
  generic::Descriptor waited;
  CHECK(parker.park(&waited, 1, generic::kNever) == generic::Woken::Unable);
  parker.unpark();
  CHECK(parker.park(nullptr, 0, generic::kNever) == generic::Woken::ByOther);
}
