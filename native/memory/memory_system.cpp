#include "memory/memory_system.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace wembed {

namespace {

constexpr const char* kStrategyVariable = "WEMBED_MEMORY";

struct Row {
  MemoryStrategy strategy;
  const char* name;
  MemoryStep first;
  MemoryStep last;
};

constexpr Row kRows[] = {
    {MemoryStrategy::Ladder, "ladder", MemoryStep::Pool, MemoryStep::OnDemand},
    {MemoryStrategy::Pool, "pool", MemoryStep::Pool, MemoryStep::Pool},
    {MemoryStrategy::SmallPool, "small-pool", MemoryStep::SmallPool, MemoryStep::SmallPool},
    {MemoryStrategy::OnDemand, "on-demand", MemoryStep::OnDemand, MemoryStep::OnDemand},
};

const Row& row_of(MemoryStrategy strategy) {
  for (const Row& row : kRows) {
    if (row.strategy == strategy) return row;
  }
  return kRows[3];
}

// What the environment says; false: nothing that makes sense.
bool read_environment(const char* text, MemoryStrategy& strategy) {
  for (const Row& row : kRows) {
    if (std::strcmp(row.name, text) != 0) continue;
    strategy = row.strategy;
    return true;
  }
  return false;
}

}  // namespace

const char* strategy_name(MemoryStrategy strategy) { return row_of(strategy).name; }

Error MemorySystem::start(Allocator& allocator, const MemoryConfig& config,
                          Diagnostic& diagnostic) {
  config_ = config;
  source_ = StrategySource::Option;
  if (config.strategy == MemoryStrategy::Default) {
    const char* text = config.allocator_only ? nullptr : std::getenv(kStrategyVariable);
    bool is_set = text != nullptr && *text != 0;
    source_ = is_set ? StrategySource::Environment : StrategySource::Default;
    config_.strategy = MemoryStrategy::OnDemand;
    if (is_set && !read_environment(text, config_.strategy)) {
      return diagnostic.fail(Error::InvalidState,
                             "%s is %.40s: not one of ladder, pool, small-pool, on-demand",
                             kStrategyVariable, text);
    }
  }
  const Row& row = row_of(config_.strategy);
  if (row.first != MemoryStep::OnDemand) system_ = platform::read_system_info();
  if (climb(allocator, config_.pool, system_, row.first, row.last, ladder_)) return Error::None;
  return diagnostic.fail(Error::System, "memory strategy %s is impossible: %s", row.name,
                         ladder_.steps[static_cast<uint8_t>(row.last)].reason);
}

void MemorySystem::stop() {
  if (ladder_.pool != nullptr) ladder_.pool->destroy();
  ladder_.pool = nullptr;
}

LinearMemory* MemorySystem::create(Allocator& allocator, Backend backend,
                                   const MemoryRequest& request, Diagnostic& diagnostic) {
  if (config_.allocator_only) {
    if (backend == Backend::Mapped || backend == Backend::Pool) {
      diagnostic.fail(Error::InvalidState,
                      "backend %s takes memory from the system, which this runtime must not",
                      backend_name(backend));
      return nullptr;
    }
    if (backend == Backend::Automatic) backend = Backend::Heap;
  }
  bool pooled = backend == Backend::Pool || (backend == Backend::Automatic && has_pool());
  if (pooled && request.minimum <= request.maximum) {
    bool may_step_down = backend == Backend::Automatic && !config_.pool.strict;
    // In a slot one that may not move would end where the slot does.
    bool wants_more = request.is_fixed && may_step_down && has_pool() &&
                      request.maximum > ladder_.pool->config().slot_bytes;
    LinearMemory* memory = wants_more ? nullptr : create_pooled(request, may_step_down, diagnostic);
    if (memory != nullptr || !may_step_down) return memory;
    if (wants_more) never_fitted_.fetch_add(1, std::memory_order_relaxed);
    stepped_down_.fetch_add(1, std::memory_order_relaxed);
  }
  return create_linear_memory(allocator, backend, config_.pool.signals, request, diagnostic);
}

