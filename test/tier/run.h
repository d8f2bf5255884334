#pragma once

#include "runtime/code.h"

namespace wembed::test_tier {

// Called before code of this tier calls a function: another body may take over.
extern void (*before_call)(Code& code);

// The NativeBody of every function of this tier, and the entry of those that it runs.
Trap run(ExecEnv& env, Slot* link);
Trap enter(ExecEnv& env, Code& code, Instance& instance, Slot* args, const void* back);

}  // namespace wembed::test_tier
