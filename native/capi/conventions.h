// WAMR's names and numbers, for every runtime that is made by this API.
#pragma once

#include "runtime/conventions.h"

namespace wembed {

extern const Conventions kWamrConventions;

}  // namespace wembed
