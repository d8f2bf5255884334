// An instance's state begins anew, for the same holder or for the next one.
#pragma once

#include "addon/napi_setup.h"

namespace wembed::addon {

// Adds instanceReset and instanceHandOver.
void define_reset(Napi::Object binding);

}  // namespace wembed::addon
