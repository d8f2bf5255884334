// What the test tier does for structs, arrays and references: field by field, and by the general
// test of a reference's type.
#pragma once

#include "runtime/exec_env.h"
#include "runtime/instance.h"
#include "tier/body.h"

namespace wembed::test_tier {

// An instruction of the prefix 0xfb that is no branch, or ref.eq, with operands below `sp`, which
// it moves. The guest's state is written back.
Trap perform_object(const Instr& in, ExecEnv& env, Instance& instance, Slot*& sp);

}  // namespace wembed::test_tier
