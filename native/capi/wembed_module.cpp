// wembed.h: modules and what they import and export.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstring>

#include "capi/handles.h"
#include "capi/load_module.h"
#include "capi/refusal.h"
#include "capi/wembed_error.h"
#include "runtime/type_text.h"
#include "runtime/work_limits.h"

using namespace wembed;

namespace {

uint32_t size32(size_t size) { return static_cast<uint32_t>(size); }

// The bytes by the ownership asked for. False: they could not be copied.
bool own_bytes(Runtime& runtime, const wembed_source_t& source, ModuleBytes& bytes,
               Diagnostic& diagnostic) {
  switch (source.ownership) {
    case WEMBED_BYTES_BORROW:
      bytes = ModuleBytes(source.bytes, source.length, nullptr, nullptr, BytesKind::Borrowed);
      return true;
    case WEMBED_BYTES_TAKE:
      bytes = ModuleBytes(source.bytes, source.length, source.release, source.release_context,
                          BytesKind::Foreign);
      return true;
    default: return copy_bytes(runtime, source.bytes, source.length, bytes, diagnostic);
  }
}

// `asked` is what is known of the source.
Refusal refuse_source(const wembed_source_t* source, size_t least, const wembed_source_t& asked) {
  if (source == nullptr) return refuse("the source is NULL");
  if (Refusal refusal = refuse_structure(source, "the source", least)) return refusal;
  if (asked.ownership > WEMBED_BYTES_TAKE) {
    return refuse("there is no ownership %u", asked.ownership);
  }
  if (asked.bytes == nullptr && asked.length > 0) {
    return refuse("length is %zu, but bytes is NULL", asked.length);
  }
  if (asked.path != nullptr && asked.bytes != nullptr)
    return refuse("both bytes and path are given");
  return {};
}

void release_taken(const wembed_source_t& source) {
  if (source.ownership != WEMBED_BYTES_TAKE || source.release == nullptr) return;
  source.release(source.release_context, source.bytes, source.length);
}

void set_type(wembed_extern_type_t& type, const Module& module, ExternKind kind, uint32_t index) {
  type.kind = static_cast<uint32_t>(kind);
  switch (kind) {
    case ExternKind::Func: type.u.func_type = wrap(module.function_type(index)); break;
    case ExternKind::Table: type.u.table_type = wrap(&module.tables()[index].type); break;
    case ExternKind::Memory: type.u.memory_type = wrap(&module.memories()[index]); break;
    case ExternKind::Global: type.u.global_type = wrap(&module.globals()[index].type); break;
    case ExternKind::Tag: type.u.func_type = wrap(module.tags()[index]); break;
  }
}

const Module* module_of(wasm_module_t module) {
  return module == nullptr ? nullptr : &unwrap(module)->module();
}

}  // namespace

WEMBED_API wasm_module_t wembed_load(wembed_runtime_t runtime_handle, const wembed_source_t* source,
                                     wembed_error_t* error) {
  clear_error(error);
  Runtime* runtime = runtime_of(unwrap(runtime_handle));
  constexpr size_t kLeast = offsetof(wembed_source_t, deadline_ms);
  bool is_known = source != nullptr && source->size >= kLeast;
  // A copy: nothing of the caller's is looked at once it may have been released with the bytes.
  wembed_source_t asked = {};
  if (is_known) std::memcpy(&asked, source, std::min<size_t>(source->size, sizeof(asked)));
  Refusal refusal = refuse_source(source, kLeast, asked);
  if (!refusal && runtime == nullptr) refusal = refuse("the runtime is not initialized");
  if (refusal) {
    // Bytes that were to be taken are released all the same.
    release_taken(asked);
    fill_usage_error(error, refusal.text);
    return nullptr;
  }
  WorkLimits limits(*runtime, asked.deadline_ms, unwrap(asked.stop));
  const FeatureSet features = kImplementedFeatures & ~static_cast<FeatureSet>(asked.features_off);
  if (asked.path != nullptr) {
    return wrap(load_file(*runtime, asked.path, asked.name, limits.poll(), features, error));
  }
  char name[sizeof(error->module_name)];
  std::snprintf(name, sizeof(name), "%s", asked.name == nullptr ? "" : asked.name);
  bool is_copied = asked.ownership == WEMBED_BYTES_COPY;
  ModuleBytes bytes;
  char function_name[kFunctionNameBytes] = "";
  Diagnostic diagnostic;
  diagnostic.function_name = error == nullptr ? nullptr : function_name;
  ModuleHandle* handle = nullptr;
  if (own_bytes(*runtime, asked, bytes, diagnostic)) {
    handle = load_module(*runtime, std::move(bytes), asked.name, true, diagnostic, limits.poll(),
                         features);
  }
  if (handle == nullptr) {
    fill_error(error, diagnostic, nullptr, name);
    return nullptr;
  }
  handle->is_freeable = is_copied;
  return wrap(handle);
}

