// wasm_export.h: what a module imports and exports, and the types met there.
#include <algorithm>
#include <cstring>

#include "capi/conventions.h"
#include "capi/handles.h"
#include "capi/value_kind.h"
#include "isa/limits.h"

using namespace wembed;

namespace {

constexpr wasm_valkind_t kNoKind = 255;

uint32_t clamp32(uint64_t value) {
  return static_cast<uint32_t>(std::min<uint64_t>(value, UINT32_MAX));
}

// Sets the member of a wasm_import_t's or wasm_export_t's union.
template <class Target>
void set_type(Target& target, const Module& module, ExternKind kind, uint32_t index) {
  target.kind = static_cast<wasm_import_export_kind_t>(kind);
  switch (kind) {
    case ExternKind::Func: target.u.func_type = wrap(module.function_type(index)); break;
    case ExternKind::Table: target.u.table_type = wrap(&module.tables()[index].type); break;
    case ExternKind::Memory: target.u.memory_type = wrap(&module.memories()[index]); break;
    case ExternKind::Global: target.u.global_type = wrap(&module.globals()[index].type); break;
    case ExternKind::Tag: break;
  }
}

// Functions that other modules serve are not linked in WAMR's sense.
bool is_linked(const ModuleHandle& handle, size_t place, const char* module_name,
               const char* name) {
  const Import& import = handle.module().imports()[place];
  if (import.kind == ExternKind::Func) {
    return handle.links() != nullptr && handle.links()->find(import.index) != nullptr;
  }
  if (import.kind != ExternKind::Global) return false;
  return kWamrConventions.find_global(module_name, name) != nullptr ||
         (handle.module_links() != nullptr && handle.module_links()[place].module != nullptr);
}

wasm_valkind_t kind_at(std::span<const ValType> types, uint32_t index) {
  return index < types.size() ? value_kind(types[index]) : kNoKind;
}

}  // namespace

int32_t wasm_runtime_get_import_count(const wasm_module_t module) {
  if (module == nullptr) return -1;
  return static_cast<int32_t>(unwrap(module)->module().imports().size());
}

void wasm_runtime_get_import_type(const wasm_module_t module, int32_t import_index,
                                  wasm_import_t* import_type) {
  if (import_type == nullptr) return;
  std::memset(import_type, 0, sizeof(*import_type));
  if (import_index < 0 || import_index >= wasm_runtime_get_import_count(module)) return;
  ModuleHandle& handle = *unwrap(module);
  const Reflection* names = handle.reflection();
  if (names == nullptr) return;
  const Import& import = *names->imports[import_index];
  auto place = static_cast<size_t>(&import - handle.module().imports().data());
  import_type->module_name = names->import_modules[place];
  import_type->name = names->import_names[place];
  import_type->linked = is_linked(handle, place, import_type->module_name, import_type->name);
  set_type(*import_type, handle.module(), import.kind, import.index);
}

int32_t wasm_runtime_get_export_count(const wasm_module_t module) {
  if (module == nullptr) return -1;
  return static_cast<int32_t>(unwrap(module)->module().exports().size());
}

void wasm_runtime_get_export_type(const wasm_module_t module, int32_t export_index,
                                  wasm_export_t* export_type) {
  if (export_type == nullptr) return;
  std::memset(export_type, 0, sizeof(*export_type));
  if (export_index < 0 || export_index >= wasm_runtime_get_export_count(module)) return;
  ModuleHandle& handle = *unwrap(module);
  const Reflection* names = handle.reflection();
  if (names == nullptr) return;
  const Export& item = handle.module().exports()[export_index];
  export_type->name = names->export_names[export_index];
  set_type(*export_type, handle.module(), item.kind, item.index);
}

uint32_t wasm_func_type_get_param_count(const wasm_func_type_t func_type) {
  return func_type == nullptr ? 0 : unwrap(func_type)->param_count;
}

wasm_valkind_t wasm_func_type_get_param_valkind(const wasm_func_type_t func_type,
                                                uint32_t param_index) {
  return func_type == nullptr ? kNoKind : kind_at(unwrap(func_type)->params(), param_index);
}

uint32_t wasm_func_type_get_result_count(const wasm_func_type_t func_type) {
  return func_type == nullptr ? 0 : unwrap(func_type)->result_count;
}

wasm_valkind_t wasm_func_type_get_result_valkind(const wasm_func_type_t func_type,
                                                 uint32_t result_index) {
  return func_type == nullptr ? kNoKind : kind_at(unwrap(func_type)->results(), result_index);
}

wasm_valkind_t wasm_global_type_get_valkind(const wasm_global_type_t global_type) {
  return global_type == nullptr ? kNoKind : value_kind(unwrap(global_type)->type);
}

bool wasm_global_type_get_mutable(const wasm_global_type_t global_type) {
  return global_type != nullptr && unwrap(global_type)->is_mutable;
}

bool wasm_memory_type_get_shared(const wasm_memory_type_t memory_type) {
  return memory_type != nullptr && unwrap(memory_type)->limits.is_shared;
}

uint32_t wasm_memory_type_get_init_page_count(const wasm_memory_type_t memory_type) {
  return memory_type == nullptr ? 0 : clamp32(unwrap(memory_type)->limits.min);
}

uint32_t wasm_memory_type_get_max_page_count(const wasm_memory_type_t memory_type) {
  if (memory_type == nullptr) return 0;
  const Limits& limits = unwrap(memory_type)->limits;
  if (limits.has_max) return clamp32(limits.max);
  return clamp32(limits.is_64 ? kMaxMemory64Pages : kMaxMemory32Pages);
}

wasm_valkind_t wasm_table_type_get_elem_kind(const wasm_table_type_t table_type) {
  return table_type == nullptr ? kNoKind : value_kind(unwrap(table_type)->element);
}

bool wasm_table_type_get_shared(const wasm_table_type_t table_type) {
  return table_type != nullptr && unwrap(table_type)->limits.is_shared;
}

uint32_t wasm_table_type_get_init_size(const wasm_table_type_t table_type) {
  return table_type == nullptr ? 0 : clamp32(unwrap(table_type)->limits.min);
}

uint32_t wasm_table_type_get_max_size(const wasm_table_type_t table_type) {
  if (table_type == nullptr) return 0;
  const Limits& limits = unwrap(table_type)->limits;
  return limits.has_max ? clamp32(limits.max) : kMaxTableElements;
}