LinearMemory* MemorySystem::create_pooled(const MemoryRequest& request, bool may_step_down,
                                          Diagnostic& diagnostic) {
  if (!has_pool()) {
    diagnostic.fail(Error::InvalidState, "the runtime has no memory pool");
    return nullptr;
  }
  MemoryPool::Refusal refusal;
  int error = 0;
  LinearMemory* memory = ladder_.pool->take(request, refusal, error);
  if (memory != nullptr) return memory;
  if (refusal == MemoryPool::Refusal::Full) found_full_.fetch_add(1, std::memory_order_relaxed);
  if (refusal == MemoryPool::Refusal::NeverFits) {
    never_fitted_.fetch_add(1, std::memory_order_relaxed);
  }
  if (may_step_down) return nullptr;
  switch (refusal) {
    case MemoryPool::Refusal::Full:
      diagnostic.fail(Error::PoolFull, "%s: all of its %u slots are in use",
                      error_text(Error::PoolFull), ladder_.pool->config().slots);
      break;
    case MemoryPool::Refusal::NeverFits:
      diagnostic.fail(Error::MemoryNeverFits, "%s: it needs %llu bytes, a pool slot has %llu",
                      error_text(Error::MemoryNeverFits),
                      static_cast<unsigned long long>(request.minimum),
                      static_cast<unsigned long long>(ladder_.pool->config().slot_bytes));
      break;
    default:
      diagnostic.fail(Error::LinearMemory, "%s: pool slot: %s", error_text(Error::LinearMemory),
                      std::strerror(error));
  }
  return nullptr;
}

void MemorySystem::forget(MemoryImage& image) {
  if (has_pool()) ladder_.pool->forget(image);
}

uint64_t MemorySystem::trim() {
  uint64_t bytes = trim_linear_memories();
  return has_pool() ? bytes + ladder_.pool->trim() : bytes;
}

MemoryReport MemorySystem::report() const {
  MemoryReport report;
  report.source = source_;
  report.wish = config_.strategy;
  report.taken = ladder_.taken;
  std::copy_n(ladder_.steps, kMemorySteps, report.steps);
  report.system = system_;
  report.strict = config_.pool.strict;
  report.stepped_down = stepped_down_.load(std::memory_order_relaxed);
  report.found_full = found_full_.load(std::memory_order_relaxed);
  report.never_fitted = never_fitted_.load(std::memory_order_relaxed);
  if (!has_pool()) return report;
  const PoolConfig& pool = ladder_.pool->config();
  report.guarded = pool.guarded;
  report.slots = pool.slots;
  report.slot_bytes = pool.slot_bytes;
  report.reserved = ladder_.pool->reserved();
  report.keep_resident = pool.keep_resident;
  report.pool = ladder_.pool->statistics();
  return report;
}

namespace {

// Appends to a text that may be cut.
struct Line {
  char* text;
  uint32_t capacity;
  uint32_t length = 0;

  __attribute__((format(printf, 2, 3))) void add(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    bool full = length >= capacity;
    int more = std::vsnprintf(full ? nullptr : text + length, full ? 0 : capacity - length, format,
                              arguments);
    va_end(arguments);
    if (more > 0) length += static_cast<uint32_t>(more);
  }

  void add_bytes(uint64_t bytes) {
    static constexpr const char* kUnits[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    int unit = 0;
    double value = static_cast<double>(bytes);
    for (; value >= 1024 && unit < 4; unit++) value /= 1024;
    add(value < 10 && unit > 0 ? "%.1f %s" : "%.0f %s", value, kUnits[unit]);
  }
};

}  // namespace

uint32_t describe(const MemoryReport& report, char* text, uint32_t capacity) {
  Line line = {text, capacity};
  if (capacity > 0) text[0] = 0;
  line.add("memory: %s", step_name(report.taken));
  if (report.slots > 0) {
    line.add(", %u slots of ", report.slots);
    line.add_bytes(report.slot_bytes);
    line.add(" (%s, ", report.guarded ? "guarded" : "checked");
    line.add_bytes(report.reserved);
    line.add(" reserved, ");
    line.add_bytes(report.keep_resident);
    line.add(" kept each)");
  }
  for (uint32_t i = 0; i < kMemorySteps; i++) {
    if (report.steps[i].outcome != StepOutcome::Refused) continue;
    line.add("; %s refused: %s", step_name(static_cast<MemoryStep>(i)), report.steps[i].reason);
  }
  if (report.pool.served + report.found_full + report.never_fitted > 0) {
    line.add("; %llu live, %llu at most, %llu served, %llu found it full, %llu never fit",
             static_cast<unsigned long long>(report.pool.live),
             static_cast<unsigned long long>(report.pool.peak),
             static_cast<unsigned long long>(report.pool.served),
             static_cast<unsigned long long>(report.found_full),
             static_cast<unsigned long long>(report.never_fitted));
  }
  return line.length;
}

}  // namespace wembed
