// What a tier made of one function: the header every tier shares.
//
// Code belongs to a module and a variant, not to an instance: all instances and threads run the
// same. One array per module and variant holds it for all functions the module defines, see
// code_table.h.
#pragma once

#include <atomic>
#include <cstdint>

#include "module/module.h"

namespace wembed {

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

}  // namespace wembed
