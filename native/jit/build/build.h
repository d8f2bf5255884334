// From a function's body to its graph.
#pragma once

#include "base/error.h"
#include "jit/ir/graph.h"
#include "module/module.h"
#include "module/walk_scratch.h"
#include "runtime/loop_entry.h"

namespace wembed::jit {

enum class Refusal : uint8_t {
  None,
#define REFUSAL(name, word, text) name,
#include "jit/build/refusals.def"
  Count
};
const char* refusal_text(Refusal refusal);

struct BuildOptions {
  bool guarded = false;     // memory 0 faults by itself
  bool metered = false;     // code pays for what it runs, see module/fuel.h
  bool references = false;  // references in values are known to whoever takes the graph
  // The loop that the graph is to begin with, in a frame as that says; null: with the function.
  const LoopEntry* entry = nullptr;
};

// Refusal::None with an error: no memory (Error::OutOfMemory), or the scratch's poll ended the work
// with it. Else the graph is whole, or the function is refused and it is not. Time and memory are
// bounded by the body's size.
struct BuildResult {
  Error error = Error::None;
  Refusal refusal = Refusal::None;
  [[nodiscard]] bool is_built() const { return error == Error::None && refusal == Refusal::None; }
};
BuildResult build(const Module& module, uint32_t function, const BuildOptions& options,
                  WalkScratch& scratch, Arena& arena, Graph& graph);

}  // namespace wembed::jit
