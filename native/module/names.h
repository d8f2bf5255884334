// The name section, read when somebody asks for a name: nothing of it is made at load.
//
// Entries are read again, checked, at each look-up; a name section with mistakes gives fewer names
// and no error.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/allocator.h"
#include "base/vector.h"
#include "module/reader.h"

namespace wembed {

class Module;

// What has names, by the number of its part in the name section.
enum class NameKind : uint8_t {
  Module,
  Function,
  Local,
  Label,
  Type,
  Table,
  Memory,
  Global,
  Element,
  Data,
  Field,
  Tag
};
constexpr uint32_t kNameKinds = 12;

// Whether the names are those of parts: locals and labels of functions, fields of types.
constexpr bool is_nested(NameKind kind) {
  return kind == NameKind::Local || kind == NameKind::Label || kind == NameKind::Field;
}

struct Name {
  uint32_t index = 0;
  uint32_t inner = 0;  // of a part: its number in what `index` is
  std::string_view text;
};

// Where a reader stands: numbers that make sense with its module alone.
struct NamePlace {
  uint32_t at = 0;   // offset in the module
  uint32_t end = 0;  // of the kind's part
  uint32_t left = 0;
  uint32_t groups = 0;  // to come behind those names
  uint32_t index = 0;   // of the last name
  uint32_t inner = 0;
};

// Goes through all names of one kind, in ascending order, until the section's end or its first
// mistake.
class NameReader {
 public:
  NameReader(const Module& module, NameKind kind);
  // Goes on where another one stood. A place that is none gives no names, or wrong ones.
  NameReader(const Module& module, NameKind kind, const NamePlace& place);

  // False: there are no more.
  [[nodiscard]] bool next(Name& name);
  [[nodiscard]] NamePlace place() const;

 private:
  bool read(Name& name);
  bool open_group();
  bool end();

  Diagnostic ignored_;
  Reader in_;
  NameKind kind_;
  uint32_t left_ = 0;
  uint32_t groups_ = 0;
  uint32_t group_ = 0;  // whose parts are being named
  uint64_t least_ = 0;  // number that may come next
  uint64_t least_group_ = 0;
};

// The name of one item; empty: it has none. Takes as long as the section is.
[[nodiscard]] std::string_view find_name(const Module& module, NameKind kind, uint32_t index,
                                         uint32_t inner = 0);

// Goes through the names of one kind that is not nested, by their indices.
class NameCursor {
 public:
  NameCursor(const Module& module, NameKind kind);
  // The name of `index`, which is not less than the one before. Empty: there is none.
  [[nodiscard]] std::string_view at(uint32_t index);

 private:
  NameReader names_;
  Name name_;
  bool there_;
};

// Where the entries of function names stand.
class NameIndex {
 public:
  // Null: no memory.
  static NameIndex* create(Allocator& allocator, const Module& module);
  static void destroy(Allocator& allocator, NameIndex* index);

  explicit NameIndex(Allocator& allocator) : entries_(allocator) {}

  // Empty: the name section has none.
  [[nodiscard]] std::string_view function(const Module& module, uint32_t index) const;

 private:
  Vector<uint32_t> entries_;  // offsets of (function index, name), function indices ascending
};

}  // namespace wembed
