// A module: the checked, immutable result of loading. Shared between instances and threads.
//
// It describes the bytes and points into them (names, bodies, segments); what it adds in memory
// stays far below a tenth of their size. Nothing here runs code.
//
// Whoever reads the bytes, names included, does so inside a ReadScope of source(); find_export()
// has one of its own. Views of them are good as long as the scope.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "base/allocator.h"
#include "base/error.h"
#include "base/poll.h"
#include "base/vector.h"
#include "isa/features.h"
#include "isa/types.h"
#include "module/bytes.h"
#include "module/data_segments.h"

namespace wembed {

class NameIndex;
class TypeRegistry;

// The order in which find_export() searches.
inline bool export_name_less(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return a.size() < b.size();
  return std::memcmp(a.data(), b.data(), a.size()) < 0;
}

struct Import {
  std::string_view module;
  std::string_view name;
  ExternKind kind = ExternKind::Func;
  // What is asked for, by kind: a type (Func, Tag), or an index into the module's tables,
  // memories, globals; imported ones come first in each index space.
  const TypeDef* type = nullptr;
  uint32_t index = 0;  // in the index space of its kind
};

struct Export {
  std::string_view name;
  ExternKind kind = ExternKind::Func;
  uint32_t index = 0;
};

// A function defined here: its type and where its body (locals and code) stands.
struct FunctionBody {
  uint32_t type : 24 = 0;       // index into types()
  uint32_t size_bytes : 8 = 0;  // taken by the body's size, in front of it
  uint32_t offset = 0;          // of the first byte after the body's size
};

struct GlobalDef {
  GlobalType type;
  ByteRange init;  // constant expression with its end; empty for imports
};

struct TableDef {
  TableType type;
  ByteRange init;  // empty: null elements
};

struct ElementSegment {
  SegmentMode mode = SegmentMode::Passive;
  bool has_expressions = false;  // items are constant expressions instead of function indices
  // They make objects: an instance computes them once, and keeps what they were until it drops
  // them.
  bool keeps_values = false;
  uint32_t table = 0;
  ValType type;
  uint32_t count = 0;
  ByteRange offset;  // constant expression, active only
  ByteRange items;   // `count` function indices (LEB128) or constant expressions
};

// Names as the host may want them: see names.h for the name section, read on demand.

class Module {
 public:
  // Decodes and validates everything the specification checks at load, function bodies included.
  // Takes the bytes (also when it fails: then they are released before it returns).
  // Null on failure; `diagnostic` says what and where. `poll` is asked while it goes on.
  static Module* load(Allocator& allocator, TypeRegistry& types, FeatureSet features,
                      ModuleBytes bytes, Diagnostic& diagnostic, const Poll& poll = {});

  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void release();  // the last one frees the module and its bytes

  [[nodiscard]] Allocator& allocator() const { return allocator_; }
  [[nodiscard]] TypeRegistry& registry() const { return registry_; }
  [[nodiscard]] FeatureSet features() const { return features_; }
  [[nodiscard]] const ByteSource& source() const { return source_; }
  [[nodiscard]] std::span<const uint8_t> bytes() const { return source_.view(); }
  [[nodiscard]] std::span<const uint8_t> slice(ByteRange range) const {
    return bytes().subspan(range.offset, range.size);
  }

  // The owner of borrowed bytes wants them back: a copy takes their place. Without memory for it
  // the bytes are lost, and what needs them fails. Any thread; the owner waits until it returns.
  void return_borrowed_bytes();

  [[nodiscard]] const TypeDef* type(uint32_t index) const { return types_[index]; }
  [[nodiscard]] std::span<const TypeDef* const> types() const { return types_.span(); }

  // Function index space: imports first.
  [[nodiscard]] uint32_t function_count() const {
    return imported_functions_ + static_cast<uint32_t>(bodies_.size());
  }
  [[nodiscard]] uint32_t imported_function_count() const { return imported_functions_; }
  [[nodiscard]] const TypeDef* function_type(uint32_t index) const {
    return index < imported_functions_ ? imported_function_types_[index]
                                       : types_[bodies_[index - imported_functions_].type];
  }
  // The body of a defined function: local declarations and code up to and including its end.
  [[nodiscard]] ByteRange body(uint32_t function_index) const;

