// Host functions that JavaScript makes for an instance that is there already, to be put into
// tables. They are in the lists of the instance and its group like those it imports, until nothing
// refers to them any more.
#pragma once

#include <cstdint>

#include "addon/napi_setup.h"

namespace wembed::addon {

// Whether the function that a table has is one of these.
bool is_host_reference(uint64_t slot);

// Adds referenceNew(instance, call, params, results), referenceSweep(instance, kept) and
// collect(instance).
void define_host_references(Napi::Object binding);

}  // namespace wembed::addon
