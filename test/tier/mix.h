// Which functions of a test's modules run in the test tier, or with WEMBED_TIER=native in the
// native one; the interpreter runs the rest.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "runtime/code.h"
#include "tier/engine.h"
#include "tiers/engines.h"

namespace wembed::test_tier {

// The choice while it exists. Bit i of the mask: function i runs in the test tier.
struct Mix {
  explicit Mix(uint32_t wanted) : mask(wanted) {
    auto choose = [](const Code& code, void* context) {
      return ((static_cast<const Mix*>(context)->mask >> code.function) & 1) != 0;
    };
    choose_engine(is_native() ? mixed_native_engine(choose, this) : &mixed_engine(choose, this));
  }
  ~Mix() { choose_engine(nullptr); }
  Mix(const Mix&) = delete;
  Mix& operator=(const Mix&) = delete;
  static bool is_native() {
    const char* tier = std::getenv("WEMBED_TIER");
    return tier != nullptr && std::strcmp(tier, "native") == 0;
  }
  uint32_t mask;
};

}  // namespace wembed::test_tier
