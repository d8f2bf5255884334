// What a numeric operation is known to be before it runs.
#pragma once

#include "jit/ir/graph.h"

namespace wembed::jit {

struct Folded {
  NodeId value = kNone;  // it is this one
  bool is_constant = false;
  uint64_t bits = 0;  // then: these
  [[nodiscard]] bool is_known() const { return is_constant || value != kNone; }
};

// An operation that is about to be made; it may come back as another one that computes the same.
struct Draft {
  Op op;
  uint32_t count;
  NodeId operands[2];
};

Folded fold(const Graph& graph, Draft& draft);

}  // namespace wembed::jit
