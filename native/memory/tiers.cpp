#include "memory/tiers.h"

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "memory/region.h"
#include "memory/reservations.h"
#include "platform/fault.h"
#include "platform/virtual_memory.h"

namespace wembed {

namespace {

using platform::SystemInfo;

constexpr uint64_t kMostMemory32 = uint64_t{1} << 32;
constexpr uint64_t kTestBytes = 64 * 1024;

// Kept by a free slot: a few dozen pages, the working set of a small guest. Faults cost several
// times as much under a hypervisor.
constexpr uint64_t kKeep = 64 * 1024;
constexpr uint64_t kKeepVirtual = 128 * 1024;
constexpr uint64_t kLeastKept = 16 * 1024;
// Free slots may keep that part of the usable memory together.
constexpr uint64_t kMostKeptPart = 8;
// A slot in use is up to four mappings; so many of the process's are left to others.
constexpr uint64_t kMappingsPerSlot = 4;

__attribute__((format(printf, 2, 3))) bool refuse(StepResult& result, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(result.reason, sizeof result.reason, format, arguments);
  va_end(arguments);
  result.outcome = StepOutcome::Refused;
  return false;
}

uint64_t kept_by_slot(const PoolWish& wish, const SystemInfo& system, uint32_t slots) {
  if (wish.keep_resident != 0) return wish.keep_resident;
  uint64_t keep = system.is_virtual ? kKeepVirtual : kKeep;
  uint64_t usable = platform::usable_memory(system);
  if (usable != platform::kNoLimit) keep = std::min(keep, usable / kMostKeptPart / slots);
  return MemoryRegion::whole_pages(std::max(keep, kLeastKept));
}

PoolConfig config_of(const PoolWish& wish, const SystemInfo& system, uint32_t slots,
                     uint64_t slot_bytes, bool guarded) {
  PoolConfig config;
  config.slots = slots;
  config.slot_bytes = slot_bytes;
  config.keep_resident = kept_by_slot(wish, system, slots);
  config.shards = system.processors * 2;  // threads are spread by number, not by processor
  config.guarded = guarded;
  config.strict = wish.strict;
  config.avoid_large_pages = system.large_pages == platform::LargePages::Always;
  return config;
}

// A memory made, written, grown, read beyond its end, and given back.
bool test_memory(MemoryPool& pool, StepResult& result) {
  MemoryPool::Refusal refusal;
  int error = 0;
  MemoryRequest request = {kTestBytes, 2 * kTestBytes, 32};
  LinearMemory* memory = pool.take(request, refusal, error);
  if (memory == nullptr) {
    result.error = error;
    return refuse(result, "a test memory was refused: %s", std::strerror(error));
  }
  uint8_t* base = memory->view().base;
  std::memset(base, 1, kTestBytes);
  if (memory->guarded()) result.error = platform::probe_fault(base + kTestBytes);
  if (result.error == EAGAIN) result.error = 0;  // somebody's handler is above ours: believed
  bool grown = pool.config().slot_bytes < 2 * kTestBytes || memory->grow(2 * kTestBytes);
  memory->release();
  if (result.error != 0) {
    return refuse(result, "a test fault did not come back: %s", std::strerror(result.error));
  }
  if (!grown) {
    result.error = ENOMEM;
    return refuse(result, "a test memory could not grow");
  }
  return true;
}

bool make_pool(Allocator& allocator, const PoolConfig& config, StepResult& result, Ladder& ladder) {
  int error = 0;
  MemoryPool* pool = MemoryPool::create(allocator, config, error);
  if (pool == nullptr) {
    result.error = error;
    return refuse(result, "reserving %llu bytes for %u slots failed: %s",
                  static_cast<unsigned long long>(result.wanted), config.slots,
                  std::strerror(error));
  }
  if (!test_memory(*pool, result)) {
    pool->destroy();
    return false;
  }
  result = {};
  result.wanted = pool->reserved();
  result.outcome = StepOutcome::Taken;
  (void)pool->trim();  // what the test wrote
  pool->clear_statistics();
  ladder.pool = pool;
  return true;
}

bool mappings_suffice(const SystemInfo& system, uint32_t slots, StepResult& result) {
  if (system.mapping_limit / 2 >= slots * kMappingsPerSlot) return true;
  result.wanted = 0;  // it is no matter of size
  return refuse(result, "%u slots may need %llu mappings, more than half of the %llu there can be",
                slots, static_cast<unsigned long long>(slots * kMappingsPerSlot),
                static_cast<unsigned long long>(system.mapping_limit));
}

bool addresses_suffice(uint64_t available, StepResult& result) {
  result.available = available;
  if (result.wanted < available || available == platform::kNoLimit) return true;
  result.error = ENOMEM;
  return refuse(result, "%llu bytes of address space wanted, the limit leaves %llu",
                static_cast<unsigned long long>(result.wanted),
                static_cast<unsigned long long>(available));
}

// UINT64_MAX when there is no such number.
uint64_t space_of(uint32_t slots, uint64_t stride) {
  return stride > UINT64_MAX / slots ? UINT64_MAX : slots * stride;
}

bool is_slot_size(uint64_t slot_bytes, uint64_t most, StepResult& result) {
  if (slot_bytes < kTestBytes) return refuse(result, "a slot is 64 KiB at the least");
  if (slot_bytes <= most) return true;
  return refuse(result, "a slot of this kind is %llu GiB at the most",
                static_cast<unsigned long long>(most >> 30));
}

// One size of the standard pool.
bool try_pool_of(Allocator& allocator, const PoolWish& wish, const SystemInfo& system,
                 uint32_t slots, uint64_t slot_bytes, StepResult& result, Ladder& ladder) {
  result = {};
  result.wanted = space_of(slots, kGuardedReservation);
  if (!mappings_suffice(system, slots, result)) return false;
  if (!addresses_suffice(platform::usable_addresses(system), result)) return false;
  return make_pool(allocator, config_of(wish, system, slots, slot_bytes, true), result, ladder);
}

bool try_pool(Allocator& allocator, const PoolWish& wish, const SystemInfo& system,
              StepResult& result, Ladder& ladder) {
  if (sizeof(void*) < 8) return refuse(result, "addresses have 32 bits");
  if (!wish.signals) return refuse(result, "signals are off, faults cannot become traps");
  if (!platform::fault_handlers_active()) return refuse(result, "there are no fault handlers");
#ifdef WEMBED_SMALL
  return refuse(result, "a small build has no pools");
#endif
  if (!platform::reservations_are_cheap()) {
    return refuse(result, "reserving address space costs time by its size here: an emulator?");
  }
  uint64_t slot_bytes = wish.slot_bytes == 0 ? kMostMemory32 : wish.slot_bytes;
  if (!is_slot_size(slot_bytes, kReach32, result)) return false;
  slot_bytes = MemoryRegion::whole_pages(slot_bytes);
  if (wish.slots != 0) {
    return try_pool_of(allocator, wish, system, wish.slots, slot_bytes, result, ladder);
  }
  for (uint32_t slots : {1024u, 256u, 64u}) {
    if (try_pool_of(allocator, wish, system, slots, slot_bytes, result, ladder)) return true;
  }
  return false;
}

constexpr uint64_t kSlotSizes[] = {16 << 20, 4 << 20, 1 << 20};
constexpr uint32_t kSmallSlots = 256;
constexpr uint32_t kLeastSlots = 4;
constexpr uint64_t kMostDearBytes = 256 << 20;  // where address space costs by its size

// The most slots of that size that take no more than half of what is left, by address space and,
// where the system never overcommits or sets a limit, by memory.
uint32_t slots_that_fit(const SystemInfo& system, uint64_t slot_bytes) {
  uint64_t most = platform::usable_addresses(system) / 2;
  if (system.overcommit == platform::Overcommit::Never ||
      system.group_limit != platform::kNoLimit) {
    most = std::min(most, platform::usable_memory(system) / 2);
  }
  if (!platform::reservations_are_cheap()) most = std::min(most, kMostDearBytes);
  return static_cast<uint32_t>(std::min<uint64_t>(kSmallSlots, most / (slot_bytes + kGuardBytes)));
}

bool try_small_pool(Allocator& allocator, const PoolWish& wish, const SystemInfo& system,
                    StepResult& result, Ladder& ladder) {
  uint64_t first = wish.slot_bytes == 0 ? kSlotSizes[0] : wish.slot_bytes;
  if (!is_slot_size(first, kMostMemory32, result)) return false;
  for (uint64_t slot_bytes : kSlotSizes) {
    if (wish.slot_bytes != 0) slot_bytes = MemoryRegion::whole_pages(first);
    uint32_t slots = wish.slots;
    if (slots == 0) slots = std::max(slots_that_fit(system, slot_bytes), kLeastSlots);
    result = {};
    result.wanted = space_of(slots, slot_bytes + kGuardBytes);
    if (mappings_suffice(system, slots, result) &&
        addresses_suffice(platform::usable_addresses(system), result) &&
        make_pool(allocator, config_of(wish, system, slots, slot_bytes, false), result, ladder)) {
      return true;
    }
    if (wish.slot_bytes != 0) return false;
  }
  return false;
}

bool take_on_demand(Allocator&, const PoolWish&, const SystemInfo&, StepResult& result, Ladder&) {
  result.outcome = StepOutcome::Taken;
  return true;
}

struct Row {
  MemoryStep step;
  const char* name;
  bool (*attempt)(Allocator& allocator, const PoolWish& wish, const SystemInfo& system,
                  StepResult& result, Ladder& ladder);
};

constexpr Row kRows[kMemorySteps] = {
    {MemoryStep::Pool, "pool", try_pool},
    {MemoryStep::SmallPool, "small-pool", try_small_pool},
    {MemoryStep::OnDemand, "on-demand", take_on_demand},
};

}  // namespace

const char* step_name(MemoryStep step) { return kRows[static_cast<uint8_t>(step)].name; }

bool climb(Allocator& allocator, const PoolWish& wish, const SystemInfo& system, MemoryStep first,
           MemoryStep last, Ladder& ladder) {
  for (const Row& row : kRows) {
    if (row.step < first || row.step > last) continue;
    StepResult& result = ladder.steps[static_cast<uint8_t>(row.step)];
    if (!row.attempt(allocator, wish, system, result, ladder)) continue;
    ladder.taken = row.step;
    return true;
  }
  return false;
}

}  // namespace wembed
