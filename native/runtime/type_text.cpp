// Text of types, for messages and for hosts.
#include "runtime/type_text.h"

#include <cinttypes>
#include <cstdarg>
#include <cstdio>

#include "module/names.h"

namespace wembed {

void TextBuffer::add(const char* format, ...) {
  size_t at = size_ < capacity_ ? size_ : capacity_;
  va_list args;
  va_start(args, format);
  int length = std::vsnprintf(at < capacity_ ? text_ + at : nullptr, capacity_ - at, format, args);
  va_end(args);
  if (length > 0) size_ += static_cast<size_t>(length);
}

namespace {

const char* heap_name(HeapType heap) {
  switch (heap) {
    case HeapType::Exn: return "exn";
    case HeapType::Array: return "array";
    case HeapType::Struct: return "struct";
    case HeapType::I31: return "i31";
    case HeapType::Eq: return "eq";
    case HeapType::Any: return "any";
    case HeapType::Extern: return "extern";
    case HeapType::Func: return "func";
    case HeapType::None: return "none";
    case HeapType::NoExtern: return "noextern";
    case HeapType::NoFunc: return "nofunc";
    case HeapType::NoExn: return "noexn";
  }
  return "?";
}

const char* number_name(ValType type) {
  if (type == kI32) return "i32";
  if (type == kI64) return "i64";
  if (type == kF32) return "f32";
  if (type == kF64) return "f64";
  if (type == kV128) return "v128";
  if (type == kI8) return "i8";
  if (type == kI16) return "i16";
  return "?";
}

// "$point", "type 3". A name takes a look through the module: not where nobody would see it.
void add_type_name(TextBuffer& out, uint32_t id, const Module* module) {
  const auto types =
      module == nullptr || out.is_full() ? std::span<const TypeDef* const>() : module->types();
  uint32_t index = 0;
  while (index < types.size() && types[index]->id != id) index++;
  if (index == types.size()) return out.add("type %u", id);
  const ReadScope scope(module->source());
  char name[128] = {};
  if (!scope.lost()) {
    const std::string_view text = find_name(*module, NameKind::Type, index);
    std::snprintf(name, sizeof name, "%.*s", static_cast<int>(text.size()), text.data());
  }
  if (name[0] == 0 || scope.lost()) return out.add("type %u", index);
  out.add("$%s", name);
}

void add_list(TextBuffer& out, std::span<const ValType> types, const Module* module) {
  out.add("(");
  for (size_t i = 0; i < types.size(); i++) {
    if (i > 0) out.add(", ");
    add_value_type(out, types[i], module);
  }
  out.add(")");
}

void add_extern_type(TextBuffer& out, const Module& module, ExternKind kind, uint32_t index) {
  switch (kind) {
    case ExternKind::Func: return add_function_type(out, module.function_type(index), &module);
    case ExternKind::Table: return add_table_type(out, module.tables()[index].type, &module);
    case ExternKind::Memory: return add_memory_type(out, module.memories()[index]);
    case ExternKind::Global: return add_global_type(out, module.globals()[index].type, &module);
    case ExternKind::Tag: return add_tag_type(out, module.tags()[index], &module);
  }
}

}  // namespace

void add_value_type(TextBuffer& out, ValType type, const Module* module) {
  if (!type.is_ref()) {
    out.add("%s", number_name(type));
  } else if (type.is_concrete()) {
    out.add("(ref %s", type.is_nullable() ? "null " : "");
    add_type_name(out, type.type_id(), module);
    out.add(")");
  } else if (type.is_nullable()) {
    out.add("%sref", heap_name(type.heap()));
  } else {
    out.add("(ref %s)", heap_name(type.heap()));
  }
}

void add_function_type(TextBuffer& out, const TypeDef* type, const Module* module) {
  add_list(out, type->params(), module);
  out.add(" -> ");
  add_list(out, type->results(), module);
}

void add_tag_type(TextBuffer& out, const TypeDef* type, const Module* module) {
  out.add("tag ");
  add_list(out, type->params(), module);
}

void add_limits(TextBuffer& out, const Limits& limits) {
  if (limits.is_64) out.add("i64 ");
  out.add("%" PRIu64, limits.min);
  if (limits.has_max) out.add(" %" PRIu64, limits.max);
  if (limits.is_shared) out.add(" shared");
}

void add_table_type(TextBuffer& out, const TableType& type, const Module* module) {
  out.add("table ");
  add_limits(out, type.limits);
  out.add(" ");
  add_value_type(out, type.element, module);
}

void add_memory_type(TextBuffer& out, const MemoryType& type) {
  out.add("memory ");
  add_limits(out, type.limits);
  if (type.page_size != 65536) out.add(" (pagesize %" PRIu32 ")", type.page_size);
}

void add_global_type(TextBuffer& out, const GlobalType& type, const Module* module) {
  out.add(type.is_mutable ? "global mut " : "global ");
  add_value_type(out, type.type, module);
}

const char* extern_kind_name(ExternKind kind) {
  switch (kind) {
    case ExternKind::Func: return "function";
    case ExternKind::Table: return "table";
    case ExternKind::Memory: return "memory";
    case ExternKind::Global: return "global";
    case ExternKind::Tag: return "tag";
  }
  return "?";
}

ImportNames::ImportNames(const Module& module, const Import& import) {
  const ReadScope scope(module.source());
  if (!scope.lost()) {
    std::snprintf(text, sizeof(text), "(%.*s, %.*s)", static_cast<int>(import.module.size()),
                  import.module.data(), static_cast<int>(import.name.size()), import.name.data());
  }
  if (scope.lost()) std::snprintf(text, sizeof(text), "(lost)");
}

void add_import_type(TextBuffer& out, const Module& module, const Import& import) {
  add_extern_type(out, module, import.kind, import.index);
}

void add_export_type(TextBuffer& out, const Module& module, const Export& item) {
  add_extern_type(out, module, item.kind, item.index);
}

}  // namespace wembed