WEMBED_API uint32_t wembed_module_import_count(wasm_module_t module) {
  return module == nullptr ? 0 : size32(module_of(module)->imports().size());
}

WEMBED_API bool wembed_module_import(wasm_module_t handle, uint32_t index,
                                     wembed_extern_type_t* type) {
  const Module* module = module_of(handle);
  if (module == nullptr || type == nullptr || index >= module->imports().size()) return false;
  const Reflection* names = unwrap(handle)->reflection();
  if (names == nullptr) return false;
  const Import& import = module->imports()[index];
  *type = {};
  type->module_name = names->import_modules[index];
  type->module_name_length = size32(import.module.size());
  type->name = names->import_names[index];
  type->name_length = size32(import.name.size());
  set_type(*type, *module, import.kind, import.index);
  return true;
}

WEMBED_API uint32_t wembed_module_export_count(wasm_module_t module) {
  return module == nullptr ? 0 : size32(module_of(module)->exports().size());
}

WEMBED_API bool wembed_module_export(wasm_module_t handle, uint32_t index,
                                     wembed_extern_type_t* type) {
  const Module* module = module_of(handle);
  if (module == nullptr || type == nullptr || index >= module->exports().size()) return false;
  const Reflection* names = unwrap(handle)->reflection();
  if (names == nullptr) return false;
  const Export& item = module->exports()[index];
  *type = {};
  type->name = names->export_names[index];
  type->name_length = size32(item.name.size());
  set_type(*type, *module, item.kind, item.index);
  return true;
}

WEMBED_API bool wembed_memory_type_is_64(wasm_memory_type_t type) {
  return type != nullptr && unwrap(type)->limits.is_64;
}

WEMBED_API uint32_t wembed_memory_type_page_size(wasm_memory_type_t type) {
  return type == nullptr ? 0 : unwrap(type)->page_size;
}

WEMBED_API bool wembed_table_type_is_64(wasm_table_type_t type) {
  return type != nullptr && unwrap(type)->limits.is_64;
}

WEMBED_API uint32_t wembed_extern_type_text(const wembed_extern_type_t* type, char* text,
                                            uint32_t capacity) {
  TextBuffer out(text, text == nullptr ? 0 : capacity);
  if (type == nullptr) return 0;
  switch (type->kind) {
    case WEMBED_EXTERN_FUNC: add_function_type(out, unwrap(type->u.func_type)); break;
    case WEMBED_EXTERN_TAG: add_tag_type(out, unwrap(type->u.func_type)); break;
    case WEMBED_EXTERN_TABLE: add_table_type(out, *unwrap(type->u.table_type)); break;
    case WEMBED_EXTERN_MEMORY: add_memory_type(out, *unwrap(type->u.memory_type)); break;
    case WEMBED_EXTERN_GLOBAL: add_global_type(out, *unwrap(type->u.global_type)); break;
    default: break;
  }
  return size32(out.size());
}

WEMBED_API bool wembed_module_custom_section(wasm_module_t handle, uint32_t index,
                                             const char** name, uint32_t* name_length,
                                             const uint8_t** bytes, uint32_t* length) {
  const SectionTable* sections = handle == nullptr ? nullptr : unwrap(handle)->sections();
  const Module* module = module_of(handle);
  if (sections == nullptr || index >= sections->count || module->source().is_lost()) return false;
  const SectionTable::Entry& section = sections->entries[index];
  auto content = module->slice(section.bytes);
  if (name != nullptr) *name = section.name;
  if (name_length != nullptr) *name_length = section.name_length;
  if (bytes != nullptr) *bytes = content.data();
  if (length != nullptr) *length = size32(content.size());
  return true;
}

WEMBED_API bool wembed_module_bytes_lost(wasm_module_t handle) {
  return handle != nullptr && module_of(handle)->source().is_lost();
}

WEMBED_API bool wembed_module_copy_section(wasm_module_t handle, uint32_t index, uint8_t* buffer,
                                           uint32_t capacity) {
  const SectionTable* sections = handle == nullptr ? nullptr : unwrap(handle)->sections();
  if (sections == nullptr || index >= sections->count) return false;
  const Module* module = module_of(handle);
  ByteRange range = sections->entries[index].bytes;
  if (capacity < range.size || (buffer == nullptr && range.size > 0)) return false;
  const ReadScope scope(module->source());
  if (scope.lost()) return false;
  if (range.size > 0) std::memcpy(buffer, module->slice(range).data(), range.size);
  return !scope.lost();
}
