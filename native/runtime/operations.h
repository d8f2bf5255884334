// The slow operations of guest code, shared by every tier: each is called with the guest's state
// written back (env.fp, env.ip) and returns a trap code or a plain result.
#pragma once

#include <cstdint>

#include "base/trap.h"
#include "isa/opcode.h"
#include "runtime/exec_env.h"
#include "runtime/instance.h"

namespace wembed {

// What works on a range may take long, and may trap as interrupted or out of fuel: see bulk.h.
//
// `old`: the old size in pages or -1. May move memory 0: callers reload base and size. A refusal is
// reported to the host's enlarge-memory error callback, which may call the guest: `top` is the
// first slot for that.
Trap op_memory_grow(ExecEnv& env, Instance& instance, uint32_t memory, uint64_t delta, Slot* top,
                    int64_t& old);
Trap op_memory_init(ExecEnv& env, Instance& instance, uint32_t segment, uint32_t memory,
                    uint64_t destination, uint64_t source, uint64_t count);
void op_data_drop(Instance& instance, uint32_t segment);
Trap op_memory_copy(ExecEnv& env, Instance& instance, uint32_t destination_memory,
                    uint32_t source_memory, uint64_t destination, uint64_t source, uint64_t count);
Trap op_memory_fill(ExecEnv& env, Instance& instance, uint32_t memory, uint64_t destination,
                    uint8_t value, uint64_t count);

// An atomic instruction but the fence: operands at `a`, the address first, which its result
// replaces. A wait may trap as interrupted.
Trap op_atomic(ExecEnv& env, Instance& instance, Opcode opcode, uint32_t memory, uint64_t offset,
               Slot* a);

// For elements that are null or beyond what the table has made of itself.
Trap op_table_get(Instance& instance, uint32_t table, uint32_t index, Slot& value);
Trap op_table_set(Instance& instance, uint32_t table, uint32_t index, Slot value);
// The same for an indirect call. None: there is a function now, look again.
Trap op_callee(Instance& instance, uint32_t table, uint32_t index);
Trap op_table_grow(ExecEnv& env, Instance& instance, uint32_t table, Slot value, uint64_t delta,
                   int64_t& old);
Trap op_table_fill(ExecEnv& env, Instance& instance, uint32_t table, uint64_t start, Slot value,
                   uint64_t count);
Trap op_table_copy(ExecEnv& env, Instance& instance, uint32_t destination_table,
                   uint32_t source_table, uint64_t destination, uint64_t source, uint64_t count);
Trap op_table_init(ExecEnv& env, Instance& instance, uint32_t segment, uint32_t table,
                   uint64_t destination, uint64_t source, uint64_t count);
void op_elem_drop(Instance& instance, uint32_t segment);

// Looks up a function for ref.func; null: no memory.
Function* op_ref_func(Instance& instance, uint32_t index);

// Calls a host function or an unlinked import from guest code: arguments at `slots` (on the wasm
// stack), results replace them. `top` is the first slot the callee may use.
// Suspended: leave the guest with its frames as they are, to be resumed.
Trap op_call_host(ExecEnv& env, const Function& function, Slot* slots, Slot* top);

// A loop header found env.interrupt set, or a call found no room. Decides what it was: None means
// carry on (the request concerned somebody else and is withdrawn). `needed`: first slot past the
// frame the call wants, null at a loop header.
Trap op_interrupted(ExecEnv& env, Instance& instance, Slot* needed);

}  // namespace wembed
