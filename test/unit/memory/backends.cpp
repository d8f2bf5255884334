// Every backend keeps the contract of memory/backend.h; mapped memory traps where it says.
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "base/system_allocator.h"
#include "check.h"
#include "failing_allocator.h"
#include "memory/backend.h"
#include "platform/fault.h"
#include "platform/page_scan.h"
#include "platform/virtual_memory.h"
#include "sanitized.h"
#include "unreachable.h"

using namespace wembed;

extern "C" const char __start_guest_code[];
extern "C" const char __stop_guest_code[];

namespace {

constexpr uint64_t kPage = 65536;

struct Faults {
  Faults()
      : error(platform::retain_fault_handlers()),
        code(platform::register_code_range(__start_guest_code, __stop_guest_code)) {}
  ~Faults() {
    platform::unregister_code_range(code);
    platform::release_fault_handlers();
  }
  int error;
  uint32_t code;
};

__attribute__((section("guest_code"), noinline)) void guest_store(volatile uint8_t* base,
                                                                  uint64_t index) {
  base[index] = 1;
}

__attribute__((noinline)) bool store_faults(const MemoryView& view, uint64_t index) {
  platform::FaultRecovery recovery;
  platform::enter_fault_recovery(recovery);
  volatile bool faulted = true;
  if (WEMBED_CATCH_FAULT(recovery) == 0) {
    guest_store(view.base, index);
    faulted = false;
  }
  platform::leave_fault_recovery(recovery);
  return faulted;
}

bool all_zero(const MemoryView& view, uint64_t from) {
  for (uint64_t i = from; i < view.size; i++) {
    if (view.base[i] != 0) return false;
  }
  return true;
}

struct Config {
  Backend backend;
  bool signals;
  uint8_t index_bits;
};
constexpr Config kConfigs[] = {
    {Backend::Automatic, true, 32}, {Backend::Automatic, false, 32}, {Backend::Mapped, true, 32},
    {Backend::Mapped, false, 32},   {Backend::Mapped, true, 64},     {Backend::Heap, true, 32},
    {Backend::Heap, false, 64},
};

}  // namespace

TEST_CASE(every_backend_keeps_the_contract) {
  Faults faults;
  REQUIRE(faults.error == 0);
  for (const Config& config : kConfigs) {
    FailingAllocator memory;
    Diagnostic diagnostic;
    LinearMemory* linear = create_linear_memory(memory.allocator(), config.backend, config.signals,
                                                {kPage, 10 * kPage, config.index_bits}, diagnostic);
    REQUIRE(linear != nullptr);
    CHECK(diagnostic.code == Error::None);
    CHECK_EQ(linear->view().size, kPage);
    CHECK(all_zero(linear->view(), 0));
    std::memset(linear->view().base, 3, kPage);
    uint8_t* before = linear->view().base;
    for (uint64_t size = 2 * kPage; size <= 10 * kPage; size += kPage) {
      CHECK(linear->grow(size));
      CHECK_EQ(linear->view().size, size);
      CHECK(all_zero(linear->view(), size - kPage));
      std::memset(linear->view().base + size - kPage, 3, kPage);
    }
    CHECK(!linear->guarded() || linear->view().base == before);
    CHECK(linear->view().base[0] == 3 && linear->view().base[kPage - 1] == 3);
    CHECK(!linear->grow(11 * kPage));
    CHECK(!linear->grow(5 * kPage));
    CHECK(!linear->grow(UINT64_MAX));
    CHECK_EQ(linear->view().size, 10 * kPage);
    CHECK(linear->reset());
    CHECK_EQ(linear->view().size, kPage);
    CHECK(all_zero(linear->view(), 0));
    CHECK(linear->grow(3 * kPage));
    CHECK(all_zero(linear->view(), 0));
    CHECK_EQ(linear->guarded(),
             config.signals && config.index_bits == 32 && config.backend != Backend::Heap);
    CHECK(linear->backend() == (config.backend == Backend::Automatic
                                    ? (config.signals ? Backend::Mapped : Backend::Heap)
                                    : config.backend));
    linear->release();
    CHECK_EQ(memory.live(), 0u);
    CHECK(!memory.wrong_size());
  }
}

