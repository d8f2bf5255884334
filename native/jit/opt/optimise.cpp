#include "jit/opt/optimise.h"

#include <algorithm>

#include "base/result.h"
#include "jit/opt/clean.h"
#include "jit/opt/thread.h"
#include "jit/opt/unroll.h"

namespace wembed::jit {

namespace {

using Pass = Error (*)(Graph& graph, Arena& arena, Poll& poll);

constexpr Pass kAll[] = {
#define PASS(name) &name,
#include "jit/opt/passes.def"
};

}  // namespace

Error optimise(Graph& graph, Arena& arena, Poll& poll, uint32_t passes, uint32_t done) {
  for (uint32_t i = done; i < std::min(passes, kPasses); i++) {
    WEMBED_CHECK(kAll[i](graph, arena, poll));
  }
  return Error::None;
}

}  // namespace wembed::jit
