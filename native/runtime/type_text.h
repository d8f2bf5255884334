// Types as people read them, e.g. "(i32, f64) -> (i32)".
#pragma once

#include <cstddef>
#include <cstdint>

#include "isa/types.h"
#include "module/module.h"

namespace wembed {

// Collects text in a buffer of fixed size; what does not fit is counted but not kept.
class TextBuffer {
 public:
  TextBuffer(char* text, size_t capacity) : text_(text), capacity_(capacity) {
    if (capacity_ > 0) text_[0] = 0;
  }
  void add(const char* format, ...) __attribute__((format(printf, 2, 3)));
  [[nodiscard]] size_t size() const { return size_; }  // of the whole text
  [[nodiscard]] bool is_full() const { return size_ >= capacity_; }

 private:
  char* text_;
  size_t capacity_;
  size_t size_ = 0;
};

// Types that a module defines go by the name that `module` has for them, or by their number in it;
// without a module, by a number that means nothing outside of this runtime.
void add_value_type(TextBuffer& out, ValType type, const Module* module = nullptr);
void add_function_type(TextBuffer& out, const TypeDef* type, const Module* module = nullptr);
void add_tag_type(TextBuffer& out, const TypeDef* type, const Module* module = nullptr);
void add_limits(TextBuffer& out, const Limits& limits);
void add_table_type(TextBuffer& out, const TableType& type, const Module* module = nullptr);
void add_memory_type(TextBuffer& out, const MemoryType& type);
void add_global_type(TextBuffer& out, const GlobalType& type, const Module* module = nullptr);

// "func", "table", ...
const char* extern_kind_name(ExternKind kind);

// "(module, name)", copied: to be told after the module's bytes have been read.
struct ImportNames {
  ImportNames(const Module& module, const Import& import);
  char text[768] = {};
};

// The type of what a module imports or exports.
void add_import_type(TextBuffer& out, const Module& module, const Import& import);
void add_export_type(TextBuffer& out, const Module& module, const Export& item);

}  // namespace wembed
