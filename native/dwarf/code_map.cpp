#include "dwarf/code_map.h"

#include <algorithm>

#include "dwarf/constants.h"

namespace wembed::dwarf {

struct CodeMap::Level {
  uint32_t scope = kNone;
  uint32_t space = kNone;
};

namespace {

bool is_space(uint16_t tag) {
  return tag == kTagNamespace || tag == kTagStructure || tag == kTagClass || tag == kTagUnion;
}

}  // namespace

bool CodeMap::read(const DebugInfo& info, uint32_t number, Work& work) {
  const Unit& skeleton = info.units()[number];
  const bool is_split = skeleton.split_name != nullptr && skeleton.partner != kNoUnit;
  const Unit& unit = is_split ? info.units()[skeleton.partner] : skeleton;
  if (!lines_.read(info, unit, true, work)) return false;
  Vector<Level> levels(scopes_.allocator());
  if (!levels.resize(EntryReader::kMostDepth + 2)) return work.end(Error::OutOfMemory);
  levels[0] = {};
  EntryReader reader(info, unit, work);
  Entry entry;
  while (reader.next(entry)) {
    if (!add(info, unit, entry, levels[entry.depth], levels[entry.depth + 1], work)) return false;
  }
  return work.error() == Error::None;
}

// What an entry is for those inside of it is put into `level`.
bool CodeMap::add(const DebugInfo& info, const Unit& unit, const Entry& entry, const Level& outer,
                  Level& level, Work& work) {
  level = outer;
  if (is_space(entry.tag)) {
    level.space = static_cast<uint32_t>(spaces_.size());
    return spaces_.push_back({entry.name, outer.space}) || work.end(Error::OutOfMemory);
  }
  const bool is_inlined = entry.tag == kTagInlined;
  if (entry.tag != kTagSubprogram && !is_inlined) return true;
  CodeScope scope{};
  scope.key = entry.key;
  scope.origin = entry.origin != kNoKey ? entry.origin : entry.specification;
  scope.name = entry.name;
  scope.linkage_name = entry.linkage_name;
  scope.outer = is_inlined ? outer.scope : kNone;
  scope.space = outer.space;
  scope.is_inlined = is_inlined;
  scope.call_file = static_cast<uint32_t>(entry.call_file);
  scope.call_line = static_cast<uint32_t>(entry.call_line);
  scope.call_column = static_cast<uint32_t>(entry.call_column);
  scope.first_range = static_cast<uint32_t>(ranges_.size());
  uint64_t zeroed = 0;
  if (!add_ranges_of(info, unit, entry, work, ranges_, zeroed)) return false;
  scope.range_count = static_cast<uint32_t>(ranges_.size()) - scope.first_range;
  level.scope = static_cast<uint32_t>(scopes_.size());
  return scopes_.push_back(scope) || work.end(Error::OutOfMemory);
}

// Inner scopes come behind outer ones, and lie inside: the last that has it is the innermost.
uint32_t CodeMap::find(uint64_t address) const {
  for (auto i = static_cast<uint32_t>(scopes_.size()); i-- > 0;) {
    const Range* range = ranges_.data() + scopes_[i].first_range;
    for (uint32_t j = 0; j < scopes_[i].range_count; j++) {
      if (address >= range[j].low && address < range[j].high) return i;
    }
  }
  return kNone;
}

const CodeScope* CodeMap::find_key(Key key) const {
  const CodeScope* at =
      std::lower_bound(scopes_.begin(), scopes_.end(), key,
                       [](const CodeScope& scope, Key wanted) { return scope.key < wanted; });
  return at != scopes_.end() && at->key == key ? at : nullptr;
}

}  // namespace wembed::dwarf
