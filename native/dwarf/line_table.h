// The table that leads from addresses to places in source files, of one unit.
#pragma once

#include "base/vector.h"
#include "dwarf/debug_info.h"

namespace wembed::dwarf {

struct SourceFile {
  const char* name;       // null: not known
  const char* directory;  // null: the unit's
};

struct LineRow {
  uint64_t address;
  uint32_t file, line, column;
};

class LineTable {
 public:
  static constexpr uint32_t kMostFiles = 1 << 20;

  explicit LineTable(Allocator& allocator)
      : directories_(allocator), files_(allocator), rows_(allocator), sequences_(allocator) {}

  // Names of files alone, or rows too. What makes no sense ends the table there. False: no memory,
  // or the work has an error.
  [[nodiscard]] bool read(const DebugInfo& info, const Unit& unit, bool with_rows, Work& work);

  // By the number that entries and rows have for it; null names: none.
  [[nodiscard]] SourceFile file(uint64_t number) const;
  [[nodiscard]] uint32_t file_count() const { return static_cast<uint32_t>(files_.size()); }

  // The row an address is in; null: none. `is_near` when that has no line and it is one before.
  [[nodiscard]] const LineRow* find(uint64_t address, bool& is_near) const;

 private:
  struct Header;
  struct FileEntry {
    const char* name;
    uint64_t directory;
  };
  struct Sequence {
    uint64_t low, high;
    uint32_t first, count;
  };
  bool read_header(Cursor& in, const File& file, const Unit& unit, Header& header, Work& work);
  bool read_names(Cursor& in, const File& file, Header& header, Work& work, bool is_files);
  bool read_old_names(Cursor& in, Work& work);
  bool run(Cursor& in, const Header& header, Work& work);
  bool end_sequence(uint32_t first, uint64_t end, uint8_t address_size);

  Vector<const char*> directories_;
  Vector<FileEntry> files_;
  Vector<LineRow> rows_;
  Vector<Sequence> sequences_;  // by low
  uint8_t version_ = 0;
};

}  // namespace wembed::dwarf
