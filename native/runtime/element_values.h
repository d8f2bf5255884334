// The items of element segments as values.
//
// Most are computed from the module's bytes whenever they are asked for. Where that makes objects
// it happens once, with the instance, which keeps the values until the segment is dropped: they are
// roots. Pointers to them stand behind Instance::dropped_elements, in instances that have any.
#pragma once

#include <span>

#include "base/error.h"
#include "runtime/instance.h"
#include "runtime/value.h"

namespace wembed {

// Computes those to be kept, anew where there were some. Before anything is dropped.
[[nodiscard]] Error keep_element_values(Instance& instance, Diagnostic& diagnostic);

// The values kept for a segment; none: it has been dropped, or keeps none.
[[nodiscard]] std::span<const Slot> kept_element_values(const Instance& instance, uint32_t segment);

void drop_element_values(Instance& instance, uint32_t segment);
void drop_all_element_values(Instance& instance);

}  // namespace wembed
