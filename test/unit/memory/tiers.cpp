// The ladder under real limits and injected failures; what the memory system does with its result.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "check.h"
#include "failing_allocator.h"
#include "memory/memory_system.h"
#include "platform/clock.h"
#include "platform/fault.h"
#include "platform/virtual_memory.h"
#include "sanitized.h"

using namespace wembed;

namespace {

constexpr uint64_t kPage = 65536;
constexpr uint64_t kMiB = uint64_t{1} << 20;

struct Faults {
  Faults() : error(platform::retain_fault_handlers()) {}
  ~Faults() { platform::release_fault_handlers(); }
  int error;
};

struct System {
  explicit System(MemoryConfig config) {
    error = system.start(memory.allocator(), config, diagnostic);
  }
  ~System() {
    system.stop();
    CHECK_EQ(memory.live(), 0u);
  }
  LinearMemory* take(Backend backend, uint64_t minimum) {
    diagnostic = {};
    return system.create(memory.allocator(), backend, {minimum, 65536 * kPage, 32}, diagnostic);
  }
  FailingAllocator memory;
  MemorySystem system;
  Diagnostic diagnostic;
  Error error;
};

MemoryConfig config_of(MemoryStrategy strategy, uint32_t slots = 0, uint64_t slot_bytes = 0) {
  MemoryConfig config;
  config.strategy = strategy;
  config.pool.slots = slots;
  config.pool.slot_bytes = slot_bytes;
  return config;
}

// Runs `body` in a child whose address space is limited; its result must be 0.
template <class Body> void with_address_space(uint64_t bytes, Body body) {
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    rlimit limit = {bytes, bytes};
    setrlimit(RLIMIT_AS, &limit);
    Faults faults;
    _exit(body());
  }
  int status = 0;
  CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
  CHECK_EQ(WEXITSTATUS(status), 0);
}

constexpr uint8_t kPool = static_cast<uint8_t>(MemoryStep::Pool);
constexpr uint8_t kSmall = static_cast<uint8_t>(MemoryStep::SmallPool);

}  // namespace

namespace {
// As an emulator that keeps an entry for each page: 20 ms for a GiB. What it was asked for at most
// is what its memory would pay for.
std::atomic<uint64_t> most_asked{0};
int charge_by_size(size_t bytes) {
  if (bytes > most_asked) most_asked = bytes;
  uint64_t end = platform::monotonic_ns() + bytes / 50;
  while (platform::monotonic_ns() < end) {
  }
  return 0;
}
}  // namespace

