#include "dwarf/abbreviations.h"

#include <algorithm>

#include "base/result.h"
#include "dwarf/constants.h"

namespace wembed::dwarf {

Error Abbreviations::get(Bytes section, uint64_t offset, Work& work, uint32_t& table) {
  if (offset >= section.size()) return Error::Malformed;
  const uint64_t key = reinterpret_cast<uintptr_t>(section.data()) + offset;
  // Linkers put tables in the order of units: mostly it is the last, or a new one behind all.
  for (size_t i = key > greatest_ ? 0 : tables_.size(); i-- > 0;) {
    if (tables_[i].key == key) {
      table = static_cast<uint32_t>(i);
      return Error::None;
    }
    if (!work.spend(1)) return work.error();
  }
  AbbreviationTable made{key, static_cast<uint32_t>(abbreviations_.size()), 0};
  size_t specs = specs_.size();
  Cursor in(section, offset);
  Error error = read(in, made, work);
  if (error != Error::None) {
    abbreviations_.truncate(made.first);
    specs_.truncate(specs);
    return error;
  }
  table = static_cast<uint32_t>(tables_.size());
  greatest_ = std::max(greatest_, key);
  return tables_.push_back(made) ? Error::None : Error::OutOfMemory;
}

Error Abbreviations::read(Cursor& in, AbbreviationTable& table, Work& work) {
  bool is_sorted = true;
  uint64_t last = 0;
  for (;;) {
    Abbreviation abbreviation{};
    abbreviation.code = in.uleb();
    if (in.failed()) return Error::Malformed;
    if (abbreviation.code == 0) break;
    WEMBED_CHECK(read_one(in, abbreviation, work));
    if (!abbreviations_.push_back(abbreviation)) return Error::OutOfMemory;
    if (abbreviation.code <= last) is_sorted = false;
    last = abbreviation.code;
    table.count++;
  }
  if (!is_sorted) {
    Abbreviation* first = abbreviations_.data() + table.first;
    std::sort(first, first + table.count,
              [](const Abbreviation& a, const Abbreviation& b) { return a.code < b.code; });
  }
  return Error::None;
}

Error Abbreviations::read_one(Cursor& in, Abbreviation& abbreviation, Work& work) {
  abbreviation.tag = static_cast<uint16_t>(in.uleb());
  abbreviation.has_children = in.u8() != 0;
  abbreviation.first = static_cast<uint32_t>(specs_.size());
  for (;;) {
    if (!work.spend(sizeof(AttributeSpec))) return work.error();
    uint64_t attribute = in.uleb();
    uint64_t form = in.uleb();
    int64_t implicit = form == kFormImplicitConst ? in.sleb() : 0;
    if (in.failed()) return Error::Malformed;
    if (attribute == 0 && form == 0) return Error::None;
    if (attribute > UINT16_MAX || form > UINT16_MAX) return Error::Malformed;
    if (++abbreviation.count > kMostAttributes) return Error::Limit;
    AttributeSpec spec{static_cast<uint16_t>(attribute), static_cast<uint16_t>(form), implicit};
    if (!specs_.push_back(spec)) return Error::OutOfMemory;
  }
}

const Abbreviation* Abbreviations::find(uint32_t table, uint64_t code) const {
  const AbbreviationTable& known = tables_[table];
  const Abbreviation* first = abbreviations_.data() + known.first;
  // Compilers count from one.
  if (code - 1 < known.count && first[code - 1].code == code) return first + (code - 1);
  const Abbreviation* end = first + known.count;
  const Abbreviation* at = std::lower_bound(
      first, end, code, [](const Abbreviation& a, uint64_t wanted) { return a.code < wanted; });
  return at != end && at->code == code ? at : nullptr;
}

}  // namespace wembed::dwarf
