// C's functions for guests that import them from "env".
//
// Guests' pointers and formats are data: every byte is looked up in the guest's memory, and the
// host's printf never sees a guest's format. What takes long by what the guest gives it is paid for
// in fuel and looks for requests to stop.
#pragma once

#include "runtime/native_library.h"

namespace wembed {

extern const NativeLibrary kLibc;

}  // namespace wembed
