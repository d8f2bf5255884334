#include "dwarf/places.h"

#include <algorithm>

namespace wembed::dwarf {

Places::~Places() {
  for (CodeMap* map : units_) allocator_.destroy(map);
}

bool Places::index_units(Work& work) {
  if (is_indexed_) return true;
  auto count = static_cast<uint32_t>(info_.units().size());
  if (!units_.resize(count)) return work.end(Error::OutOfMemory);
  ranges_.clear();
  Vector<Range> ranges(allocator_);
  uint64_t zeroed = 0;
  for (uint32_t i = 0; i < count; i++) {
    const Unit& unit = info_.units()[i];
    if (unit.is_types() || info_.files()[unit.file].is_split) continue;
    ranges.clear();
    if (!add_unit_ranges(info_, unit, work, ranges, zeroed)) return false;
    for (const Range& range : ranges) {
      if (!ranges_.push_back({range.low, range.high, i})) return work.end(Error::OutOfMemory);
    }
  }
  std::sort(ranges_.begin(), ranges_.end(),
            [](const UnitRange& a, const UnitRange& b) { return a.low < b.low; });
  is_indexed_ = true;
  return true;
}

uint32_t Places::unit_at(uint64_t address) const {
  const UnitRange* at =
      std::upper_bound(ranges_.begin(), ranges_.end(), address,
                       [](uint64_t wanted, const UnitRange& range) { return wanted < range.low; });
  if (at == ranges_.begin()) return kNoUnit;
  --at;
  return address < at->high ? at->unit : kNoUnit;
}

const CodeMap* Places::map_of(uint32_t unit, Work& work) {
  if (units_[unit] != nullptr) return units_[unit];
  auto* map = allocator_.create<CodeMap>(allocator_);
  if (map == nullptr) {
    work.end(Error::OutOfMemory);
    return nullptr;
  }
  if (!map->read(info_, unit, work)) {
    allocator_.destroy(map);
    return nullptr;
  }
  units_[unit] = map;
  return map;
}

// The name may stand with the declaration in a class, or with what is inlined, in another unit
// even.
bool Places::name(const CodeMap& map, const CodeScope& scope, Place& place, Work& work) {
  constexpr int kMostSteps = 4;
  const CodeMap* at = &map;
  const CodeScope* known = &scope;
  for (int step = 0; known != nullptr && step < kMostSteps; step++) {
    if (place.linkage_name == nullptr) place.linkage_name = known->linkage_name;
    if (place.function == nullptr && known->name != nullptr) place.function = known->name;
    place.map = at;
    place.space = known->space;
    if (known->origin == kNoKey) break;
    const CodeScope* next = at->find_key(known->origin);
    if (next == nullptr) {
      uint32_t unit = info_.unit_of(known->origin);
      if (unit == kNoUnit) break;
      const Unit& found = info_.units()[unit];
      if (found.partner != kNoUnit && info_.files()[found.file].is_split) unit = found.partner;
      at = map_of(unit, work);
      if (at == nullptr) return false;
      next = at->find_key(known->origin);
    }
    known = next;
  }
  return true;
}

bool Places::find(uint64_t address, Work& work, Visit visit, void* context) {
  if (!index_units(work)) return false;
  uint32_t unit = unit_at(address);
  if (unit == kNoUnit) return true;
  const CodeMap* map = map_of(unit, work);
  if (map == nullptr) return false;
  Place place{};
  place.directory = info_.units()[unit].directory;
  if (const LineRow* row = map->lines().find(address, place.is_near); row != nullptr) {
    place.file = map->lines().file(row->file);
    place.line = row->line;
    place.column = row->column;
  }
  uint32_t number = map->find(address);
  if (number == CodeMap::kNone && place.line == 0) return true;
  place.space = CodeMap::kNone;
  for (;;) {
    const bool is_known = number != CodeMap::kNone;
    const CodeScope* scope = is_known ? map->scopes() + number : nullptr;
    place.map = map;
    place.function = place.linkage_name = nullptr;
    if (is_known && !name(*map, *scope, place, work)) return false;
    place.is_inlined = is_known && scope->is_inlined;
    visit(context, place);
    if (!place.is_inlined || scope->outer == CodeMap::kNone) return true;
    place.is_near = false;
    place.file = map->lines().file(scope->call_file);
    place.line = scope->call_line;
    place.column = scope->call_column;
    number = scope->outer;
  }
}

}  // namespace wembed::dwarf
