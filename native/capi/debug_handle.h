// What wembed_debug_t points to: the information of some files, and what was read of it.
#pragma once

#include <mutex>
#include <string_view>

#include "dwarf/places.h"
#include "dwarf/symbols.h"
#include "runtime/runtime.h"
#include "wembed_debug.h"

namespace wembed {

class DebugHandle {
 public:
  DebugHandle(Allocator& allocator, Runtime& its_runtime)
      : runtime(its_runtime),
        info(allocator),
        symbols(allocator),
        places_(allocator, info),
        names_(allocator) {}

  Runtime& runtime;

  dwarf::DebugInfo info;
  dwarf::Symbols symbols;
  bool is_read = false;  // the symbols

  // Any thread.
  uint32_t places(uint64_t address, wembed_debug_place_t* places, uint32_t capacity);
  // A source file by its number in a unit's table. Any thread.
  dwarf::SourceFile file(uint32_t unit, uint32_t number);

 private:
  std::mutex mutex_;
  dwarf::Places places_;
  dwarf::LineTable names_;  // of one unit: declarations of one come after each other
  uint32_t named_unit_ = dwarf::kNoUnit;
};

inline DebugHandle* unwrap(wembed_debug_t debug) { return reinterpret_cast<DebugHandle*>(debug); }
inline wembed_debug_t wrap(DebugHandle* debug) { return reinterpret_cast<wembed_debug_t>(debug); }

// Text of the program's, cut to fit between characters. Returns its length before that.
class DebugText {
 public:
  DebugText(char* text, uint32_t capacity)
      : text_(text), capacity_(text == nullptr ? 0 : capacity) {
    if (capacity_ > 0) text_[0] = 0;
  }
  void add(std::string_view more);
  [[nodiscard]] uint32_t size() const { return size_; }

 private:
  char* text_;
  uint32_t capacity_;
  uint32_t size_ = 0;
  bool is_cut_ = false;
};

// A text of `info`'s bytes, which ends with them at the latest.
std::string_view bounded_text(const dwarf::DebugInfo& info, const char* text);
void add_path(DebugText& out, const dwarf::DebugInfo& info, const char* directory,
              const dwarf::SourceFile& file);

}  // namespace wembed
