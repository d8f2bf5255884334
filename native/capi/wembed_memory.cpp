// wembed.h: how a runtime gets its memories, and giving storage back.
#include <algorithm>
#include <cstddef>
#include <cstring>

#include "capi/handles.h"

using namespace wembed;

namespace {

static_assert(WEMBED_NO_LIMIT == platform::kNoLimit);
static_assert(WEMBED_MEMORY_LADDER == static_cast<int>(MemoryStrategy::Ladder));
static_assert(WEMBED_MEMORY_ON_DEMAND == static_cast<int>(MemoryStrategy::OnDemand));
static_assert(WEMBED_STEP_TAKEN == static_cast<int>(StepOutcome::Taken));
static_assert(WEMBED_BACKEND_FUNCTIONS == static_cast<int>(Backend::Functions));
static_assert(WEMBED_BACKEND_POOL == static_cast<int>(Backend::Pool));

wembed_memory_strategy_t strategy_of(MemoryStep step) {
  switch (step) {
    case MemoryStep::Pool: return WEMBED_MEMORY_POOL;
    case MemoryStep::SmallPool: return WEMBED_MEMORY_SMALL_POOL;
    default: return WEMBED_MEMORY_ON_DEMAND;
  }
}

wembed_memory_step_t step_of(const StepResult& result) {
  wembed_memory_step_t step = {};
  step.outcome = static_cast<uint32_t>(result.outcome);
  step.error_number = result.error;
  step.wanted = result.wanted;
  step.available = result.available;
  static_assert(sizeof(step.reason) == sizeof(result.reason));
  std::memcpy(step.reason, result.reason, sizeof(step.reason));
  return step;
}

void add_pool(const MemoryReport& from, wembed_memory_report_t& to) {
  to.guarded = from.guarded;
  to.strict = from.strict;
  to.slots = from.slots;
  to.slot_bytes = from.slot_bytes;
  to.reserved_bytes = from.reserved;
  to.keep_resident = from.keep_resident;
  to.live = from.pool.live;
  to.peak = from.pool.peak;
  to.hits = from.pool.served;
  to.image_hits = from.pool.reused;
  to.misses = from.stepped_down;
  to.outgrown = from.pool.outgrown;
  to.found_full = from.found_full;
  to.never_fitted = from.never_fitted;
}

void add_system(const platform::SystemInfo& from, wembed_memory_report_t& to) {
  to.processors = from.processors;
  to.is_virtual = from.is_virtual;
  to.overcommit = static_cast<uint32_t>(from.overcommit);
  to.large_pages = static_cast<uint32_t>(from.large_pages);
  to.free_memory = from.free_memory;
  to.group_limit = from.group_limit;
  to.group_used = from.group_used;
  to.address_limit = from.address_limit;
  to.address_used = from.address_used;
  to.mapping_limit = from.mapping_limit;
}

}  // namespace

WEMBED_API bool wembed_memory_report(wembed_runtime_t handle, wembed_memory_report_t* report) {
  Runtime* runtime = runtime_of(unwrap(handle));
  if (runtime == nullptr || report == nullptr || report->size < sizeof(uint32_t)) return false;
  MemoryReport known = runtime->memory_system().report();
  wembed_memory_report_t result = {};
  result.size = std::min<uint32_t>(report->size, sizeof(result));
  result.wish = static_cast<uint32_t>(known.wish);
  result.wish_source = static_cast<uint32_t>(known.source);
  result.taken = strategy_of(known.taken);
  for (uint32_t i = 0; i < kMemorySteps; i++) result.steps[i] = step_of(known.steps[i]);
  add_pool(known, result);
  add_system(known.system, result);
  std::memcpy(report, &result, result.size);
  return true;
}

WEMBED_API uint32_t wembed_memory_report_text(wembed_runtime_t handle, char* text,
                                              uint32_t capacity) {
  Runtime* runtime = runtime_of(unwrap(handle));
  if (text == nullptr) capacity = 0;
  if (capacity > 0) text[0] = 0;
  return runtime == nullptr ? 0 : describe(runtime->memory_system().report(), text, capacity);
}

WEMBED_API uint64_t wembed_memory_trim(wembed_runtime_t handle) {
  Runtime* runtime = runtime_of(unwrap(handle));
  return runtime == nullptr ? 0 : runtime->memory_system().trim();
}
