// Which of its module's code an instance runs.
#pragma once

#include "runtime/instance.h"

namespace wembed {

// Null: no memory.
Code* code_of(const Instance& instance, Variant variant);

// All code of the variant is there afterwards, that for calls under fuel where the instance has
// such, so that taking it cannot fail. False: no memory.
[[nodiscard]] bool make_code(const Instance& instance, Variant variant);
void take_code(Instance& instance, Variant variant);

}  // namespace wembed
