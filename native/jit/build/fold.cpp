#include "jit/build/fold.h"

#include <utility>

#include "isa/numeric.h"
#include "jit/ir/evaluate.h"

namespace wembed::jit {

namespace {

bool is_constant(const Graph& graph, NodeId id) { return graph.nodes[id].op == Op::Const; }

// Which NaN an operation answers is the processor's business.
bool is_nan(Op op, uint64_t bits) {
  const char result = op_info(op).signature.result;
  if (result == 'F') {
    const float value = isa::float_of<float>(static_cast<uint32_t>(bits));
    return value != value;
  }
  if (result != 'D') return false;
  const double value = isa::float_of<double>(bits);
  return value != value;
}

Folded compute(const Graph& graph, const Draft& draft) {
  uint64_t operands[2] = {};
  for (uint32_t i = 0; i < draft.count; i++) {
    if (!is_constant(graph, draft.operands[i])) return {};
    operands[i] = graph.nodes[draft.operands[i]].immediate;
  }
  const Evaluation result = evaluate(draft.op, operands);
  if (!result.is_numeric || result.trap != Trap::None || is_nan(draft.op, result.bits)) return {};
  return {kNone, true, result.bits};
}

Folded with_constant(Op op, NodeId value, uint64_t bits) {
#define IDENTITY(name, identity) \
  if (op == Op::name && bits == (identity)) return {value, false, 0};
#define ABSORBS(name, absorbing) \
  if (op == Op::name && bits == (absorbing)) return {kNone, true, bits};
#include "jit/build/fold.def"
  return {};
}

Folded with_itself(Op op, NodeId value) {
#define SAME(name) \
  if (op == Op::name) return {value, false, 0};
#define SAME_IS(name, bits) \
  if (op == Op::name) return {kNone, true, bits};
#include "jit/build/fold.def"
  return {};
}

Op inverse(Op op) {
#define INVERSE(name, other)            \
  if (op == Op::name) return Op::other; \
  if (op == Op::other) return Op::name;
#include "jit/build/fold.def"
  return Op::Count;
}

bool undoes(Op op, Op other) {
#define UNDOES(name, undone) \
  if (op == Op::name && other == Op::undone) return true;
#include "jit/build/fold.def"
  return false;
}

Folded fold_unary(const Graph& graph, Draft& draft) {
  const Node& inner = graph.nodes[draft.operands[0]];
  if (undoes(draft.op, inner.op)) return {graph.operands_of(inner)[0], false, 0};
  if (draft.op != Op::I32Eqz) return {};
  const Op opposite = inverse(inner.op);
  if (opposite == Op::Count) return {};
  draft = {opposite, 2, {graph.operands_of(inner)[0], graph.operands_of(inner)[1]}};
  return {};
}

}  // namespace

Folded fold(const Graph& graph, Draft& draft) {
  if (Folded computed = compute(graph, draft); computed.is_known()) return computed;
  if (draft.count == 1) return fold_unary(graph, draft);
  NodeId& a = draft.operands[0];
  NodeId& b = draft.operands[1];
  // A constant to the right; else in the order of their making, so that equal ones are found.
  if (commutes(draft.op) && (is_constant(graph, a) || (a > b && !is_constant(graph, b)))) {
    std::swap(a, b);
  }
  if (a == b) return with_itself(draft.op, a);
  return is_constant(graph, b) ? with_constant(draft.op, a, graph.nodes[b].immediate) : Folded{};
}

}  // namespace wembed::jit
