// Function references that come from the host.
#pragma once

#include <span>

#include "isa/types.h"
#include "runtime/value.h"

namespace wembed {

struct Instance;

// Values from the host are about to be seen by `instance`: functions of other groups join its own.
// False: no memory, or a function of another runtime.
[[nodiscard]] bool adopt_references(Instance& instance, std::span<const ValType> types,
                                    const Slot* slots);

[[nodiscard]] inline bool adopt_params(Instance& instance, const TypeDef& type, const Slot* slots) {
  return !type.has_references || adopt_references(instance, type.params(), slots);
}

[[nodiscard]] inline bool adopt_results(Instance& instance, const TypeDef& type,
                                        const Slot* slots) {
  return !type.has_references || adopt_references(instance, type.results(), slots);
}

}  // namespace wembed
