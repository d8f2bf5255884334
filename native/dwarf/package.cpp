#include "dwarf/package.h"

#include "dwarf/constants.h"

namespace wembed::dwarf {

namespace {

// What a column is of; kCount: of nothing that is looked at.
SectionId section_of(uint32_t kind, uint32_t version) {
  switch (kind) {
    case kPackagedInfo: return SectionId::Info;
    case kPackagedTypes: return version < 5 ? SectionId::Types : SectionId::kCount;
    case kPackagedAbbrev: return SectionId::Abbrev;
    case kPackagedLine: return SectionId::Line;
    case kPackagedStrOffsets: return SectionId::StrOffsets;
    case kPackagedRnglists: return version < 5 ? SectionId::kCount : SectionId::Rnglists;
    default: return SectionId::kCount;
  }
}

}  // namespace

Error PackageIndex::open(Bytes section) {
  Cursor in(section);
  section_ = section;
  version_ = in.u16();
  in.skip(2);
  if (version_ != 2 && version_ != 5) return Error::Malformed;
  columns_ = in.u32();
  rows_ = in.u32();
  slots_ = in.u32();
  if (columns_ > kMostColumns) return Error::Malformed;
  const uint64_t row_bytes = uint64_t{columns_} * 4;
  ids_ = in.at();
  slot_rows_ = ids_ + uint64_t{slots_} * 8;
  kinds_ = slot_rows_ + uint64_t{slots_} * 4;
  offsets_ = kinds_ + row_bytes;
  sizes_ = offsets_ + rows_ * row_bytes;
  in.seek(sizes_ + rows_ * row_bytes);
  return in.failed() ? Error::Malformed : Error::None;
}

uint64_t PackageIndex::id(uint32_t slot) const {
  return Cursor(section_, ids_ + uint64_t{slot} * 8).u64();
}

uint32_t PackageIndex::row(uint32_t slot) const {
  return Cursor(section_, slot_rows_ + uint64_t{slot} * 4).u32();
}

bool PackageIndex::cut(const File& package, uint32_t row, File& part) const {
  if (row == 0 || row > rows_) return false;
  part = package;
  // Texts are shared.
  for (SectionId id : {SectionId::Info, SectionId::Types, SectionId::Abbrev, SectionId::Line,
                       SectionId::StrOffsets, SectionId::Rnglists}) {
    part.sections[static_cast<size_t>(id)] = {};
  }
  const uint64_t first = uint64_t{row - 1} * columns_ * 4;
  Cursor kinds(section_, kinds_);
  Cursor offsets(section_, offsets_ + first);
  Cursor sizes(section_, sizes_ + first);
  for (uint32_t i = 0; i < columns_; i++) {
    const SectionId id = section_of(kinds.u32(), version_);
    const uint32_t offset = offsets.u32();
    const uint32_t size = sizes.u32();
    if (id == SectionId::kCount) continue;
    Cursor whole(package.section(id), offset);
    part.sections[static_cast<size_t>(id)] = whole.block(size);
    if (whole.failed()) return false;
  }
  return part.has_information();
}

}  // namespace wembed::dwarf
