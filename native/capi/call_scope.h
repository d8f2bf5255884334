// What every way to call checks before anything is run.
#pragma once

#include "capi/handles.h"
#include "runtime/call.h"

namespace wembed {

// Where the arguments of a call on `env` go; null when the call must not be made: then an exception
// is set, or was pending already.
Slot* begin_call(ExecEnv* env, const Function* function);

// The same without WAMR's rule that a thread inside a call stays on that call's exec_env.
Slot* begin_call_anywhere(ExecEnv* env, const Function* function);

}  // namespace wembed