TEST_CASE(empty_and_uneven_memories_work) {
  Faults faults;
  for (const Config& config : kConfigs) {
    FailingAllocator memory;
    Diagnostic diagnostic;
    LinearMemory* empty = create_linear_memory(memory.allocator(), config.backend, config.signals,
                                               {0, 0, config.index_bits}, diagnostic);
    REQUIRE(empty != nullptr);
    CHECK_EQ(empty->view().size, 0u);
    CHECK(empty->view().base != nullptr);
    CHECK(empty->grow(0));
    CHECK(empty->reset());
    CHECK(!empty->grow(1));
    empty->release();

    // A page count times 69,632 bytes: what a host-managed heap in the first page makes of it.
    LinearMemory* uneven = create_linear_memory(memory.allocator(), config.backend, config.signals,
                                                {69632, 5 * 69632, config.index_bits}, diagnostic);
    REQUIRE(uneven != nullptr);
    CHECK(uneven->grow(2 * 69632));
    CHECK(all_zero(uneven->view(), 0));
    uneven->view().base[2 * 69632 - 1] = 1;
    uneven->release();

    // Sizes between system pages: never guarded, since nothing would fault behind them.
    LinearMemory* bytes = create_linear_memory(memory.allocator(), config.backend, config.signals,
                                               {100, 10000, config.index_bits}, diagnostic);
    REQUIRE(bytes != nullptr);
    CHECK(!bytes->guarded());
    std::memset(bytes->view().base, 9, 100);
    CHECK(bytes->grow(101));
    CHECK(bytes->grow(9000));
    CHECK_EQ(bytes->view().size, 9000u);
    CHECK(bytes->view().base[99] == 9 && all_zero(bytes->view(), 100));
    CHECK(bytes->reset());
    CHECK_EQ(bytes->view().size, 100u);
    CHECK(all_zero(bytes->view(), 0));
    bytes->release();
    CHECK_EQ(memory.live(), 0u);
  }
}

TEST_CASE(a_memory_of_no_pages_grows) {
  Faults faults;
  for (const Config& config : kConfigs) {
    FailingAllocator memory;
    Diagnostic diagnostic;
    LinearMemory* linear = create_linear_memory(memory.allocator(), config.backend, config.signals,
                                                {0, 3 * kPage, config.index_bits}, diagnostic);
    REQUIRE(linear != nullptr);
    for (int round = 0; round < 2; round++) {
      CHECK(linear->grow(3 * kPage));
      CHECK(all_zero(linear->view(), 0));
      std::memset(linear->view().base, 1, 3 * kPage);
      CHECK(linear->reset());
      CHECK_EQ(linear->view().size, 0u);
    }
    linear->release();
    CHECK(!memory.wrong_size());
  }
}

namespace {
// Memory by functions of which the one that grows tries to grow by more first.
struct Eager {
  LinearMemory* memory = nullptr;
  bool grew = false;
  int released = 0;
};
}  // namespace

TEST_CASE(memory_by_functions_grows_once_at_a_time) {
  FailingAllocator memory;
  Eager eager;
  MemoryFunctions functions;
  functions.context = &eager;
  functions.create = [](void*, uint64_t minimum, uint64_t, void**) {
    return std::calloc(1, static_cast<size_t>(minimum));
  };
  functions.grow = [](void* context, void*, void* base, uint64_t old_bytes, uint64_t bytes) {
    Eager& self = *static_cast<Eager*>(context);
    self.grew |= self.memory->grow(bytes + 3 * kPage);
    void* more = std::malloc(static_cast<size_t>(bytes));
    std::memcpy(more, base, static_cast<size_t>(old_bytes));
    std::free(base);
    return more;
  };
  functions.release = [](void* context, void*, void* base, uint64_t) {
    std::free(base);
    static_cast<Eager*>(context)->released++;
  };
  MemoryRequest request = {kPage, 10 * kPage, 32};
  request.functions = &functions;
  Diagnostic diagnostic;
  LinearMemory* linear =
      create_linear_memory(memory.allocator(), Backend::Functions, true, request, diagnostic);
  REQUIRE(linear != nullptr);
  eager.memory = linear;
  linear->view().base[5] = 5;
  CHECK(linear->grow(2 * kPage));
  CHECK(!eager.grew);
  CHECK_EQ(linear->view().size, 2 * kPage);
  CHECK(linear->view().base[5] == 5 && all_zero(linear->view(), 6));
  linear->release();
  CHECK_EQ(eager.released, 1);
}

