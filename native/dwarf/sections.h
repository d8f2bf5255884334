// The sections of a WebAssembly file that hold debugging information, and where its code is.
#pragma once

#include <string_view>

#include "dwarf/cursor.h"
#include "dwarf/work.h"

namespace wembed::dwarf {

enum class SectionId : uint8_t {
#define SECTION(id, name) id,
#include "dwarf/sections.def"
#undef SECTION
  kCount,
};

struct File {
  Bytes bytes;
  Bytes sections[static_cast<size_t>(SectionId::kCount)];
  // Strings that begin before the last NUL of their section end in it.
  uint64_t strings_end[static_cast<size_t>(SectionId::kCount)] = {};
  bool is_split = false;
  uint64_t code_start = 0;      // offset in the file of the code section's content, from where
  uint64_t code_size = 0;       // addresses count; and its size. 0: it has none
  uint32_t function_count = 0;  // bodies
  std::string_view external;    // file or address of what was put elsewhere; empty: nothing was

  [[nodiscard]] Bytes section(SectionId id) const { return sections[static_cast<size_t>(id)]; }
  [[nodiscard]] uint64_t information_bytes() const {
    return section(SectionId::Info).size() + section(SectionId::Types).size();
  }
  [[nodiscard]] bool has_information() const { return information_bytes() > 0; }
  // Of split files (.dwp), each a part of every section.
  [[nodiscard]] bool is_package() const {
    return !section(SectionId::UnitIndex).empty() || !section(SectionId::TypeIndex).empty();
  }
  // The text at `at` of a section of strings; null: there is none.
  [[nodiscard]] const char* text(SectionId id, uint64_t at) const {
    auto index = static_cast<size_t>(id);
    if (at >= strings_end[index]) return nullptr;
    return reinterpret_cast<const char*>(sections[index].data() + at);
  }
};

// Malformed: these bytes are no WebAssembly file. `is_split`: of a .dwo or a .dwp file.
[[nodiscard]] Error find_sections(Bytes bytes, bool is_split, Work& work, File& file);

}  // namespace wembed::dwarf
