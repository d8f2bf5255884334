// How much memory a module takes, measured for JavaScript.
#pragma once

#include "addon/napi_setup.h"

namespace wembed::addon {

// Adds requirements(bytes, options).
void define_requirements(Napi::Object binding);

}  // namespace wembed::addon
