// Where a runtime's memories come from: its pool, if it has one, and storage on demand.
#pragma once

#include <atomic>
#include <cstdint>

#include "memory/backend.h"
#include "memory/tiers.h"

namespace wembed {

class MemoryImage;

// Ladder takes the first step that works; the others are wishes that must come true.
enum class MemoryStrategy : uint8_t { Default, Ladder, Pool, SmallPool, OnDemand };

struct MemoryConfig {
  MemoryStrategy strategy = MemoryStrategy::Default;  // WEMBED_MEMORY, else on demand
  PoolWish pool;                // `strict`: a memory the pool cannot serve is an error
  bool allocator_only = false;  // Automatic is Heap, and Mapped and Pool are errors
};

// Who chose the strategy.
enum class StrategySource : uint8_t { Default, Environment, Option };

struct MemoryReport {
  StrategySource source = StrategySource::Default;
  MemoryStrategy wish = MemoryStrategy::OnDemand;
  MemoryStep taken = MemoryStep::OnDemand;
  StepResult steps[kMemorySteps];
  platform::SystemInfo system;  // as it was at the start; empty without a pool asked for
  bool strict = false;
  // Of the pool, 0 without.
  bool guarded = false;
  uint32_t slots = 0;
  uint64_t slot_bytes = 0;
  uint64_t reserved = 0;
  uint64_t keep_resident = 0;
  PoolStatistics pool;
  // Memories made on demand although there is a pool, and why.
  uint64_t stepped_down = 0;
  uint64_t found_full = 0;
  uint64_t never_fitted = 0;
};

class MemorySystem {
 public:
  MemorySystem() = default;
  MemorySystem(const MemorySystem&) = delete;
  MemorySystem& operator=(const MemorySystem&) = delete;

  // Once, before anything else. An error when what was wished for cannot be had.
  Error start(Allocator& allocator, const MemoryConfig& config, Diagnostic& diagnostic);
  // All memories are gone.
  void stop();

  // Storage of that kind; Automatic: the pool's as long as it serves, else on demand. Null with
  // the reason in `diagnostic`: PoolFull is "not now", MemoryNeverFits "never".
  [[nodiscard]] LinearMemory* create(Allocator& allocator, Backend backend,
                                     const MemoryRequest& request, Diagnostic& diagnostic);

  // Before an image is destroyed.
  void forget(MemoryImage& image);

  // Returns what is kept for later memories to the system; the bytes of storage, as far as known.
  uint64_t trim();

  [[nodiscard]] MemoryReport report() const;
  // Whether an embedder expects to hear which step was taken: it asked for one.
  [[nodiscard]] bool is_announced() const { return source_ != StrategySource::Default; }
  [[nodiscard]] bool has_pool() const { return ladder_.pool != nullptr; }

 private:
  LinearMemory* create_pooled(const MemoryRequest& request, bool may_step_down,
                              Diagnostic& diagnostic);

  Ladder ladder_;
  MemoryConfig config_;
  StrategySource source_ = StrategySource::Default;
  platform::SystemInfo system_;
  std::atomic<uint64_t> stepped_down_{0};
  std::atomic<uint64_t> found_full_{0};
  std::atomic<uint64_t> never_fitted_{0};
};

// The report in one line: "memory: pool, 1024 slots of ...". Returns the length without the NUL;
// writes at most `capacity` bytes, NUL included.
uint32_t describe(const MemoryReport& report, char* text, uint32_t capacity);

const char* strategy_name(MemoryStrategy strategy);

}  // namespace wembed
