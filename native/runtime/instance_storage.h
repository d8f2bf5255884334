// Making and freeing the block an instance lives in. Linking and initialising: instantiate.h.
#pragma once

#include "base/error.h"
#include "module/module.h"

namespace wembed {

struct Blueprint;
struct Instance;
class Runtime;

// One block with all arrays sized for the module, everything null or zero. Takes over a
// reference to the module, or to what holds it, once it is set up. Null: no memory.
Instance* make_instance(Runtime& runtime, Module& module, const Blueprint& blueprint);

// What that block takes.
size_t instance_bytes(const Module& module);

// Frees memories, tables and the block. The instance is in no store any more.
void free_instance(Instance& instance);

}  // namespace wembed
