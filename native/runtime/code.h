// What a tier made of one function: the header every tier shares.
//
// Code belongs to a module and a variant, not to an instance: all instances and threads run the
// same. One array per module and variant holds it for all functions the module defines.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/error.h"
#include "module/module.h"

namespace wembed {

struct Blueprint;
struct Engine;
struct ModuleImages;

// What must be known before a body is translated.
struct Variant {
  bool guarded;  // memory 0 faults by itself: no bounds checks
  bool metered;  // instructions are counted
  [[nodiscard]] constexpr uint8_t index() const {
    return static_cast<uint8_t>((guarded ? 1 : 0) | (metered ? 2 : 0));
  }
};
constexpr int kVariants = 4;

struct Code {
  // Where an interpreted caller continues; a lazy entry until the first call. Everything an
  // entry needs to know of the body is reachable from here, so that one atomic pointer publishes
  // a translation. Its form is the tier's own.
  std::atomic<const uint64_t*> ops{nullptr};
  Module* module = nullptr;
  uint32_t function = 0;  // index in the module's function index space
  uint32_t param_slots = 0;
  uint32_t result_slots = 0;
  Variant variant{};
};

// All code of one module.
struct CodeTable {
  const Engine* engine = nullptr;
  Allocator* allocator = nullptr;
  uint32_t count = 0;                           // functions defined by the module
  std::atomic<Code*> variants[kVariants] = {};  // each made when first wanted
};

// The module's code as far as it is there; null: none yet. Safe from any thread.
const CodeTable* known_code(const Module& module);

// Where a module's memory images are kept: see module_images.h. Null: no memory.
std::atomic<ModuleImages*>* images_place(Module& module, const Engine& engine);
// And its blueprint: see blueprint.h.
std::atomic<Blueprint*>* blueprint_place(Module& module, const Engine& engine);

// The module's code for one variant (made now if need be), first defined function first.
// Null when there is no memory. Safe from any thread.
Code* code_for(Module& module, const Engine& engine, Variant variant);

}  // namespace wembed
