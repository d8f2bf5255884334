// Where a global lives.
#pragma once

#include "runtime/value.h"

namespace wembed {

// A global's place: 16 bytes, enough for a v128. For an imported global the instance's cell holds
// the address of the exporter's cell instead of the value.
struct GlobalCell {
  Slot slots[2];
};

}  // namespace wembed
