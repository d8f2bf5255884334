// One entry of debugging information: a tag, and of its attributes those that are looked at.
#pragma once

#include "dwarf/unit.h"

namespace wembed::dwarf {

struct Entry {
  Key key;
  uint32_t depth;  // 0: a unit's first
  uint16_t tag;
  bool has_children;

  const char* name;  // null: none
  const char* linkage_name;
  Key type, specification, origin;
  Key signature;  // of a declaration: the type that it is of, in a unit of its own
  uint64_t low_pc, high_pc;
  RangesRef ranges;
  uint64_t size, align, count, upper_bound;
  int64_t lower_bound, const_value, member_location;
  uint64_t bit_size, bit_offset, data_bit_offset;
  uint64_t decl_file, decl_line, call_file, call_line, call_column;
  uint64_t encoding;
  Bytes location;

  // Which are there, where zero might be meant.
  bool has_low_pc, has_high_pc, has_ranges, has_size, has_count, has_upper_bound;
  bool has_bit_size, has_bit_offset, has_data_bit_offset, has_member_location, has_const_value;
  bool is_high_offset;        // high_pc counts from low_pc
  bool is_location_computed;  // of a member: not known without an object
  bool is_external, is_declaration, is_artificial, is_prototyped, is_inlined, is_enum_class;
  bool is_vector;

  // Of a unit.
  const char* directory;
  const char* producer;
  const char* split_name;
  uint64_t split_id, lines, language;
  uint64_t str_offsets_base, addr_base, rnglists_base, ranges_base;
  bool has_split_id, has_lines;
  bool has_str_offsets_base, has_addr_base, has_rnglists_base;
};

}  // namespace wembed::dwarf
