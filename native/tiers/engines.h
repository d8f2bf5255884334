// Who runs a runtime's functions: engines put together from tiers, which do not know each other.
#pragma once

#include "runtime/engine.h"

namespace wembed {

// Every function is interpreted.
const Engine& interpreted_engine();

// What a runtime is made with: that one, unless a test has said otherwise. Null takes it back.
const Engine& chosen_engine();
void choose_engine(const Engine* engine);

}  // namespace wembed
