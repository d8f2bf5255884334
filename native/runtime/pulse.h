// What ticks while a guest runs on an exec_env, for whoever wants to know every so often: the host,
// asked by a checkpoint whether it may go on, and an engine that makes faster what runs.
//
// A pulse goes idle by itself when nothing runs, and is begun again by the next entry. One that
// samples beats more slowly while there is nothing to be learned.
#pragma once

#include "runtime/exec_env.h"

namespace wembed {

struct Code;

// Of a new exec_env: whether its first entry has to begin the pulse.
void init_pulse(ExecEnv& env);

// Something runs on `env` again. Entries hardly ever get here.
void begin_pulse(ExecEnv& env);

// The engine is told that the function was found running on `env`, by its own thread, behind a
// branch to `place`; null: at a call.
void sample_function(ExecEnv& env, Code& code, const void* place);

}  // namespace wembed
