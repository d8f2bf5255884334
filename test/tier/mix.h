// Which functions of a test's modules run in the test tier; the interpreter runs the rest.
#pragma once

#include <cstdint>

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
    choose_engine(&mixed_engine(choose, this));
  }
  ~Mix() { choose_engine(nullptr); }
  Mix(const Mix&) = delete;
  Mix& operator=(const Mix&) = delete;
  uint32_t mask;
};

}  // namespace wembed::test_tier
