// The guest's clocks: the host's own, or the system's.
#pragma once

#include "wasi/call.h"

namespace wembed::wasi {

// INVAL: there is no such clock.
Errno read_clock(const Call& call, uint32_t clock, uint64_t& ns);

}  // namespace wembed::wasi
