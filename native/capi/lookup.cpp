// wasm_export.h: exports of an instance.
#include <algorithm>
#include <cstring>
#include <string_view>

#include "capi/embedder_runtime.h"
#include "capi/handles.h"
#include "capi/module_handle.h"
#include "capi/module_registry.h"
#include "capi/value_kind.h"
#include "runtime/instance_cold.h"

using namespace wembed;

namespace {

// The export of that name and kind; null: there is none.
const Export* find(const Instance* instance, const char* name, ExternKind kind) {
  if (instance == nullptr || name == nullptr) return nullptr;
  const Export* item = instance->module->find_export(name);
  return item != nullptr && item->kind == kind ? item : nullptr;
}

// Of "$MODULE$FUNCTION", an export of a module that the instance's is linked to; null: it is no
// such name, or there is none.
Function* find_in_parts(const Instance& root, const char* name) {
  const char* border = *name == '$' ? std::strchr(name + 1, '$') : nullptr;
  if (border == nullptr) return nullptr;
  const std::string_view wanted(name + 1, static_cast<size_t>(border - name - 1));
  for (Instance* part = root.cold->next_part; part != nullptr; part = part->cold->next_part) {
    const auto* module = static_cast<const ModuleHandle*>(part->cold->host_module.object);
    const char* known = default_modules().name_of(*module);
    if (known == nullptr || wanted != known) continue;
    const Export* item = find(part, border + 1, ExternKind::Func);
    return item == nullptr ? nullptr : part->function(item->index);
  }
  return nullptr;
}

void fill_kinds(std::span<const ValType> types, wasm_valkind_t* kinds) {
  if (kinds == nullptr) return;
  std::transform(types.begin(), types.end(), kinds, value_kind);
}

uint32_t clamp32(uint64_t value) {
  return static_cast<uint32_t>(std::min<uint64_t>(value, UINT32_MAX));
}

}  // namespace

wasm_function_inst_t wasm_runtime_lookup_function(const wasm_module_inst_t module_inst,
                                                  const char* name) {
  if (module_inst == nullptr || name == nullptr) return nullptr;
  const Export* item = find(unwrap(module_inst), name, ExternKind::Func);
  if (item != nullptr) return wrap_function(unwrap(module_inst)->function(item->index));
  return wrap_function(find_in_parts(*unwrap(module_inst), name));
}

bool wasm_runtime_get_export_global_inst(const wasm_module_inst_t module_inst, const char* name,
                                         wasm_global_inst_t* global_inst) {
  const Export* item = find(unwrap(module_inst), name, ExternKind::Global);
  if (item == nullptr || global_inst == nullptr) return false;
  Instance& instance = *unwrap(module_inst);
  const GlobalType& type = instance.module->globals()[item->index].type;
  global_inst->kind = value_kind(type.type);
  global_inst->is_mutable = type.is_mutable;
  global_inst->global_data = instance.global(item->index)->slots;
  return true;
}

bool wasm_runtime_get_export_table_inst(const wasm_module_inst_t module_inst, const char* name,
                                        wasm_table_inst_t* table_inst) {
  const Export* item = find(unwrap(module_inst), name, ExternKind::Table);
  if (item == nullptr || table_inst == nullptr) return false;
  Table* table = unwrap(module_inst)->tables[item->index];
  table_inst->elem_kind = value_kind(table->type.element);
  table_inst->cur_size = clamp32(table->length());
  table_inst->max_size = clamp32(table->max);
  table_inst->elems = table;
  return true;
}

wasm_function_inst_t wasm_table_get_func_inst(const wasm_module_inst_t,
                                              const wasm_table_inst_t* table_inst, uint32_t idx) {
  if (table_inst == nullptr || table_inst->elems == nullptr) return nullptr;
  Table& table = *static_cast<Table*>(table_inst->elems);
  bool holds_functions = value_kind(table.type.element) == WASM_FUNCREF;
  Slot element = 0;
  if (!holds_functions || idx >= table_inst->cur_size || table.get(idx, element) != Trap::None) {
    return nullptr;
  }
  return wrap_function(reinterpret_cast<Function*>(static_cast<uintptr_t>(element)));
}

uint32_t wasm_func_get_param_count(const wasm_function_inst_t func_inst, const wasm_module_inst_t) {
  return func_inst == nullptr ? 0 : unwrap_function(func_inst)->type->param_count;
}

uint32_t wasm_func_get_result_count(const wasm_function_inst_t func_inst,
                                    const wasm_module_inst_t) {
  return func_inst == nullptr ? 0 : unwrap_function(func_inst)->type->result_count;
}

void wasm_func_get_param_types(const wasm_function_inst_t func_inst, const wasm_module_inst_t,
                               wasm_valkind_t* param_types) {
  if (func_inst != nullptr) fill_kinds(unwrap_function(func_inst)->type->params(), param_types);
}

void wasm_func_get_result_types(const wasm_function_inst_t func_inst, const wasm_module_inst_t,
                                wasm_valkind_t* result_types) {
  if (func_inst != nullptr) fill_kinds(unwrap_function(func_inst)->type->results(), result_types);
}
