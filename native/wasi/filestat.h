// What is told of files, and which times may be set.
#pragma once

#include "wasi/call.h"

namespace wembed::wasi {

// All of it is written, padding too.
void store_filestat(uint8_t* target, const FileStatus& status, Version version);

// INVAL: the flags contradict each other, or mean nothing.
Errno read_times(uint64_t accessed, uint64_t modified, uint32_t flags, NewTime (&times)[2]);

}  // namespace wembed::wasi
