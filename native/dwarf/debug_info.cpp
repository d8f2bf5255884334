#include "dwarf/debug_info.h"

#include <algorithm>

#include "base/result.h"
#include "dwarf/addresses.h"
#include "dwarf/constants.h"
#include "dwarf/package.h"

namespace wembed::dwarf {

namespace {

constexpr uint64_t kMostOffset = uint64_t{1} << 47;  // see make_key

constexpr auto by_id = [](const auto& a, const auto& b) { return a.id < b.id; };

}  // namespace

void DebugInfo::note(const char* problem, uint64_t offset) {
  if (problem_ != nullptr) return;
  problem_ = problem;
  problem_offset_ = offset;
}

Error DebugInfo::open(Bytes bytes, const Poll& poll) {
  Work work(bytes.size(), poll);
  File file;
  WEMBED_CHECK(find_sections(bytes, false, work, file));
  bytes_ += bytes.size();
  WEMBED_CHECK(add_file(file, work));
  sort_signatures();
  for (const Unit& unit : units_) WEMBED_CHECK(count_addresses(unit, work));
  return Error::None;
}

Error DebugInfo::add_split(Bytes bytes, const Poll& poll) {
  Work work(bytes.size() + units_.size() * sizeof(Unit), poll);
  auto first = static_cast<uint32_t>(units_.size());
  File file;
  WEMBED_CHECK(find_sections(bytes, true, work, file));
  if (!file.has_information()) return Error::Malformed;
  bytes_ += bytes.size();
  const Error error = file.is_package() ? add_package(file, work) : add_file(file, work);
  sort_signatures();
  return error == Error::None ? join_split(first, work) : error;
}

Error DebugInfo::add_file(const File& file, Work& work) {
  if (files_.size() >= kMostFiles || file.bytes.size() >= kMostOffset) return Error::Limit;
  auto index = static_cast<uint32_t>(files_.size());
  if (!files_.push_back(file)) return Error::OutOfMemory;
  WEMBED_CHECK(read_units(index, SectionId::Info, work));
  WEMBED_CHECK(read_units(index, SectionId::Types, work));
  return Error::None;
}

Error DebugInfo::add_package(const File& package, Work& work) {
  Vector<Signature> skeletons(files_.allocator());
  WEMBED_CHECK(find_skeletons(skeletons));
  uint64_t left = package.information_bytes();
  WEMBED_CHECK(add_parts(package, SectionId::UnitIndex, skeletons.span(), left, work));
  return add_parts(package, SectionId::TypeIndex, {}, left, work);
}

// Of types all are taken: which of them are referred to is known later. `left`: bytes of
// information that no part has yet; parts that lie over each other come to an end by it.
Error DebugInfo::add_parts(const File& package, SectionId index_id,
                           std::span<const Signature> wanted, uint64_t& left, Work& work) {
  if (package.section(index_id).empty()) return Error::None;
  PackageIndex index;
  WEMBED_CHECK(index.open(package.section(index_id)));
  for (uint32_t slot = 0; slot < index.slots(); slot++) {
    if (!work.spend(8)) return work.error();
    const uint32_t row = index.row(slot);
    if (row == 0) continue;
    const Signature unit{index.id(slot), kNoUnit};
    const bool is_type = index_id == SectionId::TypeIndex;
    if (!is_type && !std::binary_search(wanted.begin(), wanted.end(), unit, by_id)) continue;
    File part;
    if (!work.spend(sizeof(File))) return work.error();
    if (!index.cut(package, row, part) || part.information_bytes() > left) {
      note("a package has no room for a unit of its index", slot);
      continue;
    }
    left -= part.information_bytes();
    WEMBED_CHECK(add_file(part, work));
  }
  return Error::None;
}

Error DebugInfo::read_units(uint32_t file, SectionId section, Work& work) {
  Cursor in(files_[file].section(section));
  while (!in.at_end()) {
    if (!work.spend(16)) return work.error();
    Unit unit{};
    unit.file = file;
    unit.section = section;
    unit.offset = in.at();
    unit.partner = kNoUnit;
    unit.lines = UINT64_MAX;
    uint64_t length = in.initial_length(unit.offset_size);
    uint64_t start = in.at();
    in.skip(length);
    if (in.failed()) {
      note("a unit is longer than its section", unit.offset);
      break;
    }
    unit.end = in.at();
    uint64_t shapes = 0;
    Cursor header(files_[file].section(section), start, unit.end);
    Error error = read_header(header, unit, shapes);
    if (error == Error::None) {
      error = abbreviations_.get(files_[file].section(SectionId::Abbrev), shapes, work,
                                 unit.abbreviations);
    }
    if (error == Error::None) error = read_root(unit, work);
    if (error == Error::OutOfMemory || work.error() != Error::None) return error;
    if (error != Error::None) {
      note("a unit makes no sense", unit.offset);
      continue;
    }
    if (!units_.push_back(unit)) return Error::OutOfMemory;
    if (!unit.is_types()) continue;
    if (!signatures_.push_back({unit.id, static_cast<uint32_t>(units_.size() - 1)}))
      return Error::OutOfMemory;
  }
  return Error::None;
}

void DebugInfo::sort_signatures() { std::sort(signatures_.begin(), signatures_.end(), by_id); }

// `shapes`: where its abbreviations are.
Error DebugInfo::read_header(Cursor& in, Unit& unit, uint64_t& shapes) {
  const bool is_split = files_[unit.file].is_split;
  unit.version = static_cast<uint8_t>(in.u16());
  if (unit.version < 2 || unit.version > 5) return Error::Unsupported;
  unit.type = is_split ? kUnitSplitCompile : kUnitCompile;
  if (unit.version >= 5) {
    unit.type = in.u8();
    unit.address_size = in.u8();
    shapes = in.fixed(unit.offset_size);
  } else {
    shapes = in.fixed(unit.offset_size);
    unit.address_size = in.u8();
  }
  if (unit.address_size != 4 && unit.address_size != 8) return Error::Malformed;
  const bool is_skeleton = unit.type == kUnitSkeleton || unit.type == kUnitSplitCompile;
  if (unit.version >= 5 && is_skeleton) unit.id = in.u64();
  if (unit.is_types()) {
    unit.id = in.u64();
    unit.type_offset = in.fixed(unit.offset_size);
  }
  unit.first = in.at();
  return in.failed() ? Error::Malformed : Error::None;
}

// Twice: strings and addresses of the first entry may need bases that stand behind them.
Error DebugInfo::read_root(Unit& unit, Work& work) {
  const bool is_split = files_[unit.file].is_split;
  if (is_split && unit.version >= 5) {
    unit.str_offsets_base = unit.offset_size == 8 ? 16 : 8;  // behind the header
    unit.rnglists_base = unit.offset_size == 8 ? 20 : 12;
  }
  Entry root;
  for (int pass = 0; pass < 2; pass++) {
    EntryReader reader(*this, unit, work);
    if (!reader.next(root)) return work.error() == Error::None ? Error::Malformed : work.error();
    if (root.has_str_offsets_base) unit.str_offsets_base = root.str_offsets_base;
    if (root.has_addr_base) unit.addr_base = root.addr_base;
    if (root.has_rnglists_base) unit.rnglists_base = root.rnglists_base;
  }
  unit.ranges_base = root.ranges_base;
  if (root.has_split_id) unit.id = root.split_id;
  unit.name = root.name;
  unit.directory = root.directory;
  unit.producer = root.producer;
  unit.split_name = is_split ? nullptr : root.split_name;
  unit.language = static_cast<uint16_t>(root.language);
  if (root.has_lines) unit.lines = root.lines;
  unit.has_low_pc = root.has_low_pc && root.has_high_pc;
  unit.low_pc = root.low_pc;
  unit.high_pc = root.is_high_offset ? root.low_pc + root.high_pc : root.high_pc;
  unit.has_ranges = root.has_ranges;
  unit.ranges = root.ranges;
  return Error::None;
}

// Those without their split unit, by number.
Error DebugInfo::find_skeletons(Vector<Signature>& skeletons) const {
  for (uint32_t i = 0; i < units_.size(); i++) {
    if (units_[i].split_name == nullptr || units_[i].partner != kNoUnit) continue;
    if (!skeletons.push_back({units_[i].id, i})) return Error::OutOfMemory;
  }
  std::sort(skeletons.begin(), skeletons.end(), by_id);
  return Error::None;
}

// Split units and skeletons find each other by their number.
Error DebugInfo::join_split(uint32_t first_unit, Work& work) {
  Vector<Signature> skeletons(files_.allocator());
  WEMBED_CHECK(find_skeletons(skeletons));
  for (auto i = first_unit; i < units_.size(); i++) {
    if (!work.spend(32)) return work.error();
    if (units_[i].is_types()) continue;
    const Signature wanted{units_[i].id, i};
    const Signature* found = std::lower_bound(skeletons.begin(), skeletons.end(), wanted, by_id);
    if (found == skeletons.end() || found->id != wanted.id) continue;
    units_[i].partner = found->unit;
    units_[found->unit].partner = i;
  }
  return Error::None;
}

Error DebugInfo::count_addresses(const Unit& unit, Work& work) {
  if (unit.is_types()) return Error::None;
  Vector<Range> ranges(files_.allocator());
  if (!add_unit_ranges(*this, unit, work, ranges, zeroed_)) return work.error();
  live_ += ranges.size();
  return Error::None;
}

uint32_t DebugInfo::unit_of(Key key) const {
  const Unit* at =
      std::upper_bound(units_.begin(), units_.end(), key,
                       [](Key wanted, const Unit& unit) { return wanted < unit.key(unit.offset); });
  if (at == units_.begin()) return kNoUnit;
  --at;
  return key < at->key(at->end) ? static_cast<uint32_t>(at - units_.begin()) : kNoUnit;
}

Key DebugInfo::find_signature(uint64_t signature) const {
  const Signature* at =
      std::lower_bound(signatures_.begin(), signatures_.end(), signature,
                       [](const Signature& known, uint64_t wanted) { return known.id < wanted; });
  if (at == signatures_.end() || at->id != signature) return kNoKey;
  const Unit& unit = units_[at->unit];
  return unit.type_offset < unit.end - unit.offset ? unit.key(unit.offset + unit.type_offset)
                                                   : kNoKey;
}

}  // namespace wembed::dwarf
