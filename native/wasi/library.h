// WASI preview 1 and its predecessor: what guests call the system by.
//
// A guest has what the settings of its instance give it, and nothing else; its paths are walked so
// that they cannot lead out (wasi/walk.h). What waits ends when the guest is to stop.
#pragma once

#include "runtime/native_library.h"

namespace wembed::wasi {

extern const NativeLibrary kPreview1;
extern const NativeLibrary kUnstable;
// Threads, of another interface.
extern const NativeLibrary kThreads;

}  // namespace wembed::wasi
