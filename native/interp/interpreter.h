// Tier 0: wasm bodies are translated at their first call to register operations and interpreted.
// An engine is made of these functions, see native/tiers.
#pragma once

#include "runtime/engine.h"
#include "runtime/loop_entry.h"

namespace wembed::interpreter {

// Has to be asked for before the others are used.
const Tier& tier();

// Ops and entry of a function without a body: both lead callers to Engine::prepare.
void init(Code& code);

// Makes the body unless it is there, and has all callers come to it; see Engine::prepare.
Trap prepare(Code& code, const Poll& poll);

// As Engine::enter, whatever body the function has.
Trap enter(ExecEnv& env, const Function& function, Slot* args);

// As Engine::resume, where all frames are interpreted or can be gone on with.
Trap resume(ExecEnv& env, Trap trap);

// The CodeEntry of a function whose ops lead to an interpreted body, or are yet to.
Trap enter_from_native(ExecEnv& env, Code& code, Instance& instance, Slot* args, const void* back);

// How a frame stands that comes to `place` of the interpreted body by a branch, if a loop begins
// there. Fails for lack of memory, as `poll` says, or because bytes changed or are lost.
[[nodiscard]] Error loop_at(const Code& code, const void* place, const Poll& poll, LoopEntry& entry,
                            bool& is_found);

// How operations reach each other in this build: "tail" (jumps) or "loop" (calls).
const char* dispatch();

}  // namespace wembed::interpreter
