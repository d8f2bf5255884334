// Sections that declare what a module has: imports, functions, tables, memories, tags, globals,
// exports.
#include <algorithm>
#include <cstring>

#include "isa/limits.h"
#include "module/foreign_format.h"
#include "module/module_reader.h"

namespace wembed {

Result<TableDef> ModuleReader::table_type(Reader& in) {
  TableDef table;
  WEMBED_TRY(table.type.element, read_reference_type(in, TypeScope{module_}));
  WEMBED_TRY(table.type.limits, read_table_limits(in, module_));
  return table;
}

Result<GlobalType> ModuleReader::global_type(Reader& in) {
  GlobalType global;
  WEMBED_TRY(global.type, read_value_type(in, TypeScope{module_}));
  uint32_t at = in.offset();
  WEMBED_TRY(uint8_t mutability, in.u8());
  if (mutability > 1) return in.fail_at(at, Error::Malformed, "invalid mutability");
  global.is_mutable = mutability == 1;
  return global;
}

// Both forms of exceptions have them.
Error ModuleReader::require_tags(Reader& in, const char* text) {
  if (has(module_.features(), Feature::LegacyExceptions)) return Error::None;
  return require(in, module_, Feature::Exceptions, text);
}

Result<const TypeDef*> ModuleReader::tag_type(Reader& in) {
  uint32_t at = in.offset();
  WEMBED_TRY(uint8_t attribute, in.u8());
  if (attribute != 0) return in.fail_at(at, Error::Malformed, "invalid tag attribute");
  at = in.offset();
  WEMBED_TRY(uint32_t index, function_type_index(in));
  const TypeDef* type = module_.types_[index];
  if (type->result_count != 0) {
    return in.fail_at(at, Error::Invalid, "non-empty tag result type");
  }
  return type;
}

Result<uint32_t> ModuleReader::function_type_index(Reader& in) {
  uint32_t at = in.offset();
  WEMBED_TRY(uint32_t index, in.u32());
  if (index >= module_.types_.size() || module_.types_[index]->kind != CompositeKind::Func) {
    return in.fail_at(at, Error::Invalid, "unknown type");
  }
  return index;
}

Error ModuleReader::read_imports(Reader& in) {
  WEMBED_TRY(uint32_t count, in.count(kMaxImports, "imports"));
  if (!module_.imports_.reserve(count)) return in.out_of_memory();
  for (uint32_t i = 0; i < count; i++) {
    WEMBED_CHECK(item(in));
    WEMBED_CHECK(read_import(in));
  }
  return Error::None;
}

Error ModuleReader::read_import(Reader& in) {
  Import import;
  WEMBED_TRY(import.module, in.name());
  WEMBED_TRY(import.name, in.name());
  uint32_t at = in.offset();
  WEMBED_TRY(uint8_t kind, in.u8());
  bool stored = true;
  switch (static_cast<ExternKind>(kind)) {
    case ExternKind::Func: {
      WEMBED_TRY(uint32_t index, function_type_index(in));
      import.type = module_.types_[index];
      import.index = module_.imported_functions_++;
      stored = module_.imported_function_types_.push_back(import.type);
      break;
    }
    case ExternKind::Table: {
      WEMBED_TRY(TableDef table, table_type(in));
      if (module_.tables_.size() >= kMaxTables) return in.fail(Error::Limit, "too many tables");
      import.index = module_.imported_tables_++;
      stored = module_.tables_.push_back(table);
      break;
    }
    case ExternKind::Memory: {
      WEMBED_TRY(MemoryType memory, read_memory_type(in, module_));
      if (module_.memories_.size() == 1 && !has(module_.features(), Feature::MultiMemory)) {
        in.diagnostic().say(describe_missing(Feature::MultiMemory));
        return in.fail_at(at, Error::Unsupported, "multiple memories");
      }
      if (module_.memories_.size() >= kMaxMemories) {
        return in.fail_at(at, Error::Limit, "too many memories");
      }
      import.index = module_.imported_memories_++;
      stored = module_.memories_.push_back(memory);
      break;
    }
    case ExternKind::Global: {
      WEMBED_TRY(GlobalType type, global_type(in));
      import.index = module_.imported_globals_++;
      stored = module_.globals_.push_back({type, {}});
      break;
    }
    case ExternKind::Tag: {
      WEMBED_CHECK(require_tags(in, "invalid import kind"));
      WEMBED_TRY(import.type, tag_type(in));
      import.index = module_.imported_tags_++;
      stored = module_.tags_.push_back(import.type);
      break;
    }
    default: return in.fail_at(at, Error::Malformed, "invalid import kind");
  }
  import.kind = static_cast<ExternKind>(kind);
  if (!stored || !module_.imports_.push_back(import)) return in.out_of_memory();
  return Error::None;
}

Error ModuleReader::read_functions(Reader& in) {
  WEMBED_TRY(uint32_t count, in.count(kMaxFunctions, "functions"));
  if (!module_.bodies_.reserve(count)) return in.out_of_memory();
  for (uint32_t i = 0; i < count; i++) {
    WEMBED_CHECK(item(in));
    WEMBED_TRY(uint32_t type, function_type_index(in));
    FunctionBody body;
    body.type = type & 0xffffff;
    if (!module_.bodies_.push_back(body)) return in.out_of_memory();
  }
  return Error::None;
}

Error ModuleReader::read_tables(Reader& in) {
  constexpr uint8_t kWithInit = 0x40;
  WEMBED_TRY(uint32_t count, in.count(kMaxTables, "tables"));
  if (!module_.tables_.reserve(module_.tables_.size() + count)) return in.out_of_memory();
  for (uint32_t i = 0; i < count; i++) {
    if (module_.tables_.size() >= kMaxTables) return in.fail(Error::Limit, "too many tables");
    WEMBED_CHECK(item(in));
    uint32_t at = in.offset();
    bool with_init = in.peek() == kWithInit;
    if (with_init) {
      WEMBED_CHECK(require(in, module_, Feature::FunctionReferences, "incompatible import type"));
      (void)in.u8();
      WEMBED_TRY(uint8_t zero, in.u8());
      if (zero != 0) return in.fail_at(at + 1, Error::Malformed, "zero byte expected");
    }
    WEMBED_TRY(TableDef table, table_type(in));
    if (with_init) {
      WEMBED_CHECK(check_const_expression(*this, in, table.type.element, table.init));
    } else if (!table.type.element.is_nullable()) {
      return in.fail_at(at, Error::Invalid, "type mismatch");
    }
    if (!module_.tables_.push_back(table)) return in.out_of_memory();
  }
  return Error::None;
}

Error ModuleReader::read_memories(Reader& in) {
  uint32_t at = in.offset();
  WEMBED_TRY(uint32_t count, in.count(kMaxMemories, "memories"));
  size_t total = module_.memories_.size() + count;
  if (total > 1 && !has(module_.features(), Feature::MultiMemory)) {
    in.diagnostic().say(describe_missing(Feature::MultiMemory));
    return in.fail_at(at, Error::Unsupported, "multiple memories");
  }
  if (total > kMaxMemories) return in.fail_at(at, Error::Limit, "too many memories");
  if (!module_.memories_.reserve(total)) return in.out_of_memory();
  for (uint32_t i = 0; i < count; i++) {
    WEMBED_TRY(MemoryType memory, read_memory_type(in, module_));
    if (!module_.memories_.push_back(memory)) return in.out_of_memory();
  }
  return Error::None;
}

Error ModuleReader::read_tags(Reader& in) {
  WEMBED_CHECK(require_tags(in, "invalid section id"));
  WEMBED_TRY(uint32_t count, in.count(kMaxTags, "tags"));
  for (uint32_t i = 0; i < count; i++) {
    WEMBED_TRY(const TypeDef* type, tag_type(in));
    if (!module_.tags_.push_back(type)) return in.out_of_memory();
  }
  return Error::None;
}

Error ModuleReader::read_globals(Reader& in) {
  WEMBED_TRY(uint32_t count, in.count(kMaxGlobals, "globals"));
  if (!module_.globals_.reserve(module_.globals_.size() + count)) return in.out_of_memory();
  for (uint32_t i = 0; i < count; i++) {
    WEMBED_CHECK(item(in));
    GlobalDef global;
    WEMBED_TRY(global.type, global_type(in));
    // The expression sees the globals before this one.
    WEMBED_CHECK(check_const_expression(*this, in, global.type.type, global.init));
    if (!module_.globals_.push_back(global)) return in.out_of_memory();
  }
  return Error::None;
}

Error ModuleReader::read_exports(Reader& in) {
  struct Space {
    const char* text;
    size_t size;
  };
  const Space spaces[] = {{"unknown function", module_.function_count()},
                          {"unknown table", module_.tables_.size()},
                          {"unknown memory", module_.memories_.size()},
                          {"unknown global", module_.globals_.size()},
                          {"unknown tag", module_.tags_.size()}};
  WEMBED_TRY(uint32_t count, in.count(kMaxExports, "exports"));
  if (!module_.exports_.reserve(count)) return in.out_of_memory();
  for (uint32_t i = 0; i < count; i++) {
    WEMBED_CHECK(item(in));
    Export entry;
    WEMBED_TRY(entry.name, in.name());
    uint32_t at = in.offset();
    WEMBED_TRY(uint8_t kind, in.u8());
    if (kind > static_cast<uint8_t>(ExternKind::Tag)) {
      return in.fail_at(at, Error::Malformed, "invalid export kind");
    }
    entry.kind = static_cast<ExternKind>(kind);
    at = in.offset();
    WEMBED_TRY(entry.index, in.u32());
    if (entry.index >= spaces[kind].size) {
      return in.fail_at(at, Error::Invalid, "%s", spaces[kind].text);
    }
    if (entry.kind == ExternKind::Func) WEMBED_CHECK(declare(in, entry.index));
    if (!module_.exports_.push_back(entry)) return in.out_of_memory();
  }
  return index_exports(in);
}

namespace {

// Sorts positions by merging runs. Not std::sort: should somebody change the names meanwhile, so
// that comparisons contradict each other, it may leave the range. `Less` answers false once it was
// stopped; then the order is of no interest any more.
template <class Less> class PositionSorter {
 public:
  explicit PositionSorter(Less less) : less_(less) {}

  // False: no memory.
  [[nodiscard]] bool sort(Vector<uint32_t>& positions, Allocator& allocator) {
    size_t count = positions.size();
    for (size_t i = 0; i < count; i += kRun) {
      insert_each(positions.data() + i, count - i < kRun ? count - i : kRun);
    }
    if (count <= kRun) return true;
    Vector<uint32_t> merged(allocator);
    if (!merged.resize(count)) return false;
    for (size_t run = kRun; run < count; run *= 2) {
      for (size_t i = 0; i < count; i += 2 * run) {
        size_t left = count - i;
        merge(positions.data() + i, left < run ? left : run, left < 2 * run ? left : 2 * run,
              merged.data() + i);
      }
      std::swap(positions, merged);
    }
    return true;
  }

 private:
  static constexpr size_t kRun = 8;

  void insert_each(uint32_t* items, size_t count) {
    for (size_t i = 1; i < count; i++) {
      uint32_t item = items[i];
      size_t at = i;
      for (; at > 0 && less_(item, items[at - 1]); at--) items[at] = items[at - 1];
      items[at] = item;
    }
  }
  // Two sorted runs, one before and one from `middle`, into one.
  void merge(const uint32_t* items, size_t middle, size_t count, uint32_t* out) {
    size_t first = 0;
    size_t second = middle;
    while (first < middle && second < count) {
      *out++ = less_(items[second], items[first]) ? items[second++] : items[first++];
    }
    while (first < middle) *out++ = items[first++];
    while (second < count) *out++ = items[second++];
  }

  Less less_;
};

}  // namespace

// Sorts the positions of the exports for find_export() and finds duplicates on the way. A sorted
// index, unlike a hash table, has no bad case that a hostile module could aim at.
Error ModuleReader::index_exports(Reader& in) {
  const Vector<Export>& exports = module_.exports_;
  Vector<uint32_t>& index = module_.export_index_;
  if (!index.resize(exports.size())) return in.out_of_memory();
  for (uint32_t i = 0; i < index.size(); i++) index[i] = i;
  Error stopped = Error::None;
  auto less = [&](uint32_t a, uint32_t b) {
    if (stopped == Error::None) stopped = item(in);
    return stopped == Error::None && export_name_less(exports[a].name, exports[b].name);
  };
  if (!PositionSorter(less).sort(index, module_.allocator())) return in.out_of_memory();
  WEMBED_CHECK(stopped);
  for (size_t i = 1; i < index.size(); i++) {
    if (exports[index[i - 1]].name == exports[index[i]].name) {
      return in.fail(Error::Invalid, "duplicate export name");
    }
  }
  return Error::None;
}

}  // namespace wembed
