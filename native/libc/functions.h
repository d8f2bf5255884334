// The functions of functions.def. Each takes its arguments from the call and leaves its result
// there; a trap stops the guest.
#pragma once

#include "libc/call.h"

namespace wembed::libc {

#define LIBC_FUNCTION(name, signature, function) Trap function(Call& call);
#include "libc/functions.def"
#undef LIBC_FUNCTION

}  // namespace wembed::libc
