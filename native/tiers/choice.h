// Which engine a runtime gets, by what its embedder wants and what is possible here.
#pragma once

#include <cstdint>

#include "runtime/engine.h"
#include "tiers/mode.h"

namespace wembed {

struct TierWish {
  TierMode mode = TierMode::Default;
  bool no_system_memory = false;  // machine code is memory of the system's
  bool signals = true;            // faults of guests become traps
  bool deadlines = true;          // there is a timer
};

struct TierChoice {
  const Engine* engine = nullptr;
  TierMode wanted = TierMode::Off;
  TierMode mode = TierMode::Off;  // Off, where the other is not possible; see tried()
  int error = 0;                  // the system's, behind a refusal
  const char* reason = "";        // of a refusal
};

// False: the environment variable says nothing that makes sense.
[[nodiscard]] bool choose_tier(const TierWish& wish, TierChoice& made);

// With Sampled nothing has been asked of the system before a function is found hot. This asks, and
// says what is in force.
[[nodiscard]] TierChoice tried(const TierChoice& choice);

const char* tier_name(TierMode mode);

}  // namespace wembed
