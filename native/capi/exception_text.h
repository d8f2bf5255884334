// Exceptions of wasm as people read them.
#pragma once

#include "runtime/exception.h"
#include "runtime/type_text.h"

namespace wembed {

struct Instance;

// Name and values, e.g. "__cpp_exception(i32 66520)". The name is looked for in the module of the
// instance and of those it is linked with: "tag" when none has one.
void describe_exception(TextBuffer& out, const Instance& instance, const Exception& exception);

}  // namespace wembed
