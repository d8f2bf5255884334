// Errors of the C API as plain objects, from which lib/base/errors.ts makes Error instances.
#pragma once

#include <memory>

#include "addon/napi_setup.h"
#include "wembed.h"

namespace wembed::addon {

class Environment;
struct RuntimeState;

// {kind, code, message, module, function, section, functionIndex?, offset?}: what is not known is
// absent. A handle has no `kind`, which is how the two are told apart.
Napi::Object error_to_js(Napi::Env env, const wembed_error_t& error);

// Takes the pending error from the instance; null when there is none. Of a trap in guest code:
// [code, message, module, function, batch], and numbers in the cell's slots (lib/raw/taken.ts).
// An exception of the guest's is kept for takenException().
napi_value take_error(Environment& environment, wasm_module_inst_t instance,
                      const std::shared_ptr<RuntimeState>& runtime);

}  // namespace wembed::addon
