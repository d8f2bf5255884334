#include "jit/pipeline.h"

#include <algorithm>

#include "base/result.h"
#include "jit/check_allocation.h"
#include "jit/lower/lower.h"
#include "jit/verify.h"

namespace wembed::jit {

Error Pipeline::build(const Module& module, uint32_t function, const BuildOptions& options,
                      WalkScratch& scratch, uint32_t passes) {
  const BuildResult built = jit::build(module, function, options, scratch, arena, graph);
  refusal = built.refusal;
  if (!built.is_built()) return built.error;
  if (is_checked) wrong = verify(graph);
  if (!wrong.empty()) return Error::None;
  for (uint32_t done = 0; done < std::min(passes, kPasses) && wrong.empty(); done++) {
    WEMBED_CHECK(optimise(graph, arena, scratch.poll, done + 1, done));
    if (is_checked) wrong = verify(graph);
    if (!wrong.empty()) wrong = std::string("after ") + kPassNames[done] + ": " + wrong;
  }
  return Error::None;
}

Error Pipeline::allocate(const Graph& from, const Module& module, uint32_t function, Code* siblings,
                         RegisterSet allowed, Poll& poll) {
  const LowerInput input = {from, module, siblings, module.function_type(function)->most_slots};
  bool is_known = true;
  is_lowered = lower(input, machine, is_known);
  if (!is_lowered) return is_known ? Error::OutOfMemory : Error::None;
  WEMBED_CHECK(jit::allocate(machine, {allowed}, arena, poll, allocation));
  if (is_checked) wrong = check_allocation(machine, allocation);
  return Error::None;
}

}  // namespace wembed::jit
