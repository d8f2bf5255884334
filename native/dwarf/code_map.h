// What code of a unit was made from: functions, those that were inlined into them, and lines.
#pragma once

#include "base/vector.h"
#include "dwarf/addresses.h"
#include "dwarf/line_table.h"

namespace wembed::dwarf {

// A function, inlined or not, or the declaration or abstract form of one.
struct CodeScope {
  Key key;
  Key origin;  // where its name is; kNoKey: here
  const char* name;
  const char* linkage_name;
  uint32_t outer;        // the scope it was inlined into; kNone
  uint32_t space;        // namespace or class, of the name
  uint32_t first_range;  // none: no code of its own
  uint32_t range_count;
  uint32_t call_file, call_line, call_column;
  bool is_inlined;
};

// A namespace or class.
struct NameSpace {
  const char* name;
  uint32_t outer;
};

class CodeMap {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  explicit CodeMap(Allocator& allocator)
      : lines_(allocator), scopes_(allocator), spaces_(allocator), ranges_(allocator) {}

  // False: no memory, or the work has an error. What makes no sense is left out.
  [[nodiscard]] bool read(const DebugInfo& info, uint32_t unit, Work& work);

  [[nodiscard]] const LineTable& lines() const { return lines_; }
  [[nodiscard]] const CodeScope* scopes() const { return scopes_.data(); }
  [[nodiscard]] const NameSpace* spaces() const { return spaces_.data(); }
  // The innermost scope of an address; kNone.
  [[nodiscard]] uint32_t find(uint64_t address) const;
  // The one whose entry that is; null.
  [[nodiscard]] const CodeScope* find_key(Key key) const;

 private:
  struct Level;
  bool add(const DebugInfo& info, const Unit& unit, const Entry& entry, const Level& outer,
           Level& level, Work& work);

  LineTable lines_;
  Vector<CodeScope> scopes_;  // as in the file: by key, outer ones first
  Vector<NameSpace> spaces_;
  Vector<Range> ranges_;
};

}  // namespace wembed::dwarf
