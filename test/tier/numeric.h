// What numeric instructions and accesses to memory do on the test tier's operand stack.
#pragma once

#include "base/trap.h"
#include "runtime/instance.h"
#include "tier/body.h"

namespace wembed::test_tier {

// Whether `in` is one of them: then it is done, or has trapped.
bool perform_numeric(const Instr& in, const Instance& instance, Slot*& sp, Trap& trap);

}  // namespace wembed::test_tier