TEST_CASE(guarded_memory_faults_from_its_end_to_the_end_of_reach) {
  Faults faults;
  FailingAllocator memory;
  Diagnostic diagnostic;
  LinearMemory* linear = create_linear_memory(memory.allocator(), Backend::Mapped, true,
                                              {kPage, 65536 * kPage, 32}, diagnostic);
  REQUIRE(linear != nullptr && linear->guarded());
  constexpr uint64_t kFarthest = 2 * uint64_t{UINT32_MAX} + 16;
  CHECK(!store_faults(linear->view(), 0));
  CHECK(!store_faults(linear->view(), kPage - 1));
  for (uint64_t index : {kPage, kPage + 1, uint64_t{1} << 31, uint64_t{UINT32_MAX},
                         uint64_t{1} << 32, uint64_t{3} << 31, kFarthest}) {
    CHECK(store_faults(linear->view(), index));
  }
  CHECK(linear->grow(2 * kPage));
  CHECK(!store_faults(linear->view(), 2 * kPage - 1));
  CHECK(store_faults(linear->view(), 2 * kPage));
  CHECK(linear->reset());
  CHECK(store_faults(linear->view(), kPage));
  CHECK(linear->grow(65536 * kPage));
  CHECK(!store_faults(linear->view(), 65536 * kPage - 1));
  CHECK(store_faults(linear->view(), 65536 * kPage));
  linear->release();
}

TEST_CASE(a_new_memory_shows_nothing_of_an_old_one) {
  Faults faults;
  FailingAllocator memory;
  std::mt19937 random(3);
  for (int round = 0; round < 300; round++) {
    // Two at a time, of sizes that differ, grown or not, trimmed in between or not.
    LinearMemory* pair[2];
    for (LinearMemory*& linear : pair) {
      Diagnostic diagnostic;
      uint64_t size = random() % 24 * kPage;
      linear = create_linear_memory(memory.allocator(), Backend::Automatic, true,
                                    {size, 100 * kPage, 32}, diagnostic);
      REQUIRE(linear != nullptr && linear->guarded());
      CHECK_EQ(linear->view().size, size);
      CHECK(all_zero(linear->view(), 0));
      CHECK(store_faults(linear->view(), size));
      std::memset(linear->view().base, 0xFF, size);
      if (random() % 2 == 0) {
        uint64_t grown = size + random() % 24 * kPage;
        CHECK(linear->grow(grown));
        CHECK(all_zero(linear->view(), size));
        CHECK(store_faults(linear->view(), grown));
        std::memset(linear->view().base, 0xFF, grown);
      }
    }
    for (LinearMemory* linear : pair) linear->release();
    if (random() % 8 == 0) trim_linear_memories();
  }
  CHECK_EQ(memory.live(), 0u);
}

TEST_CASE(what_is_kept_for_the_next_memory_is_given_back) {
  if (kAddressSanitizer || kThreadSanitizer) return;  // their own pages are in the way
  Faults faults;
  FailingAllocator memory;
  trim_linear_memories();
  LinearMemory* pair[2];
  for (LinearMemory*& linear : pair) {
    Diagnostic diagnostic;
    linear = create_linear_memory(memory.allocator(), Backend::Mapped, true,
                                  {2 * kPage, 2 * kPage, 32}, diagnostic);
    REQUIRE(linear != nullptr && linear->guarded());
    std::memset(linear->view().base, 1, 5 * platform::page_size());
  }
  uint8_t* base = pair[0]->view().base;
  platform::PageRange range[4];
  bool is_known = platform::scan_own_pages(base, 2 * kPage, range, 4).error == 0;
  for (LinearMemory* linear : pair) linear->release();
  CHECK_EQ(trim_linear_memories(), is_known ? 10 * platform::page_size() : 0u);
  CHECK_EQ(trim_linear_memories(), 0u);
}

#ifdef __linux__
// Locked pages cannot be given back.
TEST_CASE(a_memory_whose_pages_stay_is_made_anew) {
  Faults faults;
  for (uint8_t bits : {32, 64}) {
    FailingAllocator memory;
    Diagnostic diagnostic;
    LinearMemory* linear = create_linear_memory(memory.allocator(), Backend::Mapped, true,
                                                {kPage, 20 * kPage, bits}, diagnostic);
    REQUIRE(linear != nullptr);
    for (int round = 0; round < 3; round++) {
      CHECK(linear->grow(20 * kPage));
      std::memset(linear->view().base, 1, 20 * kPage);
      if (mlock(linear->view().base, 2 * kPage) != 0) break;
      CHECK(linear->reset());
      CHECK_EQ(linear->view().size, kPage);
      CHECK(all_zero(linear->view(), 0));
    }
    linear->release();
  }
}
#endif

