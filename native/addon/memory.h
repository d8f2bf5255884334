// Linear memories for JavaScript: one external ArrayBuffer a generation, growth, copies.
#pragma once

#include "addon/napi_setup.h"

namespace wembed::addon {

// Adds memoryInfo, memoryBuffer, memoryGrow, memoryNotify, memoryRead and memoryWrite. A memory is
// named by an instance and the index of its export; -1 is the instance's first memory.
void define_memory(Napi::Object binding);

}  // namespace wembed::addon