TEST_CASE(where_address_space_costs_by_its_size_little_is_taken) {
  Faults faults;
  trim_linear_memories();
  most_asked = 0;
  platform::set_reserve_filter(charge_by_size);
  uint64_t start = platform::monotonic_ns();
  {
    System ladder(config_of(MemoryStrategy::Ladder));
    CHECK(ladder.error == Error::None);
    MemoryReport report = ladder.system.report();
    CHECK(report.taken == MemoryStep::SmallPool);
    CHECK(std::strstr(report.steps[kPool].reason, "an emulator?") != nullptr);
    System pool(config_of(MemoryStrategy::Pool));
    CHECK(pool.error == Error::System);
    System demand(config_of(MemoryStrategy::OnDemand));
    LinearMemory* automatic = demand.take(Backend::Automatic, kPage);
    REQUIRE(automatic != nullptr);
    CHECK(automatic->backend() == Backend::Heap);
    LinearMemory* mapped = demand.take(Backend::Mapped, kPage);
    REQUIRE(mapped != nullptr);
    CHECK(!mapped->guarded());
    mapped->release();
    automatic->release();
  }
  CHECK(most_asked <= uint64_t{4} << 30);  // the wish for a mapped memory that may grow to 4 GiB
  CHECK(platform::monotonic_ns() - start < 5'000'000'000);
  platform::set_reserve_filter(nullptr);
}

TEST_CASE(the_ladder_takes_what_address_space_allows) {
  if (kAddressSanitizer || kThreadSanitizer) return;  // they need address space themselves
  struct Case {
    uint64_t limit;
    MemoryStep taken;
    uint64_t slot_bytes;
  };
  for (const Case& expected : {Case{uint64_t{3} << 40, MemoryStep::Pool, kPage * kPage},
                               Case{uint64_t{2} << 30, MemoryStep::SmallPool, 16 * kMiB},
                               Case{100 * kMiB, MemoryStep::SmallPool, 0},
                               Case{uint64_t{7} * kMiB, MemoryStep::OnDemand, 0}}) {
    with_address_space(expected.limit, [&] {
      System memory(config_of(MemoryStrategy::Ladder));
      if (memory.error != Error::None) return 1;
      MemoryReport report = memory.system.report();
      if (report.taken != expected.taken) return 2;
      if (expected.slot_bytes != 0 && report.slot_bytes != expected.slot_bytes) return 3;
      if (report.system.address_limit != expected.limit) return 4;
      for (uint32_t i = 0; i < static_cast<uint32_t>(report.taken); i++) {
        const StepResult& step = report.steps[i];
        if (step.outcome != StepOutcome::Refused || step.reason[0] == 0) return 5;
        if (step.error != ENOMEM || step.wanted <= step.available) return 6;
      }
      if (report.reserved > expected.limit) return 7;
      LinearMemory* one = memory.take(Backend::Automatic, kPage);
      if (one == nullptr) return 8;
      if ((report.slots > 0) != (one->backend() == Backend::Pool)) return 9;
      if (one->guarded() != (report.taken == MemoryStep::Pool)) return 10;
      one->view().base[kPage - 1] = 1;
      one->release();
      return 0;
    });
  }
}

TEST_CASE(an_explicit_wish_is_had_or_refused_with_a_reason) {
  Faults faults;
  {
    System memory(config_of(MemoryStrategy::SmallPool, 5, 2 * kMiB));
    CHECK(memory.error == Error::None);
    MemoryReport report = memory.system.report();
    CHECK(report.taken == MemoryStep::SmallPool && report.source == StrategySource::Option);
    CHECK_EQ(report.slots, 5u);
    CHECK_EQ(report.slot_bytes, 2 * kMiB);
    CHECK(!report.guarded);
    CHECK(report.steps[kPool].outcome == StepOutcome::NotTried);
    CHECK(memory.system.is_announced());
  }
  MemoryConfig config = config_of(MemoryStrategy::Pool);
  config.pool.signals = false;
  System no_signals(config);
  CHECK(no_signals.error == Error::System);
  CHECK(std::strstr(no_signals.diagnostic.message, "pool is impossible") != nullptr);
  CHECK(std::strstr(no_signals.diagnostic.message, "signals are off") != nullptr);
  config.strategy = MemoryStrategy::Ladder;
  System ladder(config);
  CHECK(ladder.system.report().taken == MemoryStep::SmallPool);
  System too_large(config_of(MemoryStrategy::Pool, 4, uint64_t{16} << 30));
  CHECK(too_large.error == Error::System);
  System too_many(config_of(MemoryStrategy::Pool, 100'000'000));
  CHECK(too_many.error == Error::System);
  if (kAddressSanitizer || kThreadSanitizer) return;
  with_address_space(uint64_t{2} << 30, [] {
    System memory(config_of(MemoryStrategy::Pool));
    if (memory.error != Error::System) return 1;
    return std::strstr(memory.diagnostic.message, "address space") != nullptr ? 0 : 2;
  });
}

TEST_CASE(refusals_state_what_was_wanted) {
  Faults faults;
  using S = MemoryStrategy;
  for (S strategy : {S::Pool, S::SmallPool}) {
    uint8_t step = strategy == S::Pool ? kPool : kSmall;
    // Sizes that no slot can have.
    for (uint64_t bytes :
         {uint64_t{1}, kPage - 1, uint64_t{16} << 30, UINT64_MAX - 5, UINT64_MAX}) {
      System memory(config_of(strategy, 4, bytes));
      CHECK(memory.error == Error::System);
      const StepResult result = memory.system.report().steps[step];
      CHECK(result.outcome == StepOutcome::Refused && result.error == 0 && result.wanted == 0);
      CHECK(std::strstr(result.reason, bytes < kPage ? "at the least" : "at the most") != nullptr);
    }
    // Numbers whose product with anything is none.
    System many(config_of(strategy, UINT32_MAX));
    CHECK(many.error == Error::System);
    const StepResult result = many.system.report().steps[step];
    CHECK(result.outcome == StepOutcome::Refused && result.error == 0 && result.wanted == 0);
    CHECK(std::strstr(result.reason, "mappings") != nullptr);
    System least(config_of(strategy, 1, kPage));
    CHECK(least.error == Error::None);
    CHECK_EQ(least.system.report().slots, 1u);
  }
  if (kAddressSanitizer || kThreadSanitizer) return;
  with_address_space(200 * kMiB, [] {
    // One slot that fits, where four would not; and one that does not.
    System fits(config_of(S::SmallPool, 1, 64 * kMiB));
    if (fits.error != Error::None) return 1;
    System too_large(config_of(S::SmallPool, 1, 256 * kMiB));
    if (too_large.error != Error::System) return 2;
    const StepResult result = too_large.system.report().steps[kSmall];
    return result.wanted == 256 * kMiB + 65536 && result.available < 200 * kMiB ? 0 : 3;
  });
}

TEST_CASE(a_failing_reserve_steps_down) {
  Faults faults;
  // Large reservations fail, then all of them.
  platform::set_reserve_filter(
      [](size_t bytes) { return bytes > (size_t{100} << 30) ? EPERM : 0; });
  {
    System memory(config_of(MemoryStrategy::Ladder));
    MemoryReport report = memory.system.report();
    CHECK(report.taken == MemoryStep::SmallPool);
    CHECK_EQ(report.steps[kPool].error, EPERM);
    CHECK(report.steps[kPool].outcome == StepOutcome::Refused);
    CHECK(std::strstr(report.steps[kPool].reason, std::strerror(EPERM)) != nullptr);
  }
  platform::set_reserve_filter([](size_t) { return EPERM; });
  trim_linear_memories();
  System memory(config_of(MemoryStrategy::Ladder));
  MemoryReport report = memory.system.report();
  CHECK(memory.error == Error::None && report.taken == MemoryStep::OnDemand);
  CHECK_EQ(report.steps[kSmall].error, EPERM);
  LinearMemory* one = memory.take(Backend::Automatic, kPage);
  REQUIRE(one != nullptr);
  CHECK(one->backend() == Backend::Heap);
  one->release();
  System wish(config_of(MemoryStrategy::SmallPool));
  CHECK(wish.error == Error::System);
  platform::set_reserve_filter(nullptr);
}

TEST_CASE(failing_allocations_at_the_start_step_down_or_fail) {
  Faults faults;
  for (uint64_t fail_at = 1; fail_at < 12; fail_at++) {
    FailingAllocator memory(fail_at);
    MemorySystem system;
    Diagnostic diagnostic;
    CHECK(system.start(memory.allocator(), config_of(MemoryStrategy::Ladder, 8), diagnostic) ==
          Error::None);
    CHECK_EQ(system.report().taken == MemoryStep::Pool, !memory.failed());
    system.stop();
    CHECK_EQ(memory.live(), 0u);
  }
}

TEST_CASE(a_full_pool_steps_down_unless_strict) {
  Faults faults;
  for (bool strict : {false, true}) {
    MemoryConfig config = config_of(MemoryStrategy::SmallPool, 2, kMiB);
    config.pool.strict = strict;
    System memory(config);
    std::vector<LinearMemory*> all = {memory.take(Backend::Automatic, kPage),
                                      memory.take(Backend::Automatic, kPage)};
    LinearMemory* more = memory.take(Backend::Automatic, kPage);
    CHECK_EQ(more == nullptr, strict);
    CHECK_EQ(memory.diagnostic.code == Error::PoolFull, strict);
    CHECK_EQ(std::strstr(memory.diagnostic.message, "2 slots") != nullptr, strict);
    if (more != nullptr) all.push_back(more);
    more = memory.take(Backend::Automatic, 2 * kMiB);
    CHECK_EQ(more == nullptr, strict);
    CHECK_EQ(memory.diagnostic.code == Error::MemoryNeverFits, strict);
    CHECK_EQ(std::strstr(memory.diagnostic.message, "2097152 bytes") != nullptr, strict);
    if (more != nullptr) all.push_back(more);
    // Asked for by name it is the pool or nothing.
    CHECK(memory.take(Backend::Pool, kPage) == nullptr);
    CHECK(memory.diagnostic.code == Error::PoolFull);
    MemoryReport report = memory.system.report();
    CHECK_EQ(report.stepped_down, strict ? 0u : 2u);
    CHECK_EQ(report.found_full, 2u);
    CHECK_EQ(report.never_fitted, 1u);
    CHECK(report.pool.live == 2 && report.pool.peak == 2 && report.pool.served >= 2);
    // Other backends do not touch the pool.
    LinearMemory* heap = memory.take(Backend::Heap, kPage);
    CHECK(heap != nullptr && heap->backend() == Backend::Heap);
    heap->release();
    for (LinearMemory* one : all) one->release();
  }
  System none(config_of(MemoryStrategy::OnDemand));
  CHECK(none.take(Backend::Pool, kPage) == nullptr);
  CHECK(none.diagnostic.code == Error::InvalidState);
}

TEST_CASE(the_environment_is_asked_when_no_option_is_given) {
  Faults faults;
  struct Case {
    const char* text;
    MemoryStrategy option;
    Error error;
    MemoryStep taken;
    StrategySource source;
  };
  using S = MemoryStrategy;
  for (const Case& expected :
       {Case{nullptr, S::Default, Error::None, MemoryStep::OnDemand, StrategySource::Default},
        Case{"", S::Default, Error::None, MemoryStep::OnDemand, StrategySource::Default},
        Case{"pool", S::Default, Error::None, MemoryStep::Pool, StrategySource::Environment},
        Case{"small-pool", S::Default, Error::None, MemoryStep::SmallPool,
             StrategySource::Environment},
        Case{"on-demand", S::Default, Error::None, MemoryStep::OnDemand,
             StrategySource::Environment},
        Case{"ladder", S::Default, Error::None, MemoryStep::Pool, StrategySource::Environment},
        Case{"pool", S::OnDemand, Error::None, MemoryStep::OnDemand, StrategySource::Option},
        Case{"nonsense", S::SmallPool, Error::None, MemoryStep::SmallPool, StrategySource::Option},
        Case{"nonsense", S::Default, Error::InvalidState, MemoryStep::OnDemand,
             StrategySource::Environment}}) {
    if (expected.text == nullptr) {
      unsetenv("WEMBED_MEMORY");
    } else {
      setenv("WEMBED_MEMORY", expected.text, 1);
    }
    System memory(config_of(expected.option, 4));
    CHECK(memory.error == expected.error);
    CHECK(memory.system.report().taken == expected.taken);
    CHECK(memory.system.report().source == expected.source);
    CHECK_EQ(memory.system.is_announced(), expected.source != StrategySource::Default);
  }
  unsetenv("WEMBED_MEMORY");
}

TEST_CASE(the_report_is_one_line) {
  Faults faults;
  platform::set_reserve_filter(
      [](size_t bytes) { return bytes > (size_t{100} << 30) ? EPERM : 0; });
  System memory(config_of(MemoryStrategy::Ladder));
  platform::set_reserve_filter(nullptr);
  char text[600];
  uint32_t length = describe(memory.system.report(), text, sizeof text);
  CHECK_EQ(length, std::strlen(text));
  CHECK(std::strstr(text, "memory: small-pool, ") == text);
  CHECK(std::strstr(text, "16 MiB (checked") != nullptr);
  CHECK(std::strstr(text, "pool refused: reserving") != nullptr);
  CHECK(std::strchr(text, '\n') == nullptr);
  char cut[10];
  CHECK_EQ(describe(memory.system.report(), cut, sizeof cut), length);
  CHECK(std::strcmp(cut, "memory: s") == 0);
  CHECK_EQ(describe(memory.system.report(), nullptr, 0), length);
}
