// The one way modules get loaded, whichever function of the API is asked.
#pragma once

#include "capi/module_handle.h"

namespace wembed {

// Takes the bytes in any case. Null on failure.
ModuleHandle* load_module(Runtime& runtime, ModuleBytes bytes, const char* name, bool resolve,
                          Diagnostic& diagnostic);

// A copy in the runtime's memory. False: there is no memory, or the bytes are not there.
[[nodiscard]] bool copy_bytes(Runtime& runtime, const uint8_t* data, size_t size,
                              ModuleBytes& bytes, Diagnostic& diagnostic);

}  // namespace wembed
