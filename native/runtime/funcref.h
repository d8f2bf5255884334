// Function references that come from the host.
#pragma once

#include <span>

#include "base/trap.h"
#include "isa/types.h"
#include "runtime/value.h"

namespace wembed {

struct Exception;
struct Instance;

// Whether references of the type are those of functions.
constexpr bool refers_to_functions(ValType type) { return type.is_function_ref(); }

// Whether a value of the host's is one of the type: not null where that is none, and a function of
// the type that is asked for.
[[nodiscard]] bool is_of_type(const Instance& instance, ValType type, Slot slot);

// Values from the host are about to be seen by `instance`: functions of other groups join its own.
// ReferenceType: one is not of its type. OutOfMemory: no memory, or a function of another runtime.
[[nodiscard]] Trap adopt_references(Instance& instance, std::span<const ValType> types,
                                    const Slot* slots);

// The same for the values of an exception, whose types they have.
[[nodiscard]] bool adopt_exception(Instance& instance, const Exception& exception);

[[nodiscard]] inline Trap adopt_params(Instance& instance, const TypeDef& type, const Slot* slots) {
  return type.has_references ? adopt_references(instance, type.params(), slots) : Trap::None;
}

[[nodiscard]] inline Trap adopt_results(Instance& instance, const TypeDef& type,
                                        const Slot* slots) {
  return type.has_references ? adopt_references(instance, type.results(), slots) : Trap::None;
}

}  // namespace wembed
