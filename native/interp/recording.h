// What a translation tells besides its operations.
#pragma once

#include <cstdint>

#include "base/vector.h"
#include "interp/loop_search.h"
#include "runtime/root_map.h"

namespace wembed {

// Position in the register code and the module's byte it comes from.
struct SourcePoint {
  uint32_t position;
  uint32_t offset;
};

// What else a translation is to tell, if anything.
struct Recording {
  Vector<SourcePoint>* points = nullptr;  // the origin of each operation
  RootMapBuilder* roots = nullptr;
  LoopSearch* loop = nullptr;
};

}  // namespace wembed
