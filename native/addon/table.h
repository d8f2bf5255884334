// Exported tables for JavaScript.
#pragma once

#include "addon/napi_setup.h"

namespace wembed::addon {

// Adds tableSize, tableGet, tableSet and tableGrow; elements go through the cell's first slot.
void define_table(Napi::Object binding);

}  // namespace wembed::addon
