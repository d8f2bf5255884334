#include "wasm_c_api/tiny_module.h"

#include <cstring>

#include "wasm_c_api/memory.h"

namespace wembed::c_api {

namespace {

// Bytes of a module; the longest has a function type of a few thousand kinds. Counts first when
// there is nothing to write to.
class Writer {
 public:
  explicit Writer(uint8_t* at) : at_(at) {}
  void byte(uint8_t value) {
    if (at_ != nullptr) at_[size_] = value;
    size_++;
  }
  void number(uint32_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<uint8_t>(value | 0x80));
    byte(static_cast<uint8_t>(value));
  }
  // Sections' lengths are written in five bytes, before they are known.
  size_t begin_section(uint8_t id) {
    byte(id);
    size_ += 5;
    return size_;
  }
  void end_section(size_t begin) {
    if (at_ == nullptr) return;
    auto length = static_cast<uint32_t>(size_ - begin);
    for (int i = 0; i < 5; i++, length >>= 7) {
      at_[begin - 5 + i] = static_cast<uint8_t>((length & 0x7f) | (i < 4 ? 0x80 : 0));
    }
  }
  [[nodiscard]] size_t size() const { return size_; }

 private:
  uint8_t* at_;
  size_t size_ = 0;
};

uint8_t code_of(wasm_valkind_t kind) {
  switch (kind) {
    case WASM_I32: return 0x7f;
    case WASM_I64: return 0x7e;
    case WASM_F32: return 0x7d;
    case WASM_F64: return 0x7c;
    case WASM_V128: return 0x7b;
    case WASM_FUNCREF: return 0x70;
    default: return 0x6f;
  }
}

void write_kinds(Writer& out, const wasm_valtype_vec_t& types) {
  out.number(static_cast<uint32_t>(types.num_elems));
  for (size_t i = 0; i < types.num_elems; i++) out.byte(code_of(types.data[i]->kind));
}

void write_limits(Writer& out, const wasm_limits_t& limits) {
  bool has_maximum = limits.max != wasm_limits_max_default;
  out.byte(has_maximum ? 1 : 0);
  out.number(limits.min);
  if (has_maximum) out.number(limits.max);
}

// The kind's number in the binary format, and the rest of an import's description.
uint8_t binary_kind(const wasm_externtype_t& type) {
  switch (type.kind) {
    case WASM_EXTERN_FUNC: return 0;
    case WASM_EXTERN_TABLE: return 1;
    case WASM_EXTERN_MEMORY: return 2;
    default: return 3;
  }
}

void write_description(Writer& out, const wasm_externtype_t& type) {
  switch (type.kind) {
    case WASM_EXTERN_FUNC: return out.number(0);
    case WASM_EXTERN_TABLE: {
      const auto& table = static_cast<const wasm_tabletype_t&>(type);
      out.byte(code_of(table.element->kind));
      return write_limits(out, table.limits);
    }
    case WASM_EXTERN_MEMORY:
      return write_limits(out, static_cast<const wasm_memorytype_t&>(type).limits);
    default: {
      const auto& global = static_cast<const wasm_globaltype_t&>(type);
      out.byte(code_of(global.content->kind));
      return out.byte(global.mutability);
    }
  }
}

void write_module(Writer& out, const wasm_externtype_t& type) {
  for (char byte : {'\0', 'a', 's', 'm', '\1', '\0', '\0', '\0'}) {
    out.byte(static_cast<uint8_t>(byte));
  }
  if (type.kind == WASM_EXTERN_FUNC) {
    const auto& function = static_cast<const wasm_functype_t&>(type);
    size_t types = out.begin_section(1);
    out.number(1);
    out.byte(0x60);
    write_kinds(out, function.params);
    write_kinds(out, function.results);
    out.end_section(types);
  }
  size_t imports = out.begin_section(2);
  for (int i = 0; i < 3; i++) out.byte(i == 0 ? 1 : 0);  // one, with empty names
  out.byte(binary_kind(type));
  write_description(out, type);
  out.end_section(imports);
  size_t exports = out.begin_section(7);
  out.number(1);
  out.number(0);
  out.byte(binary_kind(type));
  out.number(0);
  out.end_section(exports);
}

wasm_module_t load(const wasm_externtype_t& type) {
  Writer measure(nullptr);
  write_module(measure, type);
  Scratch<uint8_t, 256> bytes(measure.size());
  if (bytes.get() == nullptr) return nullptr;
  Writer out(bytes.get());
  write_module(out, type);
  wembed_source_t source = {};
  source.size = sizeof source;
  source.ownership = WEMBED_BYTES_COPY;
  source.bytes = bytes.get();
  source.length = out.size();
  return wembed_load(nullptr, &source, nullptr);
}

}  // namespace

wasm_instance_t* tiny_instance(wasm_store_t& store, const wasm_externtype_t& type,
                               wembed_import_t import) {
  if (store.is_closed) return nullptr;
  auto* instance = create<wasm_instance_t>(wasm_ref_t{RefKind::Instance, &store});
  if (instance == nullptr) return nullptr;
  wembed_instantiate_options_t options = {};
  options.size = sizeof options;
  options.strict = true;
  if (import.source == WEMBED_IMPORT_CALLBACK) import.data = instance;
  options.imports = &import;
  options.import_count = 1;
  options.stack_size = KILOBYTE(32);
  options.custom_data = instance;
  wasm_module_t module = load(type);
  if (module != nullptr) {
    instance->native = wembed_instantiate(module, &options, nullptr);
    wasm_runtime_unload(module);  // its instance keeps what it needs
  }
  if (instance->native == nullptr) {
    destroy(instance);
    return nullptr;
  }
  retain(&store);
  enlist(store.alive, *instance);
  return instance;
}

}  // namespace wembed::c_api
