// What a runtime is made of, told to JavaScript: where memories come from, who runs functions; and
// giving storage back.
#pragma once

#include "addon/napi_setup.h"

namespace wembed::addon {

// Adds memoryReport(runtime), tierReport(runtime) and memoryTrim(runtime).
void define_memory_report(Napi::Object binding);

}  // namespace wembed::addon
