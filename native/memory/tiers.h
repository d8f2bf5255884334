// The ladder: how memories of a runtime are made, decided once by trying.
//
//   standard pool   slots with their whole reach reserved, accesses unchecked
//   small pool      small slots, accesses checked
//   on demand       no pool
//
// A step is taken when a real reservation and a real memory in it work; a refused step says why.
#pragma once

#include <cstdint>

#include "base/allocator.h"
#include "memory/pool.h"
#include "platform/system_info.h"

namespace wembed {

enum class MemoryStep : uint8_t { Pool, SmallPool, OnDemand };
constexpr uint32_t kMemorySteps = 3;
const char* step_name(MemoryStep step);

// What the embedder asks for; 0 is "as fits".
struct PoolWish {
  uint32_t slots = 0;
  uint64_t slot_bytes = 0;
  uint64_t keep_resident = 0;
  bool signals = true;
  bool strict = false;  // memories stay in their slots
};

enum class StepOutcome : uint8_t { NotTried, Refused, Taken };

struct StepResult {
  StepOutcome outcome = StepOutcome::NotTried;
  int error = 0;           // of the system; 0: not the system's doing
  uint64_t wanted = 0;     // bytes asked for, 0: no matter of size
  uint64_t available = 0;  // as far as known
  char reason[120] = {};   // "" unless refused
};

struct Ladder {
  StepResult steps[kMemorySteps];
  MemoryStep taken = MemoryStep::OnDemand;
  MemoryPool* pool = nullptr;  // the taker's; null on demand
};

// Tries the steps from `first` to `last` and takes the first that works. False: none did.
[[nodiscard]] bool climb(Allocator& allocator, const PoolWish& wish,
                         const platform::SystemInfo& system, MemoryStep first, MemoryStep last,
                         Ladder& ladder);

}  // namespace wembed
