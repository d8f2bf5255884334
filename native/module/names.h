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

// Parts of the name section that give names to indices.
enum class NameKind : uint8_t {
  Function = 1,
  Table = 5,
  Memory = 6,
  Global = 7,
  Data = 9,
  Tag = 11
};

// Goes through the names of one kind, in the order of their indices.
class NameCursor {
 public:
  NameCursor(const Module& module, NameKind kind);
  // The name of `index`, which is not less than the one before. Empty: there is none.
  [[nodiscard]] std::string_view at(uint32_t index);

 private:
  void next();

  Diagnostic ignored_;
  Reader in_;
  uint32_t left_ = 0;
  uint64_t index_ = 0;  // of the entry at hand; beyond 32 bits: there is none
  std::string_view name_;
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
