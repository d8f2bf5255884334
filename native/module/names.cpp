#include "module/names.h"

#include "module/module.h"
#include "module/reader.h"
#include "module/section_cursor.h"

namespace wembed {

namespace {

constexpr uint64_t kNoEntry = UINT64_MAX;

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

NameCursor::NameCursor(const Module& module, NameKind kind)
    : in_(module.bytes(), find_map(module, kind), "name", ignored_) {
  Result<uint32_t> count = in_.u32();
  if (count.ok()) left_ = count.value();
  next();
}

void NameCursor::next() {
  uint64_t after = index_;
  index_ = kNoEntry;
  if (left_ == 0) return;
  left_--;
  Result<Entry> entry = read_entry(in_);
  // Out of order: a mistake, as are unreadable ones.
  if (!entry.ok() || entry.value().index < after) return;
  index_ = entry.value().index;
  name_ = entry.value().name;
}

std::string_view NameCursor::at(uint32_t index) {
  while (index_ < index) next();
  return index_ == index ? name_ : std::string_view();
}

NameIndex* NameIndex::create(Allocator& allocator, const Module& module) {
  NameIndex* index = allocator.create<NameIndex>(allocator);
  if (index == nullptr) return nullptr;
  Diagnostic ignored;
  Reader map(module.bytes(), find_map(module, NameKind::Function), "name", ignored);
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
