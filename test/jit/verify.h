// Graphs as people and tests see them: what is wrong with one, its text, and a graph from text.
#pragma once

#include <string>
#include <string_view>

#include "jit/ir/graph.h"

namespace wembed::jit {

// What of graph.h and ir_ops.def does not hold; empty: all of it does.
std::string verify(const Graph& graph);

// One line for each block and node, as in the head of graph.h. Places only when they are wanted.
std::string print(const Graph& graph, bool places = false);

// The graph of such a text, ids included. What is wrong with the text, with its line; else empty.
std::string read(std::string_view text, Graph& graph);

}  // namespace wembed::jit
