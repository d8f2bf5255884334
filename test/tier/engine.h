// A second tier, for tests: wasm bodies run instruction by instruction, as slowly and plainly as it
// gets, in C++ frames of its own: so it stands where native code will. Engines made of it alone or
// of it and the interpreter show that the seam between the runtime and its tiers holds.
#pragma once

#include "runtime/engine.h"

namespace wembed::test_tier {

const Tier& tier();

// Every function runs in this tier.
const Engine& engine();

// What `choose` says: of each function when it is made, and again whenever one tier calls from the
// host or from this tier; so another body may take over while frames of the first one are there.
// One choice at a time, set before its runtime is made.
using Choose = bool (*)(const Code& code, void* context);  // true: this tier
const Engine& mixed_engine(Choose choose, void* context);

// The same with the native tier in this one's place; a function is chosen for when it is made.
// Null: there is no machine code here.
const Engine* mixed_native_engine(Choose choose, void* context);

// A choice at random, anew at each call; the same for equal seeds, as long as there is one thread.
const Engine& random_engine(uint64_t seed);

}  // namespace wembed::test_tier
