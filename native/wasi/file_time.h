// What time it is for files in memory.
#pragma once

#include "wasi/error_number.h"

namespace wembed::wasi {

// Whether the guest that this thread runs has a clock of its host's, which is asked then.
[[nodiscard]] bool has_own_clock();

// By the guest's clock of real time, if this thread runs one that has its own, else the system's.
// Not while anything is locked, as the host may call guests. CANCELED: the host's clock has failed,
// and an exception says so, or it has made the guest's memory move, of which callers have places.
[[nodiscard]] Errno file_time(uint64_t& ns);

}  // namespace wembed::wasi
