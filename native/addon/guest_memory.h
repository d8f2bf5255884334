// Guest allocation and address translation for JavaScript.
#pragma once

#include "addon/napi_setup.h"

namespace wembed::addon {

// Adds malloc, free, dup, validateApp, validateString, appToNative, nativeToApp, appRange and
// nativeRange: the functions of the C API of these names. Offsets are numbers, native addresses
// bigints.
void define_guest_memory(Napi::Object binding);

}  // namespace wembed::addon