TEST_CASE(refusals_say_why_and_leave_no_trace) {
  Faults faults;
  FailingAllocator memory;
  for (Backend backend : {Backend::Automatic, Backend::Mapped, Backend::Heap}) {
    Diagnostic diagnostic;
    CHECK(create_linear_memory(memory.allocator(), backend, true, {2 * kPage, kPage, 32},
                               diagnostic) == nullptr);
    CHECK(diagnostic.code == Error::LinearMemory);
    Diagnostic huge;
    CHECK(create_linear_memory(memory.allocator(), backend, true,
                               {uint64_t{1} << 62, uint64_t{1} << 63, 64}, huge) == nullptr);
    CHECK(std::strstr(huge.message, "allocate linear memory failed") == huge.message);
    for (uint64_t fail_at = 1; fail_at < 6; fail_at++) {
      memory.arm(fail_at, true);
      Diagnostic failed;
      LinearMemory* linear =
          create_linear_memory(memory.allocator(), backend, true, {kPage, 4 * kPage, 32}, failed);
      CHECK_EQ(linear == nullptr, memory.failed());
      CHECK_EQ(failed.code == Error::None, linear != nullptr);
      if (linear != nullptr) linear->release();
      CHECK_EQ(memory.live(), 0u);
    }
    memory.arm(0);
  }
  // A heap that cannot grow keeps what it has.
  Diagnostic diagnostic;
  LinearMemory* linear = create_linear_memory(memory.allocator(), Backend::Heap, false,
                                              {kPage, 40 * kPage, 32}, diagnostic);
  REQUIRE(linear != nullptr);
  linear->view().base[5] = 5;
  memory.arm(1, true);
  CHECK(!linear->grow(30 * kPage));
  CHECK_EQ(linear->view().size, kPage);
  CHECK_EQ(linear->view().base[5], 5);
  memory.arm(1);  // only the generous request fails
  CHECK(linear->grow(30 * kPage));
  CHECK_EQ(linear->view().base[5], 5);
  linear->release();
  CHECK_EQ(memory.live(), 0u);
}

#ifdef __linux__
namespace {

// Bytes of the process that are in memory.
uint64_t resident_bytes() {
  unsigned long long pages = 0;
  FILE* file = fopen("/proc/self/statm", "r");
  CHECK(file != nullptr && fscanf(file, "%*u %llu", &pages) == 1);
  if (file != nullptr) fclose(file);
  return pages * platform::page_size();
}

LinearMemory* heap_memory(uint64_t minimum, uint64_t maximum) {
  static Allocator system = system_allocator();
  Diagnostic diagnostic;
  return create_linear_memory(system, Backend::Heap, false, {minimum, maximum, 32}, diagnostic);
}

}  // namespace

