#include "module/section_cursor.h"

namespace wembed {

namespace {

constexpr uint32_t kHeader = 8;  // magic number and version

ByteRange sections_of(const Module& module) {
  auto size = static_cast<uint32_t>(module.bytes().size());
  return size < kHeader ? ByteRange{} : ByteRange{kHeader, size - kHeader};
}

}  // namespace

SectionCursor::SectionCursor(const Module& module)
    : in_(module.bytes(), sections_of(module), "module", ignored_) {}

// The module was loaded, so that what cannot be read has changed since: there is no more then.
bool SectionCursor::next(Section& section) {
  if (in_.at_end()) return false;
  section.offset = in_.offset();
  Result<uint8_t> id = in_.u8();
  Result<uint32_t> length = in_.u32();
  Result<ByteRange> content = in_.bytes(length.ok() ? length.value() : UINT64_MAX);
  if (!id.ok() || !content.ok()) return false;
  section.id = id.value();
  section.content = content.value();
  return true;
}

bool read_custom(const Module& module, const Section& section, CustomSection& custom) {
  if (section.id != 0) return false;
  Diagnostic ignored;
  Reader in(module.bytes(), section.content, "custom", ignored);
  Result<std::string_view> name = in.name();
  if (!name.ok()) return false;
  Result<ByteRange> bytes = in.bytes(in.remaining());
  if (!bytes.ok()) return false;
  custom = {name.value(), bytes.value()};
  return true;
}

bool CustomSectionCursor::next(CustomSection& custom) {
  Section section;
  while (sections_.next(section)) {
    if (read_custom(module_, section, custom)) return true;
  }
  return false;
}

}  // namespace wembed
