#include "dwarf/line_table.h"

#include <algorithm>

#include "dwarf/constants.h"

namespace wembed::dwarf {

struct LineTable::Header {
  uint8_t offset_size = 4;
  uint8_t address_size = 4;
  uint8_t min_length = 1;
  uint8_t range = 1;
  uint8_t opcode_base = 1;
  int8_t line_base = 0;
  uint8_t lengths[256] = {};
  uint64_t program = 0;  // where it begins
};

namespace {

// A text in place; null: it does not end.
const char* text_at(Cursor& in, Work& work) {
  const uint8_t* text = in.block(0).data();
  uint64_t length = 0;
  while (in.u8() != 0) length++;
  if (!work.spend(1 + length / 8) || in.failed()) return nullptr;
  return reinterpret_cast<const char*>(text);
}

struct FormValue {
  const char* text = nullptr;
  uint64_t number = 0;
};

// Of the forms that may stand in a header. False: what follows cannot be read.
bool read_header_form(Cursor& in, const File& file, uint64_t form, uint8_t offset_size, Work& work,
                      FormValue& value) {
  switch (form) {
    case kFormString: value.text = text_at(in, work); break;
    case kFormLineStrp: value.text = file.text(SectionId::LineStr, in.fixed(offset_size)); break;
    case kFormStrp: value.text = file.text(SectionId::Str, in.fixed(offset_size)); break;
    case kFormUdata: value.number = in.uleb(); break;
    case kFormData1: value.number = in.u8(); break;
    case kFormData2: value.number = in.u16(); break;
    case kFormData4: value.number = in.u32(); break;
    case kFormData8: value.number = in.u64(); break;
    case kFormData16: in.skip(16); break;
    case kFormBlock: in.skip(in.uleb()); break;
    default: return false;
  }
  return !in.failed() && work.error() == Error::None;
}

}  // namespace

bool LineTable::read(const DebugInfo& info, const Unit& unit, bool with_rows, Work& work) {
  const Unit& owner = info.base(unit);
  const File& file = info.files()[owner.file];
  if (owner.lines == UINT64_MAX) return true;
  Cursor in(file.section(SectionId::Line), owner.lines);
  Header header;
  if (!read_header(in, file, owner, header, work)) return work.error() == Error::None;
  in.seek(header.program);
  return !with_rows || run(in, header, work);
}

bool LineTable::read_header(Cursor& in, const File& file, const Unit& unit, Header& header,
                            Work& work) {
  uint64_t length = in.initial_length(header.offset_size);
  if (length > in.remaining()) return false;
  in = Cursor(file.section(SectionId::Line), in.at(), in.at() + length);
  uint16_t version = in.u16();
  if (version < 2 || version > 5) return false;
  version_ = static_cast<uint8_t>(version);
  header.address_size = unit.address_size;
  if (version >= 5) {
    header.address_size = in.u8();
    in.skip(1);
  }
  uint64_t header_length = in.fixed(header.offset_size);
  header.program = in.at() + header_length;
  header.min_length = in.u8();
  if (version >= 4) in.skip(1);
  in.skip(1);
  header.line_base = static_cast<int8_t>(in.u8());
  header.range = in.u8();
  header.opcode_base = in.u8();
  for (uint32_t i = 1; i < header.opcode_base; i++) header.lengths[i] = in.u8();
  if (in.failed() || header.range == 0 || header_length > in.end()) return false;
  if (version < 5) return read_old_names(in, work);
  return read_names(in, file, header, work, false) && read_names(in, file, header, work, true);
}

bool LineTable::read_old_names(Cursor& in, Work& work) {
  for (;;) {
    const char* name = text_at(in, work);
    if (name == nullptr) return false;
    if (*name == 0) break;
    if (!directories_.push_back(name)) return work.end(Error::OutOfMemory);
  }
  for (;;) {
    const char* name = text_at(in, work);
    if (name == nullptr) return false;
    if (*name == 0) return true;
    uint64_t directory = in.uleb();
    in.uleb();
    in.uleb();
    if (in.failed()) return false;
    if (!files_.push_back({name, directory})) return work.end(Error::OutOfMemory);
  }
}

bool LineTable::read_names(Cursor& in, const File& file, Header& header, Work& work,
                           bool is_files) {
  struct {
    uint64_t content, form;
  } formats[255];
  uint32_t format_count = in.u8();
  for (uint32_t i = 0; i < format_count; i++) formats[i] = {in.uleb(), in.uleb()};
  uint64_t count = in.uleb();
  if (in.failed() || (format_count == 0 && count > 0)) return false;
  if (count > kMostFiles) return work.end(Error::Limit);
  for (uint64_t i = 0; i < count; i++) {
    FileEntry entry{};
    for (uint32_t j = 0; j < format_count; j++) {
      FormValue value;
      if (!work.spend(1)) return false;
      if (!read_header_form(in, file, formats[j].form, header.offset_size, work, value))
        return false;
      if (formats[j].content == kContentPath) entry.name = value.text;
      if (formats[j].content == kContentDirectory) entry.directory = value.number;
    }
    bool is_kept = is_files ? files_.push_back(entry) : directories_.push_back(entry.name);
    if (!is_kept) return work.end(Error::OutOfMemory);
  }
  return true;
}

SourceFile LineTable::file(uint64_t number) const {
  // Before DWARF 5 files count from one, and directory 0 is the unit's.
  const uint64_t first = version_ >= 5 ? 0 : 1;
  if (number < first || number - first >= files_.size()) return {};
  const FileEntry& entry = files_[static_cast<size_t>(number - first)];
  SourceFile file{entry.name, nullptr};
  if (entry.directory >= first && entry.directory - first < directories_.size()) {
    file.directory = directories_[static_cast<size_t>(entry.directory - first)];
  }
  return file;
}

bool LineTable::end_sequence(uint32_t first, uint64_t end, uint8_t address_size) {
  auto count = static_cast<uint32_t>(rows_.size()) - first;
  if (count == 0) return true;
  uint64_t low = rows_[first].address;
  // Of code that was left out, or whose addresses are gone.
  if (DebugInfo::is_dead(low, address_size) || low >= end) {
    rows_.truncate(first);
    return true;
  }
  return sequences_.push_back({low, end, first, count});
}

bool LineTable::run(Cursor& in, const Header& header, Work& work) {
  LineRow row{0, 1, 1, 0};
  auto first = static_cast<uint32_t>(rows_.size());
  const auto advance = [&](uint64_t operations) { row.address += operations * header.min_length; };
  const auto emit = [&] { return rows_.size() < UINT32_MAX && rows_.push_back(row); };
  while (!in.at_end()) {
    if (!work.spend(2)) return false;
    uint8_t opcode = in.u8();
    bool is_there = true;
    if (opcode >= header.opcode_base) {
      uint8_t adjusted = static_cast<uint8_t>(opcode - header.opcode_base);
      advance(adjusted / header.range);
      row.line += static_cast<uint32_t>(header.line_base + adjusted % header.range);
      is_there = emit();
    } else if (opcode == 0) {
      uint64_t length = in.uleb();
      uint64_t start = in.at();
      uint8_t extended = length == 0 ? 0 : in.u8();
      if (extended == kLineEndSequence) {
        is_there = end_sequence(first, row.address, header.address_size);
        row = {0, 1, 1, 0};
        first = static_cast<uint32_t>(rows_.size());
      } else if (extended == kLineSetAddress && length >= 2 && length <= 9) {
        row.address = in.fixed(static_cast<uint32_t>(length - 1));
      }
      in.seek(start);
      in.skip(length);
    } else {
      switch (opcode) {
        case kLineCopy: is_there = emit(); break;
        case kLineAdvancePc: advance(in.uleb()); break;
        case kLineAdvanceLine: row.line += static_cast<uint32_t>(in.sleb()); break;
        case kLineSetFile: row.file = static_cast<uint32_t>(in.uleb()); break;
        case kLineSetColumn: row.column = static_cast<uint32_t>(in.uleb()); break;
        case kLineConstAddPc: advance((255u - header.opcode_base) / header.range); break;
        case kLineFixedAdvancePc: row.address += in.u16(); break;
        default:
          for (uint32_t i = 0; i < header.lengths[opcode]; i++) in.uleb();
      }
    }
    if (!is_there) return work.end(Error::OutOfMemory);
    if (in.failed()) break;
  }
  rows_.truncate(first);  // of a sequence without an end
  std::sort(sequences_.begin(), sequences_.end(),
            [](const Sequence& a, const Sequence& b) { return a.low < b.low; });
  return true;
}

const LineRow* LineTable::find(uint64_t address, bool& is_near) const {
  is_near = false;
  const Sequence* sequence =
      std::upper_bound(sequences_.begin(), sequences_.end(), address,
                       [](uint64_t wanted, const Sequence& known) { return wanted < known.low; });
  if (sequence == sequences_.begin()) return nullptr;
  --sequence;
  if (address >= sequence->high) return nullptr;
  const LineRow* begin = rows_.data() + sequence->first;
  const LineRow* end = begin + sequence->count;
  const LineRow* row = std::upper_bound(
      begin, end, address,
      [](uint64_t wanted, const LineRow& known) { return wanted < known.address; });
  if (row == begin) return nullptr;
  --row;
  // Line 0 is code that nobody wrote; who looks wants to know what it was made for.
  while (row->line == 0 && row != begin) {
    --row;
    is_near = true;
  }
  return row->line == 0 ? nullptr : row;
}

}  // namespace wembed::dwarf