TEST_CASE(heap_memories_take_what_is_written) {
  if (kAddressSanitizer || kThreadSanitizer) return;  // shadows count as well
  struct Case {
    uint32_t count;
    uint64_t bytes;
  };
  for (Case one : {Case{50, 16 << 20}, Case{60'000, 128 * 1024}}) {
    std::vector<LinearMemory*> all;
    all.reserve(one.count);
    uint64_t before = resident_bytes();
    for (uint32_t i = 0; i < one.count; i++) {
      LinearMemory* memory = heap_memory(one.bytes, one.bytes);
      REQUIRE(memory != nullptr);
      memory->view().base[one.bytes / 2] = 1;
      all.push_back(memory);
    }
    uint64_t each = (resident_bytes() - before) / one.count;
    CHECK(each < 3 * platform::page_size());
    for (LinearMemory* memory : all) memory->release();
    (void)trim_linear_memories();
    CHECK(resident_bytes() < before + one.count * uint64_t{512} + (4 << 20));
  }
}

TEST_CASE(heap_memories_grow_and_reset_without_touching_what_was_not) {
  if (kAddressSanitizer || kThreadSanitizer) return;
  constexpr uint64_t kMost = uint64_t{512} << 20;
  uint64_t before = resident_bytes();
  LinearMemory* memory = heap_memory(kPage, kMost);
  REQUIRE(memory != nullptr);
  for (uint64_t bytes = 2 * kPage; bytes <= kMost; bytes *= 2) {
    bool pinned = bytes == uint64_t{32} << 20;
    if (pinned) CHECK(memory->pin());
    REQUIRE(memory->grow(bytes));
    if (pinned) memory->unpin();
    CHECK_EQ(memory->view().base[bytes - 1], 0);
    memory->view().base[bytes - 1] = 1;
    CHECK_EQ(memory->view().base[bytes / 2 - 1], bytes == 2 * kPage ? 0 : 1);
  }
  CHECK(resident_bytes() < before + (2 << 20));
  for (int round = 0; round < 3; round++) {
    CHECK(memory->reset());
    CHECK_EQ(memory->view().size, kPage);
    CHECK(memory->grow(kMost));
    for (uint64_t bytes = 2 * kPage; bytes <= kMost; bytes *= 2) {
      CHECK_EQ(memory->view().base[bytes - 1], 0);
    }
    memory->view().base[kMost - 1] = 1;
  }
  memory->release();
  CHECK(resident_bytes() < before + (2 << 20));
}

TEST_CASE(blocks_of_heap_memories_come_back_clean) {
  for (int round = 0; round < 100; round++) {
    LinearMemory* one = heap_memory(2 * kPage, 4 * kPage);
    LinearMemory* other = heap_memory(3 * kPage, 4 * kPage);
    REQUIRE(one != nullptr && other != nullptr);
    CHECK(all_zero(one->view(), 0));
    CHECK(all_zero(other->view(), 0));
    std::memset(one->view().base, 0xee, one->view().size);
    other->view().base[round * 1000] = 1;
    if (round % 3 == 0) CHECK(one->grow(4 * kPage));
    one->release();
    other->release();
  }
}

TEST_CASE(an_embedders_allocator_gives_all_of_a_heap_memory) {
  FailingAllocator memory;
  Diagnostic diagnostic;
  uint64_t before = memory.live_bytes();
  LinearMemory* linear = create_linear_memory(memory.allocator(), Backend::Heap, false,
                                              {64 * kPage, 64 * kPage, 32}, diagnostic);
  REQUIRE(linear != nullptr);
  CHECK(memory.live_bytes() - before >= 64 * kPage);
  linear->release();
}
#endif

TEST_CASE(automatic_serves_where_address_space_is_short) {
  if (kAddressSanitizer || kThreadSanitizer) return;  // they need address space themselves
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    rlimit limit = {size_t{2} << 30, size_t{2} << 30};
    setrlimit(RLIMIT_AS, &limit);
    trim_linear_memories();
    Faults faults;
    FailingAllocator memory;
    Diagnostic mapped;
    if (create_linear_memory(memory.allocator(), Backend::Mapped, true, {kPage, kPage, 32},
                             mapped) != nullptr) {
      _exit(1);
    }
    if (std::strstr(mapped.message, "reservation") == nullptr) _exit(2);
    Diagnostic diagnostic;
    LinearMemory* linear = create_linear_memory(memory.allocator(), Backend::Automatic, true,
                                                {kPage, kPage, 32}, diagnostic);
    if (linear == nullptr || linear->backend() != Backend::Heap) _exit(3);
    if (diagnostic.code != Error::None || linear->guarded()) _exit(4);
    linear->release();
    _exit(memory.live() == 0 ? 7 : 5);
  }
  int status = 0;
  CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
  CHECK_EQ(WEXITSTATUS(status), 7);
}

TEST_CASE(there_is_nothing_in_front_of_a_guarded_memory) {
  Faults faults;
  FailingAllocator memory;
  std::vector<LinearMemory*> all;
  auto make = [&] {
    Diagnostic diagnostic;
    LinearMemory* linear = create_linear_memory(memory.allocator(), Backend::Mapped, true,
                                                {kPage, 2 * kPage, 32}, diagnostic);
    REQUIRE(linear != nullptr);
    if (linear->guarded()) CHECK(is_space_before(linear->view().base));
    all.push_back(linear);
  };
  for (int i = 0; i < 200; i++) make();
  // Where some have gone others come.
  for (size_t i = 0; i < all.size(); i += 2) all[i]->release();
  for (size_t i = 0; i < all.size() / 2; i++) all[i] = all[2 * i + 1];
  all.resize(all.size() / 2);
  for (int i = 0; i < 150; i++) make();
  for (LinearMemory* linear : all) {
    CHECK(all_zero(linear->view(), 0));
    if (linear->guarded()) CHECK(is_space_before(linear->view().base));
  }
  for (LinearMemory* linear : all) linear->release();
  CHECK_EQ(memory.live(), 0u);
}

TEST_CASE(thousands_of_memories_at_once) {
  Faults faults;
  FailingAllocator memory;
  std::vector<LinearMemory*> all;
  for (int i = 0; i < 3000; i++) {
    Diagnostic diagnostic;
    LinearMemory* linear = create_linear_memory(memory.allocator(), Backend::Automatic, true,
                                                {kPage, 2 * kPage, 32}, diagnostic);
    if (linear == nullptr) break;
    linear->view().base[0] = 1;
    all.push_back(linear);
  }
  CHECK_EQ(all.size(), 3000u);
  if (!all.empty() && all.back()->guarded()) CHECK(store_faults(all.back()->view(), kPage));
  for (LinearMemory* linear : all) linear->release();
  CHECK_EQ(memory.live(), 0u);
}
