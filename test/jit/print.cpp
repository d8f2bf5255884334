#include <cstdio>

#include "jit/verify.h"

namespace wembed::jit {

namespace {

constexpr const char* kOpNames[] = {
#define IR_NAME(name) #name,
#include "jit/ir/ir_ops.def"
};
constexpr const char* kTypeNames[] = {"None", "I32", "I64", "F32", "F64", "Ref"};

std::string name(NodeId id) { return "v" + std::to_string(id); }
const char* text(Type type) { return kTypeNames[static_cast<int>(type)]; }

// (v1 v2), or nothing.
std::string arguments(const Graph& graph, const Edge& edge) {
  std::string out = " b" + std::to_string(edge.target);
  const char* before = "(";
  for (NodeId argument : graph.arguments_of(edge)) {
    out += before + name(argument);
    before = " ";
  }
  return edge.count == 0 ? out : out + ")";
}

std::string types(const char* what, const Vector<Type>& list) {
  std::string out = what;
  for (Type type : list) out += std::string(" ") + text(type);
  return out + "\n";
}

std::string node_line(const Graph& graph, const Block& block, NodeId id, bool places) {
  const Node& node = graph.nodes[id];
  std::string line = "  " + name(id);
  if (node.type != Type::None) line += std::string(": ") + text(node.type);
  line += std::string(" = ") + kOpNames[static_cast<size_t>(node.op)];
  for (NodeId operand : graph.operands_of(node)) line += " " + name(operand);
  if (node.immediate != 0 || node.op == Op::Const) {
    char bits[32];
    std::snprintf(bits, sizeof bits, " #%llx", static_cast<unsigned long long>(node.immediate));
    line += bits;
  }
  if (id == graph.end_of(block)) {
    for (const Edge& edge : graph.edges_of(block)) line += arguments(graph, edge);
  }
  if (places && node.place != 0) line += " @" + std::to_string(node.place);
  return line + "\n";
}

}  // namespace

std::string print(const Graph& graph, bool places) {
  std::string out = types("params", graph.params) + types("results", graph.results);
  for (const CallSite& site : graph.calls) {
    out += "call " + std::to_string(site.index) + " " + std::to_string(site.results) + "\n";
  }
  for (const Loop& loop : graph.loops) {
    out += "loop b" + std::to_string(loop.header) + " b" + std::to_string(loop.last);
    out += loop.parent == kNone ? "\n" : " " + std::to_string(loop.parent) + "\n";
  }
  for (BlockId b = 0; b < graph.blocks.size(); b++) {
    const Block& block = graph.blocks[b];
    out += "b" + std::to_string(b);
    const char* before = "(";
    for (NodeId param : graph.params_of(block)) {
      out += before + name(param) + ": " + text(graph.nodes[param].type);
      before = " ";
    }
    out += block.params == 0 ? ":" : "):";
    if (block.loop != kNone) out += " loop " + std::to_string(block.loop);
    out += "\n";
    for (NodeId id : graph.nodes_of(block).subspan(block.params)) {
      out += node_line(graph, block, id, places);
    }
  }
  return out;
}

}  // namespace wembed::jit
