// The index of a package of split files (.dwp): which parts of its sections belong to which unit.
// A part is as a split file of its own.
#pragma once

#include "dwarf/sections.h"

namespace wembed::dwarf {

class PackageIndex {
 public:
  // Malformed: this is none.
  [[nodiscard]] Error open(Bytes section);

  [[nodiscard]] uint32_t slots() const { return slots_; }
  // The unit in a slot: its number, and its row from 1; row 0: the slot is empty.
  [[nodiscard]] uint64_t id(uint32_t slot) const;
  [[nodiscard]] uint32_t row(uint32_t slot) const;
  // What belongs to a row, of all that the package has. False: it is not in there.
  [[nodiscard]] bool cut(const File& package, uint32_t row, File& part) const;

 private:
  static constexpr uint32_t kMostColumns = 16;

  Bytes section_;
  uint32_t version_ = 0;  // 2: as it was before DWARF 5
  uint32_t columns_ = 0;
  uint32_t rows_ = 0;
  uint32_t slots_ = 0;
  // Offsets in the section: of the numbers, the rows of the slots, and what is cut where.
  uint64_t ids_ = 0, slot_rows_ = 0, kinds_ = 0, offsets_ = 0, sizes_ = 0;
};

}  // namespace wembed::dwarf
