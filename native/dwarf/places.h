// From addresses of code to places in source files. Units are read when an address of theirs is
// first asked for, and kept.
#pragma once

#include "dwarf/code_map.h"

namespace wembed::dwarf {

// One level of a place: a function, and where in a source file it is at, or calls what is inlined.
struct Place {
  const CodeMap* map;    // whose spaces these are
  const char* function;  // null: not known
  const char* linkage_name;
  uint32_t space;
  SourceFile file;
  const char* directory;  // of the unit
  uint32_t line, column;  // 0: not known
  bool is_inlined;
  bool is_near;  // the line is that of code before
};

class Places {
 public:
  Places(Allocator& allocator, const DebugInfo& info)
      : allocator_(allocator), info_(info), units_(allocator), ranges_(allocator) {}
  Places(const Places&) = delete;
  Places& operator=(const Places&) = delete;
  ~Places();

  // What the code at an address was made from, the innermost first: with `visit` for each. False:
  // no memory, or the work has an error. Nothing is visited when nothing is known.
  using Visit = void (*)(void* context, const Place& place);
  [[nodiscard]] bool find(uint64_t address, Work& work, Visit visit, void* context);

 private:
  struct UnitRange {
    uint64_t low, high;
    uint32_t unit;
  };
  bool index_units(Work& work);
  uint32_t unit_at(uint64_t address) const;
  const CodeMap* map_of(uint32_t unit, Work& work);
  bool name(const CodeMap& map, const CodeScope& scope, Place& place, Work& work);

  Allocator& allocator_;
  const DebugInfo& info_;
  Vector<CodeMap*> units_;  // by number; null: not read yet
  Vector<UnitRange> ranges_;
  bool is_indexed_ = false;
};

}  // namespace wembed::dwarf
