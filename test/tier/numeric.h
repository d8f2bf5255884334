// What numeric instructions and accesses to memory do on the test tier's operand stack.
#pragma once

#include "base/trap.h"
#include "runtime/instance.h"
#include "tier/body.h"

namespace wembed::test_tier {

// Whether `in` is one of them: then it is done, or has trapped.
bool perform_numeric(const Instr& in, const Instance& instance, Slot*& sp, Trap& trap);
bool perform_vector(const Instr& in, const Instance& instance, Slot*& sp, Trap& trap);

// Pops an address. Null: out of bounds.
uint8_t* address(const Instr& in, const Instance& instance, Slot*& sp, size_t bytes);

}  // namespace wembed::test_tier
