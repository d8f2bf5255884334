// The shapes of entries, which units share: for each code a tag and the forms of its attributes.
#pragma once

#include "base/vector.h"
#include "dwarf/cursor.h"
#include "dwarf/work.h"

namespace wembed::dwarf {

struct AttributeSpec {
  uint16_t attribute;
  uint16_t form;
  int64_t implicit;  // the value of an implicit constant
};

struct Abbreviation {
  uint64_t code;
  uint32_t first;  // of its attributes
  uint16_t count;
  uint16_t tag;
  bool has_children;
};

struct AbbreviationTable {
  uint64_t key;  // its address: files of a package may have it in common
  uint32_t first;
  uint32_t count;
};

// All tables that were read, each once.
class Abbreviations {
 public:
  // An entry of more attributes is none that a compiler made.
  static constexpr uint32_t kMostAttributes = 128;

  explicit Abbreviations(Allocator& allocator)
      : tables_(allocator), abbreviations_(allocator), specs_(allocator) {}

  // The table at `offset` of a file's section, whose bytes stay. Malformed when it makes no sense.
  [[nodiscard]] Error get(Bytes section, uint64_t offset, Work& work, uint32_t& table);
  // Null: there is none of that code.
  [[nodiscard]] const Abbreviation* find(uint32_t table, uint64_t code) const;
  [[nodiscard]] const AttributeSpec* specs(const Abbreviation& abbreviation) const {
    return specs_.data() + abbreviation.first;
  }

 private:
  Error read_one(Cursor& in, Abbreviation& abbreviation, Work& work);
  Error read(Cursor& in, AbbreviationTable& table, Work& work);

  Vector<AbbreviationTable> tables_;
  uint64_t greatest_ = 0;  // of their keys
  Vector<Abbreviation> abbreviations_;
  Vector<AttributeSpec> specs_;
};

}  // namespace wembed::dwarf
