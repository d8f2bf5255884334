// The functions of calls.def. Each takes its arguments from the call and leaves an error number
// there; a trap stops the guest. All that a call writes to is looked up before it does anything.
#pragma once

#include "wasi/call.h"

namespace wembed::wasi {

#define WASI_CALL(name, signature) Trap name(Call& call);
#include "wasi/calls.def"
#undef WASI_CALL

}  // namespace wembed::wasi
