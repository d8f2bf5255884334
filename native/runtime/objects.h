// Making objects outside of guest code: by constant expressions, and by the host. What is in them:
// field.h.
#pragma once

#include <cstdint>

#include "isa/types.h"
#include "runtime/collection.h"

namespace wembed {

struct Instance;

// All fields, or elements, are zero or null. As new_object_outside() of collection.h: under
// Runtime::store_mutex(), nothing is collected, and nothing refers to it yet.
[[nodiscard]] Object* make_struct(Instance& instance, const TypeDef& type,
                                  WhenDue when_due = WhenDue::MakeWithout);
[[nodiscard]] Object* make_array(Instance& instance, const TypeDef& type, uint32_t length,
                                 WhenDue when_due = WhenDue::MakeWithout);

}  // namespace wembed
