// Making and freeing the block an instance lives in. Linking and initialising: instantiate.h.
#pragma once

#include "base/error.h"
#include "runtime/instance.h"

namespace wembed {

// One block with all arrays sized for the module, everything null or zero. Holds the module.
// Null: no memory.
Instance* make_instance(Runtime& runtime, Module& module);

// What that block takes.
size_t instance_bytes(const Module& module);

// Frees memories, tables and the block. The instance is in no store any more.
void free_instance(Instance& instance);

}  // namespace wembed
