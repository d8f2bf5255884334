// Which locals each loop of a function sets: those need a parameter at its header; and which loops
// are inside of which. Found in a walk of its own, before the graph is built.
#pragma once

#include "base/error.h"
#include "jit/ir/graph.h"
#include "module/module.h"
#include "module/walk_scratch.h"

namespace wembed::jit {

class LoopLocals {
 public:
  explicit LoopLocals(Arena& arena) : sets_(arena.allocator()), loops_(arena.allocator()) {}

  Error find(const Module& module, uint32_t function, WalkScratch& scratch);

  // Locals set in the loop, by the number of loops that begin before it in the body; some may stand
  // there more than once.
  [[nodiscard]] std::span<const uint32_t> sets_in(uint32_t loop) const {
    return sets_.span().subspan(loops_[loop].first, loops_[loop].end - loops_[loop].first);
  }
  // The number of the loop that begins at that byte of the module; kNone: there is none.
  [[nodiscard]] uint32_t loop_at(uint32_t offset) const;
  // Whether the second one is the first one, or inside of it.
  [[nodiscard]] bool has_inside(uint32_t loop, uint32_t inner) const {
    return loop <= inner && inner < loops_[loop].end_loop;
  }

 private:
  class Sink;
  struct Range {
    uint32_t first;
    uint32_t end;
    uint32_t offset;
    uint32_t end_loop;  // number of the first one behind it
  };
  Vector<uint32_t> sets_;  // in the order of the body
  Vector<Range> loops_;
};

}  // namespace wembed::jit
