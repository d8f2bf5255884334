// wembed_error_t from what the core knows.
#pragma once

#include "base/error.h"
#include "base/trap.h"
#include "module/module.h"
#include "wembed.h"

namespace wembed {

// All fields empty.
void clear_error(wembed_error_t* error);

// From a diagnostic. `module` gives the function's name, without one the diagnostic itself; `name`
// (or null) is the module's. A trap other than None makes it a trap's error. Null `error` is
// allowed.
void fill_error(wembed_error_t* error, const Diagnostic& diagnostic, const Module* module,
                const char* name, Trap trap = Trap::None);

// Usage errors that nothing below was asked about.
void fill_usage_error(wembed_error_t* error, const char* message);

}  // namespace wembed
