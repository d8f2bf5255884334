// Function names of the name section, found when somebody asks for one.
//
// The index holds where each entry stands, nothing of it is made at load. Entries are read again,
// checked, at each look-up; a name section with mistakes gives fewer names and no error.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/allocator.h"
#include "base/vector.h"

namespace wembed {

class Module;

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
