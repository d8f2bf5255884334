// What wembed.h tells of an instance's memories and sizes, as plain numbers for lib/inspect.
#pragma once

#include "addon/napi_setup.h"

namespace wembed::addon {

// Adds instanceNumbers, instanceRegions, instanceGlobals, instanceTables, instanceObjects,
// moduleNames and moduleSections.
void define_inspect(Napi::Object binding);

}  // namespace wembed::addon
