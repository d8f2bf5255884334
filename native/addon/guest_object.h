// Structures and arrays of guests that JavaScript holds.
#pragma once

#include "addon/napi_setup.h"

namespace wembed::addon {

// Adds objectHold(instance, low, high) and objectRelease(instance, low, high), of a slot's halves.
void define_guest_objects(Napi::Object binding);

}  // namespace wembed::addon
