// Where a trap was.
#pragma once

#include <string>
#include <vector>

#include "wembed.h"

namespace wembed::command {

// On standard error, a line a frame, innermost first: "  at name (file:line:column), offset 0x2a".
// Functions that were inlined have lines of their own.
void print_frames(wasm_module_inst_t instance);

struct SourcePlace {
  std::string function;  // "": not known
  std::string place;     // "file:line:column"; "": not known
};

// By the module's debugging information, innermost first; empty: there is none, or this was built
// without reading it.
std::vector<SourcePlace> source_places(const wembed_frame_t& frame);

}  // namespace wembed::command
