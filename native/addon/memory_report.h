// Where a runtime's memories come from, told to JavaScript, and giving storage back.
#pragma once

#include "addon/napi_setup.h"

namespace wembed::addon {

// Adds memoryReport(runtime) and memoryTrim(runtime).
void define_memory_report(Napi::Object binding);

}  // namespace wembed::addon
