// A unit of debugging information: what its header and its first entry say.
#pragma once

#include <cstdint>

#include "dwarf/sections.h"

namespace wembed::dwarf {

// Where an entry is, in all files: file, section, offset. 0: nowhere.
using Key = uint64_t;
constexpr Key kNoKey = 0;
constexpr uint32_t kNoUnit = UINT32_MAX;

inline Key make_key(uint32_t file, SectionId section, uint64_t offset) {
  return uint64_t{file} << 49 | uint64_t{section == SectionId::Types} << 48 | offset;
}

struct RangesRef {
  uint64_t value = 0;
  bool is_index = false;  // of a list of .debug_rnglists, else an offset
};

struct Unit {
  uint32_t file;
  SectionId section;
  uint8_t version;
  uint8_t address_size;
  uint8_t offset_size;  // 4 or 8: of what refers to sections
  uint8_t type;         // kUnitCompile ...
  uint32_t abbreviations;
  uint64_t offset;  // of the header
  uint64_t first;   // of the first entry
  uint64_t end;
  uint64_t id;           // of a split unit and its skeleton, or a type's signature
  uint64_t type_offset;  // from `offset`

  // Of the first entry.
  const char* name;
  const char* directory;
  const char* producer;
  const char* split_name;  // file that has the rest; null: this is all
  uint16_t language;
  uint64_t str_offsets_base, addr_base, rnglists_base, ranges_base;
  uint64_t lines;  // offset in .debug_line; UINT64_MAX: none
  uint64_t low_pc, high_pc;
  RangesRef ranges;
  bool has_low_pc, has_ranges;

  // The skeleton of a split unit, or what a skeleton is the skeleton of; kNoUnit.
  uint32_t partner;

  [[nodiscard]] bool is_types() const {
    return section == SectionId::Types || type == kTypeUnit || type == kSplitTypeUnit;
  }
  [[nodiscard]] Key key(uint64_t at) const { return make_key(file, section, at); }

 private:
  static constexpr uint8_t kTypeUnit = 2, kSplitTypeUnit = 6;
};

}  // namespace wembed::dwarf
