// Initial contents of a module's memories, made from its data segments when a memory is first
// wanted, and kept with the module.
#pragma once

#include <cstdint>

#include "memory/image.h"
#include "module/module.h"

namespace wembed {

class Runtime;

// The image of memory `index`, which the module defines itself. Null: the memory starts with zeros
// only, or its segments have to be written one by one (an offset is not a constant, one does not
// fit, there are very many, there is no memory for the image). Safe from any thread.
MemoryImage* memory_image(Runtime& runtime, Module& module, uint32_t index);

}  // namespace wembed
