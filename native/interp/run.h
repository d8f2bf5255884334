// Running operations from C++.
#pragma once

#include <cstdint>

#include "base/trap.h"
#include "runtime/value.h"

namespace wembed {

struct ExecEnv;

// Runs until the function of the entry, or the one above a passage, has returned (env.fp is then
// its caller's: null, or the passage), or to a trap. A fault of a handler in guest memory is one.
// For `first` see run_ops(). In the order of the handlers' state.
Trap run(const uint64_t* ops, Slot* link, uint8_t* mem, ExecEnv& env, uint64_t first,
         uint64_t mem_size);

// The same for the function of an entry whose `ops` are those of machine code, see NativeStub: what
// interpreted callers want of it is left out.
Trap run_native(const uint64_t* ops, Slot* link, ExecEnv& env);

// Once, before any call is gone on with.
void learn_ways_on();

}  // namespace wembed
