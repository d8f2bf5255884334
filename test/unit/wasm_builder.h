// Builds wasm modules byte by byte for tests. Nothing is checked, so wrong ones can be built too.
//
//   WasmBuilder wasm;
//   uint32_t type = wasm.type({kI32}, {kI32});
//   uint32_t f = wasm.function(type, {0x20, 0, 0x0b});
//   wasm.export_as("f", ExternKind::Func, f);
//   std::vector<uint8_t> bytes = wasm.finish();
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "base/allocator.h"
#include "isa/types.h"
#include "module/module.h"
#include "module/type_registry.h"

namespace wembed {

class WasmBuilder {
 public:
  using Bytes = std::vector<uint8_t>;

  static void u32(Bytes& out, uint64_t value) {
    do {
      uint8_t byte = value & 0x7f;
      value >>= 7;
      out.push_back(static_cast<uint8_t>(byte | (value != 0 ? 0x80 : 0)));
    } while (value != 0);
  }
  static void s64(Bytes& out, int64_t value) {
    for (;;) {
      uint8_t byte = value & 0x7f;
      value >>= 7;
      bool done = (value == 0 && (byte & 0x40) == 0) || (value == -1 && (byte & 0x40) != 0);
      out.push_back(static_cast<uint8_t>(byte | (done ? 0 : 0x80)));
      if (done) return;
    }
  }
  static void append(Bytes& out, const Bytes& more) {
    out.insert(out.end(), more.begin(), more.end());
  }
  static void name(Bytes& out, std::string_view text) {
    u32(out, text.size());
    out.insert(out.end(), text.begin(), text.end());
  }
  // Numbers, v128 and nullable abstract references.
  static void value_type(Bytes& out, ValType type) {
    out.push_back(
        static_cast<uint8_t>(type.is_ref() ? static_cast<uint32_t>(type.heap()) : type.bits()));
  }
  // i32.const value, end
  static Bytes i32_const(int32_t value) {
    Bytes out{0x41};
    s64(out, value);
    out.push_back(0x0b);
    return out;
  }

  uint32_t type(std::initializer_list<ValType> params, std::initializer_list<ValType> results) {
    Bytes out{0x60};
    u32(out, params.size());
    for (ValType type : params) value_type(out, type);
    u32(out, results.size());
    for (ValType type : results) value_type(out, type);
    return item(1, out);
  }
  // A type definition written by the caller; `count` types of the index space.
  uint32_t raw_type(const Bytes& definition, uint32_t count = 1) {
    uint32_t first = types_;
    item(1, definition);
    types_ = first + count;
    return first;
  }

  uint32_t import_function(std::string_view module, std::string_view field, uint32_t type) {
    Bytes out;
    u32(out, type);
    import(module, field, ExternKind::Func, out);
    return imported_functions_++;
  }
  uint32_t import_global(std::string_view module, std::string_view field, ValType type,
                         bool is_mutable = false) {
    Bytes out;
    value_type(out, type);
    out.push_back(is_mutable);
    import(module, field, ExternKind::Global, out);
    return globals_++;
  }
  void import(std::string_view module, std::string_view field, ExternKind kind,
              const Bytes& description) {
    Bytes out;
    name(out, module);
    name(out, field);
    out.push_back(static_cast<uint8_t>(kind));
    append(out, description);
    item(2, out);
  }

  // `code` ends with its own 0x0b. Locals are (count, type) pairs.
  struct Locals {
    uint32_t count;
    ValType type;
  };
  uint32_t function(uint32_t type, const Bytes& code, std::initializer_list<Locals> locals = {}) {
    Bytes body;
    u32(body, locals.size());
    for (const Locals& run : locals) {
      u32(body, run.count);
      value_type(body, run.type);
    }
    append(body, code);
    return raw_function(type, body);
  }
  uint32_t raw_function(uint32_t type, const Bytes& body) {
    Bytes out;
    u32(out, type);
    uint32_t index = item(3, out);
    out.clear();
    u32(out, body.size());
    append(out, body);
    item(10, out);
    return imported_functions_ + index;
  }

  uint32_t table(ValType element, uint32_t min) {
    Bytes out;
    value_type(out, element);
    out.push_back(0);
    u32(out, min);
    return item(4, out);
  }
  uint32_t memory(uint32_t min) {
    Bytes out{0};
    u32(out, min);
    return item(5, out);
  }
  uint32_t memory(uint32_t min, uint32_t max) {
    Bytes out{1};
    u32(out, min);
    u32(out, max);
    return item(5, out);
  }
  uint32_t tag(uint32_t type) {
    Bytes out{0};
    u32(out, type);
    return item(13, out);
  }
  uint32_t global(ValType type, bool is_mutable, const Bytes& init) {
    Bytes out;
    value_type(out, type);
    out.push_back(is_mutable);
    append(out, init);
    item(6, out);
    return globals_++;
  }
  void export_as(std::string_view text, ExternKind kind, uint32_t index) {
    Bytes out;
    name(out, text);
    out.push_back(static_cast<uint8_t>(kind));
    u32(out, index);
    item(7, out);
  }
  void start(uint32_t function) { u32(sections_[8].bytes, function); }
  // Function indices, placed in table 0.
  void element(const Bytes& offset, std::initializer_list<uint32_t> functions) {
    Bytes out{0};
    append(out, offset);
    u32(out, functions.size());
    for (uint32_t index : functions) u32(out, index);
    item(9, out);
  }
  void raw_element(const Bytes& segment) { item(9, segment); }
  void data(const Bytes& offset, const Bytes& content) {
    Bytes out{0};
    append(out, offset);
    u32(out, content.size());
    append(out, content);
    item(11, out);
  }
  void passive_data(const Bytes& content) {
    Bytes out{1};
    u32(out, content.size());
    append(out, content);
    item(11, out);
  }
  void data_count(uint32_t count) { u32(sections_[12].bytes, count); }

  // Comes last in the module, in the order of the calls.
  void custom(std::string_view text, const Bytes& content) {
    Bytes section;
    name(section, text);
    append(section, content);
    raw_section(0, section);
  }
  void raw_section(uint8_t id, const Bytes& content) {
    tail_.push_back(id);
    u32(tail_, content.size());
    append(tail_, content);
  }

  [[nodiscard]] Bytes finish() const {
    constexpr uint8_t kOrder[] = {1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11};
    Bytes out{0, 'a', 's', 'm', 1, 0, 0, 0};
    for (uint8_t id : kOrder) {
      const Section& section = sections_[id];
      if (section.bytes.empty() && section.count == 0) continue;
      Bytes content;
      if (id != 8 && id != 12) u32(content, section.count);
      append(content, section.bytes);
      out.push_back(id);
      u32(out, content.size());
      append(out, content);
    }
    append(out, tail_);
    return out;
  }

 private:
  struct Section {
    uint32_t count = 0;
    Bytes bytes;
  };

  uint32_t item(uint8_t section, const Bytes& bytes) {
    append(sections_[section].bytes, bytes);
    if (section == 1) types_++;
    return sections_[section].count++;
  }

  Section sections_[14];
  Bytes tail_;
  uint32_t types_ = 0;
  uint32_t imported_functions_ = 0;
  uint32_t globals_ = 0;
};

// Loads bytes that the caller keeps.
inline Module* load_module(Allocator& allocator, TypeRegistry& types,
                           const std::vector<uint8_t>& bytes, Diagnostic& diagnostic,
                           FeatureSet features = 0) {
  return Module::load(allocator, types, features,
                      ModuleBytes(bytes.data(), bytes.size(), nullptr, nullptr), diagnostic);
}

}  // namespace wembed
