// Structs and arrays as the host has them: by their addresses, which stay. Those that it holds are
// roots of the group (held_objects.h); any other may be gone after the next call of a guest's.
#pragma once

#include "isa/reference.h"
#include "runtime/value.h"

namespace wembed {

struct Instance;

// The object of the instance's group whose address the host gives; null: there is none.
[[nodiscard]] const Object* find_object(const Instance& instance, Slot slot);

// Keeps it until it is released as often. False: no memory, or no object of the group.
[[nodiscard]] bool hold_object(const Instance& instance, Slot slot);
// The same for one that was just made, under Runtime::store_mutex().
[[nodiscard]] bool hold_new_object(const Instance& instance, Object& object);
// False: it is not held.
bool release_object(const Instance& instance, Slot slot);

}  // namespace wembed
