// The functions of calls.def. Each takes its arguments from the call and leaves an error number
// there; a trap stops the guest. All that a call writes to is looked up before it does anything.
#pragma once

#include "wasi/call.h"

namespace wembed::wasi {

#define WASI_CALL(name, signature) Trap name(Call& call);
#include "wasi/calls.def"
#undef WASI_CALL

// Of threads, whose name is in no other interface's way: "thread-spawn" of "wasi".
Trap thread_spawn(Call& call);

}  // namespace wembed::wasi
