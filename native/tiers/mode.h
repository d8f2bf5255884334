// When functions become machine code.
#pragma once

#include <cstdint>

namespace wembed {

enum class TierMode : uint8_t {
  Default,    // what the environment variable WEMBED_TIER says, else Sampled
  Off,        // never: every function is interpreted
  FirstCall,  // at their first call
  Sampled,    // when they are found running again and again
  All,        // when an instance is made
};
constexpr uint8_t kTierModes = 5;

}  // namespace wembed
