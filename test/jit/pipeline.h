// A function's way to machine instructions with their places, checked after each step.
#pragma once

#include <string>

#include "jit/alloc/allocate.h"
#include "jit/build/build.h"
#include "jit/opt/optimise.h"
#include "runtime/code.h"

namespace wembed::jit {

// Four of each class, those that instructions have fixed among them.
constexpr RegisterSet kFewRegisters =
    set_of(kRax) | set_of(kRcx) | set_of(kRdx) | set_of(kRdi) | RegisterSet{0xf} << kXmm0;

constexpr const char* kPassNames[] = {
#define PASS(name) #name,
#include "jit/opt/passes.def"
};

struct Pipeline {
  // `piece`: see Arena.
  Pipeline(Allocator& allocator, size_t piece = Arena::kPieceBytes)
      : arena(allocator, SIZE_MAX, piece),
        graph(arena),
        machine(arena.allocator()),
        allocation(arena.allocator()) {}

  // To the graph, after so many passes. `wrong` is empty, or what does not hold of it, and after
  // which pass.
  Error build(const Module& module, uint32_t function, const BuildOptions& options,
              WalkScratch& scratch, uint32_t passes = kPasses);
  // On from a graph, with `siblings` for the module's functions; nothing, where it is not lowered.
  Error allocate(const Graph& from, const Module& module, uint32_t function, Code* siblings,
                 RegisterSet allowed, Poll& poll);

  Arena arena;
  Graph graph;
  MachineFunction machine;
  Allocation allocation;
  Refusal refusal = Refusal::None;
  bool is_lowered = false;
  // What was found not to hold. Checks take longer than what they check: not of large functions.
  std::string wrong;
  bool is_checked = true;
};

}  // namespace wembed::jit
