#include "module/names.h"

#include "module/module.h"
#include "module/reader.h"
#include "module/section_cursor.h"

namespace wembed {

namespace {

struct Entry {
  uint32_t index = 0;
  std::string_view name;
};

Result<Entry> read_entry(Reader& in) {
  Entry entry;
  WEMBED_TRY(entry.index, in.u32());
  WEMBED_TRY(entry.name, in.name());
  return entry;
}

// The map of that kind in a name section; empty when there is none.
Result<ByteRange> find_map(Reader& in, NameKind kind) {
  while (!in.at_end()) {
    WEMBED_TRY(uint8_t id, in.u8());
    WEMBED_TRY(uint32_t size, in.u32());
    WEMBED_TRY(ByteRange range, in.bytes(size));
    if (id == static_cast<uint8_t>(kind)) return range;
  }
  return ByteRange{};
}

// The first such map of the module.
ByteRange find_map(const Module& module, NameKind kind) {
  CustomSectionCursor sections(module);
  CustomSection section;
  while (sections.next(section)) {
    if (section.name != "name") continue;
    Diagnostic ignored;
    Reader in(module.bytes(), section.bytes, "name", ignored);
    Result<ByteRange> map = find_map(in, kind);
    if (map.ok() && map.value().size > 0) return map.value();
  }
  return {};
}

Reader open_map(const Module& module, NameKind kind, Diagnostic& ignored) {
  return Reader(module.bytes(), find_map(module, kind), "name", ignored);
}

// What of a place lies inside the module.
ByteRange range_of(const Module& module, const NamePlace& place) {
  const bool is_inside = place.at <= place.end && place.end <= module.bytes().size();
  return is_inside ? ByteRange{place.at, place.end - place.at} : ByteRange{};
}

// Notes entries until the section's end or its first mistake; false: no memory.
bool collect(Reader& in, Vector<uint32_t>& entries) {
  Result<uint32_t> count = in.u32();
  if (!count.ok()) return true;
  uint64_t next = 0;
  for (uint32_t i = 0; i < count.value(); i++) {
    uint32_t at = in.offset();
    Result<Entry> entry = read_entry(in);
    if (!entry.ok() || entry.value().index < next) break;
    next = uint64_t{entry.value().index} + 1;
    if (!entries.push_back(at)) return false;
  }
  entries.shrink_to_fit();
  return true;
}

}  // namespace

NameReader::NameReader(const Module& module, NameKind kind)
    : in_(open_map(module, kind, ignored_)), kind_(kind) {
  if (kind == NameKind::Module) {
    left_ = in_.at_end() ? 0 : 1;
    return;
  }
  Result<uint32_t> count = in_.u32();
  if (count.ok()) (is_nested(kind) ? groups_ : left_) = count.value();
}

NameReader::NameReader(const Module& module, NameKind kind, const NamePlace& place)
    : in_(module.bytes(), range_of(module, place), "name", ignored_),
      kind_(kind),
      left_(place.left),
      groups_(place.groups),
      group_(place.index),
      least_(uint64_t{is_nested(kind) ? place.inner : place.index} + 1),
      least_group_(uint64_t{place.index} + 1) {}

NamePlace NameReader::place() const {
  const uint32_t at = in_.offset();
  NamePlace place = {at, at + static_cast<uint32_t>(in_.remaining()), left_, groups_, group_, 0};
  const auto last = static_cast<uint32_t>(least_ - 1);
  (is_nested(kind_) ? place.inner : place.index) = last;
  return place;
}

bool NameReader::next(Name& name) {
  while (left_ == 0) {
    if (groups_ == 0) return false;
    if (!open_group()) return end();
  }
  left_--;
  return read(name) || end();
}

bool NameReader::read(Name& name) {
  uint32_t number = 0;
  if (kind_ != NameKind::Module) {
    Result<uint32_t> read = in_.u32();
    if (!read.ok() || read.value() < least_) return false;
    number = read.value();
  }
  Result<std::string_view> text = in_.name();
  if (!text.ok()) return false;
  least_ = uint64_t{number} + 1;
  name = is_nested(kind_) ? Name{group_, number, text.value()} : Name{number, 0, text.value()};
  return true;
}

bool NameReader::open_group() {
  groups_--;
  Result<uint32_t> index = in_.u32();
  if (!index.ok() || index.value() < least_group_) return false;
  Result<uint32_t> count = in_.u32();
  if (!count.ok()) return false;
  group_ = index.value();
  least_group_ = uint64_t{group_} + 1;
  left_ = count.value();
  least_ = 0;
  return true;
}

bool NameReader::end() {
  left_ = 0;
  groups_ = 0;
  return false;
}

std::string_view find_name(const Module& module, NameKind kind, uint32_t index, uint32_t inner) {
  NameReader names(module, kind);
  Name name;
  while (names.next(name) && name.index <= index) {
    if (name.index == index && name.inner == inner) return name.text;
  }
  return {};
}

NameCursor::NameCursor(const Module& module, NameKind kind)
    : names_(module, kind), there_(names_.next(name_)) {}

std::string_view NameCursor::at(uint32_t index) {
  while (there_ && name_.index < index) there_ = names_.next(name_);
  return there_ && name_.index == index ? name_.text : std::string_view();
}

NameIndex* NameIndex::create(Allocator& allocator, const Module& module) {
  NameIndex* index = allocator.create<NameIndex>(allocator);
  if (index == nullptr) return nullptr;
  Diagnostic ignored;
  Reader map = open_map(module, NameKind::Function, ignored);
  if (collect(map, index->entries_)) return index;
  destroy(allocator, index);
  return nullptr;
}

void NameIndex::destroy(Allocator& allocator, NameIndex* index) { allocator.destroy(index); }

std::string_view NameIndex::function(const Module& module, uint32_t index) const {
  size_t low = 0;
  size_t high = entries_.size();
  uint32_t module_size = static_cast<uint32_t>(module.bytes().size());
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    Diagnostic ignored;
    uint32_t at = entries_[middle];
    Reader in(module.bytes(), {at, module_size - at}, "name", ignored);
    Result<Entry> entry = read_entry(in);
    if (!entry.ok()) return {};
    if (entry.value().index == index) return entry.value().name;
    if (entry.value().index < index) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return {};
}

std::string_view Module::function_name(uint32_t index) const {
  if (source_.is_lost()) return {};
  NameIndex* names = names_.load(std::memory_order_acquire);
  if (names == nullptr) {
    NameIndex* made = NameIndex::create(allocator_, *this);
    if (made != nullptr) {
      // Two threads may have made one; the first to store it wins.
      if (names_.compare_exchange_strong(names, made, std::memory_order_acq_rel)) {
        names = made;
      } else {
        NameIndex::destroy(allocator_, made);
      }
    }
  }
  if (names != nullptr) {
    std::string_view name = names->function(*this, index);
    if (!name.empty()) return name;
  }
  if (index < imported_functions_) {
    for (const Import& import : imports_) {
      if (import.kind == ExternKind::Func && import.index == index) return import.name;
    }
  }
  for (const Export& entry : exports_) {
    if (entry.kind == ExternKind::Func && entry.index == index) return entry.name;
  }
  return {};
}

}  // namespace wembed