  // Complete index spaces, imports first.
  [[nodiscard]] std::span<const TableDef> tables() const { return tables_.span(); }
  [[nodiscard]] std::span<const MemoryType> memories() const { return memories_.span(); }
  [[nodiscard]] std::span<const GlobalDef> globals() const { return globals_.span(); }
  [[nodiscard]] std::span<const TypeDef* const> tags() const { return tags_.span(); }
  [[nodiscard]] uint32_t imported_table_count() const { return imported_tables_; }
  [[nodiscard]] uint32_t imported_memory_count() const { return imported_memories_; }
  [[nodiscard]] uint32_t imported_global_count() const { return imported_globals_; }
  [[nodiscard]] uint32_t imported_tag_count() const { return imported_tags_; }

  [[nodiscard]] std::span<const Import> imports() const { return imports_.span(); }
  [[nodiscard]] std::span<const Export> exports() const { return exports_.span(); }
  // Null when there is none of that name, or the bytes are lost.
  [[nodiscard]] const Export* find_export(std::string_view name) const;
  // The same for whoever is inside a ReadScope and asks it.
  [[nodiscard]] const Export* read_export(std::string_view name) const;
  [[nodiscard]] DataSegments data() const { return DataSegments(data_.span()); }
  [[nodiscard]] std::span<const ElementSegment> elements() const { return elements_.span(); }
  [[nodiscard]] uint32_t start_function() const { return start_; }  // kNoFunction: none
  // Functions that ref.func may name inside bodies.
  [[nodiscard]] bool is_declared_reference(uint32_t function_index) const;
  // Whether a v128 can be anywhere: otherwise each value takes one slot.
  [[nodiscard]] bool has_vectors() const { return has_vectors_; }
  // Whether some body catches exceptions.
  [[nodiscard]] bool has_handlers() const { return has_handlers_; }
  // Whether some element segment keeps its values.
  [[nodiscard]] bool keeps_element_values() const { return keeps_element_values_; }
  // Whether function bodies may name data segments.
  [[nodiscard]] bool has_data_count() const { return has_data_count_; }

  // The name section's name of a function, else its import or export name; empty: none, or the
  // bytes are lost. Inside a ReadScope, of which the name is worth nothing once it is lost.
  [[nodiscard]] std::string_view function_name(uint32_t index) const;

  // What the runtime makes of this module once and keeps with it, by kind. It begins with one of
  // these and is freed by `drop` before the module goes.
  struct Attachment {
    void (*drop)(Attachment* self) = nullptr;
  };
  enum class Kept : uint8_t { Code, Images, Blueprint };
  static constexpr int kKeptKinds = 3;
  // Null: nothing of that kind yet. Any thread.
  [[nodiscard]] Attachment* kept(Kept kind) const {
    return kept_[static_cast<int>(kind)].load(std::memory_order_acquire);
  }
  // Keeps what was made; when another thread was faster that is dropped. What is kept.
  Attachment* keep(Kept kind, Attachment* made);

 private:
  friend class ModuleReader;
  Module(Allocator& allocator, TypeRegistry& registry, FeatureSet features, ModuleBytes bytes);
  ~Module();
  void move_names(const uint8_t* from, const uint8_t* to);

  Allocator& allocator_;
  TypeRegistry& registry_;
  FeatureSet features_;
  ModuleBytes bytes_;
  ByteSource source_;
  std::atomic<uint32_t> references_{1};

  Vector<const TypeDef*> types_;
  Vector<const TypeDef*> imported_function_types_;
  Vector<FunctionBody> bodies_;
  Vector<TableDef> tables_;
  Vector<MemoryType> memories_;
  Vector<GlobalDef> globals_;
  Vector<const TypeDef*> tags_;
  Vector<Import> imports_;
  Vector<Export> exports_;
  Vector<uint32_t> export_index_;  // positions in exports_ in the order of find_export's search
  Vector<PackedDataSegment> data_;
  Vector<ElementSegment> elements_;
  Vector<uint8_t> declared_;  // one bit per function
  uint32_t imported_functions_ = 0;
  uint32_t imported_tables_ = 0;
  uint32_t imported_memories_ = 0;
  uint32_t imported_globals_ = 0;
  uint32_t imported_tags_ = 0;
  uint32_t start_ = kNoFunction;
  uint32_t code_end_ = 0;    // offset behind the last body
  uint32_t data_count_ = 0;  // announced by the data count section
  bool has_data_count_ = false;
  bool has_vectors_ = false;
  bool has_handlers_ = false;
  bool keeps_element_values_ = false;
  mutable std::atomic<NameIndex*> names_{nullptr};  // made when a name is first asked for
  std::atomic<Attachment*> kept_[kKeptKinds] = {};
};

}  // namespace wembed
