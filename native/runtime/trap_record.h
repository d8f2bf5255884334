// What is known of a trap, collected when it reaches the entry into the guest.
#pragma once

#include "base/trap.h"
#include "runtime/exec_env.h"
#include "runtime/instance.h"

namespace wembed {

// Called by the entry before it takes its frames down: sets the text on `entry` (the instance that
// was current when the host called) and records the frames, as far as there is memory.
void record_trap(ExecEnv& env, Trap trap, Instance& entry);

// Makes room for a record, which the first trap does otherwise. False: no memory.
bool make_trap_record(Instance& instance);

// The record of the instance's last trap; null: none, or there was no memory for it.
const TrapRecord* trap_record(const Instance& instance);

}  // namespace wembed
