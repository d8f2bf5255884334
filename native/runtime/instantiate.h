// Making instances: imports linked, memories and tables made, segments copied, start functions run.
#pragma once

#include "base/error.h"
#include "base/trap.h"
#include "runtime/instantiate_options.h"

namespace wembed {

class Module;
class Runtime;

// Null on failure; `diagnostic` has the reason, and `trap` (may be null) the code if guest code or
// an active segment trapped. Nothing is left behind, except what `options.failed` takes and what
// the module has already written to memories and tables of others. `options.host_module` is held
// once for the caller then: a start function may have had the host give it up, and what is said of
// the failure needs it.
Instance* instantiate(Runtime& runtime, Module& module, const InstantiateOptions& options,
                      Diagnostic& diagnostic, Trap* trap);

}  // namespace wembed
