// Addresses that entries name by index, and lists of ranges of them.
#pragma once

#include "base/vector.h"
#include "dwarf/debug_info.h"

namespace wembed::dwarf {

struct Range {
  uint64_t low, high;
};

// An address of .debug_addr; one that is dead when there is none of that index.
[[nodiscard]] uint64_t address_at(const DebugInfo& info, const Unit& unit, uint64_t index);

// Adds a list's ranges, empty and dead ones left out. False: no memory, or the work has an error.
// A list that makes no sense ends where it does. `zeroed` counts those that begin at 0.
[[nodiscard]] bool add_ranges(const DebugInfo& info, const Unit& unit, const RangesRef& list,
                              Work& work, Vector<Range>& ranges, uint64_t& zeroed);

// A unit's, as its first entry says them.
[[nodiscard]] bool add_unit_ranges(const DebugInfo& info, const Unit& unit, Work& work,
                                   Vector<Range>& ranges, uint64_t& zeroed);

// An entry's, whichever way it says them.
[[nodiscard]] bool add_ranges_of(const DebugInfo& info, const Unit& unit, const Entry& entry,
                                 Work& work, Vector<Range>& ranges, uint64_t& zeroed);

}  // namespace wembed::dwarf
