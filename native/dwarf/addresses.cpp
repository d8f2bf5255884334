#include "dwarf/addresses.h"

#include "dwarf/constants.h"

namespace wembed::dwarf {

namespace {

class RangeReader {
 public:
  RangeReader(const DebugInfo& info, const Unit& unit, Work& work, Vector<Range>& ranges,
              uint64_t& zeroed)
      : info_(info),
        unit_(unit),
        owner_(info.base(unit)),
        work_(work),
        ranges_(ranges),
        zeroed_(zeroed),
        base_(owner_.low_pc) {}

  bool add(uint64_t low, uint64_t high) {
    if (low == 0) zeroed_++;
    if (low >= high || DebugInfo::is_dead(low, unit_.address_size)) return true;
    return ranges_.push_back({low, high}) || work_.end(Error::OutOfMemory);
  }

  // Of DWARF 4 and before: pairs of offsets from the base, which a pair may change.
  bool read_pairs(Cursor in) {
    const uint64_t base_follows = unit_.address_size == 8 ? UINT64_MAX : UINT32_MAX;
    while (!in.at_end()) {
      if (!work_.spend(sizeof(Range))) return false;
      uint64_t low = in.fixed(unit_.address_size);
      uint64_t high = in.fixed(unit_.address_size);
      if (in.failed() || (low == 0 && high == 0)) break;
      if (low == base_follows) {
        base_ = high;
      } else if (low != base_follows - 1 && !add(base_ + low, base_ + high)) {
        return false;
      }
    }
    return true;
  }

  bool read_list(Cursor in) {
    while (!in.at_end()) {
      if (!work_.spend(sizeof(Range))) return false;
      uint64_t low = 0;
      uint64_t high = 0;
      switch (in.u8()) {
        case kRangeBaseAddressx: base_ = address_at(info_, unit_, in.uleb()); continue;
        case kRangeBaseAddress: base_ = in.fixed(unit_.address_size); continue;
        case kRangeStartxEndx:
          low = address_at(info_, unit_, in.uleb());
          high = address_at(info_, unit_, in.uleb());
          break;
        case kRangeStartxLength:
          low = address_at(info_, unit_, in.uleb());
          high = low + in.uleb();
          break;
        case kRangeOffsetPair:
          low = in.uleb();
          high = in.uleb();
          if (DebugInfo::is_dead(base_, unit_.address_size) && base_ != 0) continue;
          low += base_;
          high += base_;
          break;
        case kRangeStartEnd:
          low = in.fixed(unit_.address_size);
          high = in.fixed(unit_.address_size);
          break;
        case kRangeStartLength:
          low = in.fixed(unit_.address_size);
          high = low + in.uleb();
          break;
        default: return true;  // the end, or what is not known
      }
      if (in.failed()) break;
      if (!add(low, high)) return false;
    }
    return true;
  }

 private:
  const DebugInfo& info_;
  const Unit& unit_;
  const Unit& owner_;
  Work& work_;
  Vector<Range>& ranges_;
  uint64_t& zeroed_;
  uint64_t base_;
};

}  // namespace

uint64_t address_at(const DebugInfo& info, const Unit& unit, uint64_t index) {
  const Unit& owner = info.base(unit);
  constexpr uint64_t kDead = UINT64_MAX;
  if (index > UINT32_MAX) return kDead;
  Cursor in(info.files()[owner.file].section(SectionId::Addr));
  in.seek(owner.addr_base);
  in.skip(index * unit.address_size);
  uint64_t address = in.fixed(unit.address_size);
  return in.failed() ? kDead : address;
}

bool add_ranges(const DebugInfo& info, const Unit& unit, const RangesRef& list, Work& work,
                Vector<Range>& ranges, uint64_t& zeroed) {
  RangeReader reader(info, unit, work, ranges, zeroed);
  const bool is_old = unit.version < 5;
  // Old split units have theirs in the skeleton's file, and count from the skeleton's base.
  const Unit& owner = is_old ? info.base(unit) : unit;
  const File& file = info.files()[owner.file];
  Cursor in(file.section(is_old ? SectionId::Ranges : SectionId::Rnglists));
  if (is_old) {
    in.seek(&owner == &unit ? list.value : list.value + owner.ranges_base);
    return reader.read_pairs(in);
  }
  uint64_t at = list.value;
  if (list.is_index) {
    if (list.value > UINT32_MAX) return true;
    in.seek(unit.rnglists_base);
    in.skip(list.value * unit.offset_size);
    at = unit.rnglists_base + in.fixed(unit.offset_size);
  }
  in.seek(at);
  return reader.read_list(in);
}

bool add_unit_ranges(const DebugInfo& info, const Unit& unit, Work& work, Vector<Range>& ranges,
                     uint64_t& zeroed) {
  if (unit.has_ranges) return add_ranges(info, unit, unit.ranges, work, ranges, zeroed);
  RangeReader reader(info, unit, work, ranges, zeroed);
  return !unit.has_low_pc || reader.add(unit.low_pc, unit.high_pc);
}

bool add_ranges_of(const DebugInfo& info, const Unit& unit, const Entry& entry, Work& work,
                   Vector<Range>& ranges, uint64_t& zeroed) {
  if (entry.has_ranges) return add_ranges(info, unit, entry.ranges, work, ranges, zeroed);
  if (!entry.has_low_pc) return true;
  uint64_t high = entry.is_high_offset ? entry.low_pc + entry.high_pc : entry.high_pc;
  if (!entry.has_high_pc) return true;
  RangeReader reader(info, unit, work, ranges, zeroed);
  return reader.add(entry.low_pc, high);
}

}  // namespace wembed::dwarf
