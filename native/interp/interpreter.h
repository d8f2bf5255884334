// Tier 0: wasm bodies are translated at their first call to register operations and interpreted.
#pragma once

#include "runtime/engine.h"

namespace wembed {

const Engine& interpreter_engine();

// How operations reach each other in this build: "tail" (jumps) or "loop" (calls).
const char* interpreter_dispatch();

}  // namespace wembed
