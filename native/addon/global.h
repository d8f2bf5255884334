// Exported globals for JavaScript.
#pragma once

#include "addon/napi_setup.h"

namespace wembed::addon {

// Adds globalGet and globalSet; values go through the cell's first slot.
void define_global(Napi::Object binding);

}  // namespace wembed::addon
