// Making an instance: JavaScript's options and imports to wembed_instantiate.
#pragma once

#include "addon/napi_setup.h"

namespace wembed::addon {

// instantiate(instance, options, imports): undefined, or an object that describes the error.
// `imports` has an entry for each import of the module, see RawImport in lib/raw/binding.ts.
Napi::Value instantiate(const Napi::CallbackInfo& info);

}  // namespace wembed::addon
