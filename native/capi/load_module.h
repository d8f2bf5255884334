// The one way modules get loaded, whichever function of the API is asked.
#pragma once

#include "capi/module_handle.h"
#include "wembed.h"

namespace wembed {

// Takes the bytes in any case. Null on failure. `poll` is asked while it goes on; the module may
// use `features` and no others.
ModuleHandle* load_module(Runtime& runtime, ModuleBytes bytes, const char* name, bool resolve,
                          Diagnostic& diagnostic, const Poll& poll = {},
                          FeatureSet features = kImplementedFeatures);

// From a file. Null on failure with *error, which may be null, filled.
ModuleHandle* load_file(Runtime& runtime, const char* path, const char* name, const Poll& poll,
                        FeatureSet features, wembed_error_t* error);

// A copy in the runtime's memory. False: there is no memory, or the bytes are not there.
[[nodiscard]] bool copy_bytes(Runtime& runtime, const uint8_t* data, size_t size,
                              ModuleBytes& bytes, Diagnostic& diagnostic);

}  // namespace wembed
