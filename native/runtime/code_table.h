// All code of one module, kept with it.
#pragma once

#include <atomic>
#include <cstdint>

#include "module/module.h"
#include "runtime/code.h"

namespace wembed {

struct Engine;

struct CodeTable {
  Module::Attachment attachment;
  const Engine* engine = nullptr;
  Allocator* allocator = nullptr;
  uint32_t count = 0;                           // functions defined by the module
  std::atomic<Code*> variants[kVariants] = {};  // each made when first wanted
};

// The module's code as far as it is there; null: none yet. Safe from any thread.
const CodeTable* known_code(const Module& module);

// The module's code for one variant (made now if need be), first defined function first.
// Null when there is no memory. Safe from any thread.
Code* code_for(Module& module, const Engine& engine, Variant variant);

}  // namespace wembed
