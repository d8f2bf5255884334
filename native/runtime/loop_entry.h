// How the frame of a function stands where one of its loops begins, as interpreted code has it:
// what machine code that begins there takes it over by.
#pragma once

#include <cstdint>

#include "base/vector.h"
#include "isa/types.h"

namespace wembed {

struct LoopEntry {
  // An operand below the loop, or one of its parameters.
  struct Operand {
    ValType type;  // any reference's is kFuncRef
    bool is_constant;
    uint64_t bits;  // of a constant; others are in their slots
  };

  explicit LoopEntry(Allocator& allocator) : operands(allocator) {}

  uint32_t offset = 0;       // of the loop, byte in the module
  uint32_t local_slots = 0;  // of the frame
  // Places of the body from which the frame stands like that: where the loop begins, and behind its
  // first test, which may as well be made again. Null: there is no other.
  const void* places[2] = {nullptr, nullptr};
  Vector<Operand> operands;  // the lowest first
};

}  // namespace wembed
