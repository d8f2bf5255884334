// Instances of one module that run side by side: a root, and those spawned from it or from each
// other. Memories that the module shares are the same in all.
#pragma once

#include <cstdint>

#include "runtime/guest_threads.h"
#include "runtime/instance.h"

namespace wembed {

struct ExecEnv;

// Spawned instances that a root may have at a time, for roots that first spawn after this; 0: as
// before.
void set_most_spawned(uint32_t count);

// An exec_env with an instance of its own. Null: the module tells of no stack to divide, as many
// are there as may be, an exception is pending, or there is no memory.
ExecEnv* spawn_exec_env(ExecEnv& parent);
// Ends it, unless something runs on it or a thread does later. False: it was not made by that.
bool end_spawned(ExecEnv& env);

// Threads that run on spawned exec_envs. 0, or -1.
using SpawnedFunction = void* (*)(ExecEnv* env, void* argument);
int32_t spawn_thread(ExecEnv& parent, uintptr_t& thread, SpawnedFunction function, void* argument);
// The same for a thread of the guest's own making: no stack of the program's is divided, and nobody
// joins it. `most`: see set_most_spawned, for a root that first spawns now; 0: as for others.
int32_t spawn_detached(ExecEnv& parent, uint32_t most, SpawnedFunction function, void* argument);
// For guests that leave their stack to us.
extern const GuestThreads kClusterThreads;
// Tells those that their program is over, and waits until they have ended.
void end_detached(Instance& root);
// Waits for its end, as a guest's thread waits. -1: there is no such thread, somebody waits for it
// already, or the caller's guest has to stop.
int32_t join_spawned(uintptr_t thread, void** result);

// The root ends: waits for its threads, and ends those of the guest's own making.
void leave_cluster(Instance& root);

// Calls `act` for the other instances of the instance's cluster.
void each_other(Instance& instance, void (*act)(Instance& other, void* context), void* context);

// wasm_runtime_terminate: the instance first, then the others.
void terminate_with_cluster(Instance& instance);

// The others have the instance's exception as well, or none if it has none. Those that run are
// stopped, as by wasm_runtime_terminate.
void spread_exception(Instance& from);

}  // namespace wembed
