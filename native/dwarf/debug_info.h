// The units of all files that belong to a module, and how their entries are read. Nothing more than
// headers and first entries is looked at to open it.
//
//   module ─ sections ─ units ─────────┬ entries: EntryReader
//   split files, or packages ─ units ──┘   └ partner: skeleton and split unit
#pragma once

#include "base/vector.h"
#include "dwarf/abbreviations.h"
#include "dwarf/entry.h"
#include "dwarf/unit.h"

namespace wembed::dwarf {

class DebugInfo {
 public:
  // More files and units of packages than these are not taken; see make_key.
  static constexpr uint32_t kMostFiles = 32'767;

  explicit DebugInfo(Allocator& allocator)
      : files_(allocator), units_(allocator), signatures_(allocator), abbreviations_(allocator) {}

  // The module's file, or the one that its information was put into; the bytes have to stay. What
  // makes no sense in it is left out, see problem().
  [[nodiscard]] Error open(Bytes bytes, const Poll& poll = {});
  // A split file, or a package of them, of which the units are taken that are missing. Malformed:
  // it is neither.
  [[nodiscard]] Error add_split(Bytes bytes, const Poll& poll = {});

  [[nodiscard]] std::span<const File> files() const { return files_.span(); }
  [[nodiscard]] std::span<const Unit> units() const { return units_.span(); }
  [[nodiscard]] Abbreviations& abbreviations() { return abbreviations_; }
  [[nodiscard]] const Abbreviations& abbreviations() const { return abbreviations_; }
  // What a file with that much in it may cost.
  [[nodiscard]] uint64_t bytes() const { return bytes_; }
  // The unit that an entry is in; kNoUnit.
  [[nodiscard]] uint32_t unit_of(Key key) const;
  // The entry of a type with this signature.
  [[nodiscard]] Key find_signature(uint64_t signature) const;

  // Whether code has addresses here: wasm-opt sets all to zero, and leaves the rest.
  [[nodiscard]] bool are_addresses_zeroed() const { return zeroed_ > 0 && live_ == 0; }

  // What was left out: a static sentence, the first one; null: nothing. And where.
  [[nodiscard]] const char* problem() const { return problem_; }
  [[nodiscard]] uint64_t problem_offset() const { return problem_offset_; }
  void note(const char* problem, uint64_t offset);

  // An address as linkers leave it when what it is of was left out.
  [[nodiscard]] static bool is_dead(uint64_t address, uint8_t address_size) {
    return address == 0 || address >= (address_size == 8 ? UINT64_MAX : UINT32_MAX) - 1;
  }
  // Where addresses and lines of a unit are: the unit or its skeleton.
  [[nodiscard]] const Unit& base(const Unit& unit) const {
    const bool is_split = files_[unit.file].is_split && unit.partner != kNoUnit;
    return is_split ? units_[unit.partner] : unit;
  }

 private:
  struct Signature {
    uint64_t id;
    uint32_t unit;
  };

  Error add_file(const File& file, Work& work);
  Error add_package(const File& package, Work& work);
  Error add_parts(const File& package, SectionId index, std::span<const Signature> wanted,
                  uint64_t& left, Work& work);
  Error read_units(uint32_t file, SectionId section, Work& work);
  Error read_header(Cursor& in, Unit& unit, uint64_t& shapes);
  Error read_root(Unit& unit, Work& work);
  void sort_signatures();
  Error find_skeletons(Vector<Signature>& skeletons) const;
  Error join_split(uint32_t first_unit, Work& work);
  Error count_addresses(const Unit& unit, Work& work);

  Vector<File> files_;
  Vector<Unit> units_;            // by file, section, offset
  Vector<Signature> signatures_;  // of types, by id
  Abbreviations abbreviations_;
  uint64_t bytes_ = 0;
  uint64_t live_ = 0, zeroed_ = 0;  // ranges of units
  const char* problem_ = nullptr;
  uint64_t problem_offset_ = 0;
};

// Goes through the entries of a unit, or reads single ones.
class EntryReader {
 public:
  static constexpr uint32_t kMostDepth = 512;

  EntryReader(const DebugInfo& info, const Unit& unit, Work& work);

  // False: there are no more, or what follows makes no sense (failed()), or the work has an error.
  [[nodiscard]] bool next(Entry& entry);
  // The one at an offset of the section, inside of the unit.
  [[nodiscard]] bool read_at(uint64_t offset, Entry& entry);
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] uint64_t at() const { return in_.at(); }

 private:
  struct Value;
  bool read_entry(uint64_t offset, uint64_t code, Entry& entry);
  bool read_form(uint16_t form, int64_t implicit, Value& value);
  bool read_reference(uint16_t form, Value& value);
  bool read_text(uint16_t form, Value& value);
  bool read_address_index(uint64_t index, Value& value);
  static void set(Entry& entry, uint16_t attribute, const Value& value);
  static void set_number(Entry& entry, uint16_t attribute, const Value& value);
  static void set_flag(Entry& entry, uint16_t attribute, bool value);
  static void set_member_location(Entry& entry, const Value& value);

  const DebugInfo& info_;
  const Unit& unit_;
  const File& file_;
  Work& work_;
  Cursor in_;
  uint32_t depth_ = 0;
  bool ended_ = false;
  bool failed_ = false;
};

}  // namespace wembed::dwarf
