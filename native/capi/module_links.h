// Imports that are linked to exports of other modules, by the registry's names.
#pragma once

#include "base/error.h"
#include "capi/module_handle.h"
#include "capi/module_registry.h"
#include "runtime/instantiate_options.h"

namespace wembed {

// Links what natives do not serve. What cannot be linked is logged and left as it is. `functions`:
// function imports too. False: no memory.
[[nodiscard]] bool link_modules(ModuleHandle& handle, ModuleRegistry& registry, bool functions);

// An instance of the module, with an instance of each module it is linked to, directly or not,
// which end with it. Imports that `options` binds are not linked. Null on failure. Takes over a
// reference to the handle's HostModule in `options` as instantiate() does.
Instance* instantiate_linked(ModuleHandle& handle, const InstantiateOptions& options,
                             Diagnostic& diagnostic, Trap* trap = nullptr);

// The instances that were made with `root`, for end_parts() once it has ended itself. Null: none.
Instance* take_parts(Instance& root);
void end_parts(Instance* parts);

}  // namespace wembed
