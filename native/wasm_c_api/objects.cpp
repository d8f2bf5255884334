// wasm_c_api.h: globals, tables and memories.
#include "wasm_c_api/internals.h"
#include "wasm_c_api/reference.h"
#include "wasm_c_api/tiny_module.h"
#include "wasm_c_api/value.h"

using namespace wembed::c_api;

namespace {

// Null: it stands for an import, or its store is gone.
wasm_module_inst_t native_of(const wasm_extern_t* object) {
  return object == nullptr || object->home == nullptr ? nullptr : object->home->native;
}

template <class Handle> Handle* new_object(wasm_store_t* store, const wasm_externtype_t& type,
                                           const wembed_import_t& import) {
  wasm_instance_t* instance = tiny_instance(*store, type, import);
  return instance == nullptr ? nullptr : static_cast<Handle*>(export_handle(instance, 0));
}

wembed_import_t fresh() {
  wembed_import_t import = {};
  import.source = WEMBED_IMPORT_FRESH;
  return import;
}

wasm_valkind_t element_kind(const wasm_table_t& table) {
  wembed_extern_type_t type;
  wasm_module_t module = wasm_runtime_get_module(native_of(&table));
  return wembed_module_export(module, table.export_index, &type)
             ? wasm_table_type_get_elem_kind(type.u.table_type)
             : wasm_valkind_t{WASM_EXTERNREF};
}

// In a table of the host's pointers a reference is one.
bool element_slot(wasm_valkind_t kind, wasm_ref_t* reference, uint64_t& slot) {
  wasm_val_t value = {};
  value.kind = kind;
  value.of.ref = reference;
  return to_slot(value, kind, slot);
}

// A reference that was stored is the table's.
void take(wasm_valkind_t kind, wasm_ref_t* reference) {
  if (kind == WASM_FUNCREF) wasm_ref_delete(reference);
}

wasm_memory_inst_t memory_of(const wasm_memory_t* memory) {
  wasm_module_inst_t native = native_of(memory);
  return native == nullptr ? nullptr : wembed_instance_memory(native, memory->export_index);
}

}  // namespace

// ---- globals ------------------------------------------------------------------------------------

wasm_global_t* wasm_global_new(wasm_store_t* store, const wasm_globaltype_t* type,
                               const wasm_val_t* value) {
  if (store == nullptr || type == nullptr || value == nullptr) return nullptr;
  wembed_import_t import = fresh();
  if (!to_slot(*value, type->content->kind, import.value[0])) return nullptr;
  if (type->mutability == WASM_CONST) {
    import.source = WEMBED_IMPORT_VALUE;
    return new_object<wasm_global_t>(store, *type, import);
  }
  auto* global = new_object<wasm_global_t>(store, *type, import);
  if (global == nullptr || wembed_global_set(native_of(global), 0, import.value)) return global;
  wasm_global_delete(global);
  return nullptr;
}

wasm_globaltype_t* wasm_global_type(const wasm_global_t* global) {
  return wasm_externtype_as_globaltype(wasm_extern_type(global));
}

void wasm_global_get(const wasm_global_t* global, wasm_val_t* out) {
  wasm_module_inst_t native = native_of(global);
  wembed_global_t cell;
  if (native == nullptr || out == nullptr ||
      !wembed_instance_global(native, global->export_index, &cell)) {
    return;
  }
  from_slot(*global->home, cell.kind, cell.slots[0], *out);
}

void wasm_global_set(wasm_global_t* global, const wasm_val_t* value) {
  wasm_module_inst_t native = native_of(global);
  wembed_global_t cell;
  uint64_t slots[2] = {};
  if (native == nullptr || value == nullptr ||
      !wembed_instance_global(native, global->export_index, &cell) || value->kind != cell.kind ||
      !to_slot(*value, cell.kind, slots[0])) {
    return;
  }
  wembed_global_set(native, global->export_index, slots);
}

// ---- tables -------------------------------------------------------------------------------------

wasm_table_t* wasm_table_new(wasm_store_t* store, const wasm_tabletype_t* type, wasm_ref_t* init) {
  if (store == nullptr || type == nullptr) return nullptr;
  uint64_t slot = 0;
  if (!element_slot(type->element->kind, init, slot)) return nullptr;
  auto* table = new_object<wasm_table_t>(store, *type, fresh());
  if (table == nullptr) return nullptr;
  for (uint32_t i = 0; slot != 0 && i < type->limits.min; i++) {
    if (wembed_table_set(native_of(table), 0, i, slot)) continue;
    wasm_table_delete(table);
    return nullptr;
  }
  take(type->element->kind, init);
  return table;
}

wasm_tabletype_t* wasm_table_type(const wasm_table_t* table) {
  return wasm_externtype_as_tabletype(wasm_extern_type(table));
}

wasm_ref_t* wasm_table_get(const wasm_table_t* table, wasm_table_size_t index) {
  wasm_module_inst_t native = native_of(table);
  uint64_t slot = 0;
  wasm_val_t value;
  if (native == nullptr || !wembed_table_get(native, table->export_index, index, &slot)) {
    return nullptr;
  }
  return from_slot(*table->home, element_kind(*table), slot, value) ? value.of.ref : nullptr;
}

bool wasm_table_set(wasm_table_t* table, wasm_table_size_t index, wasm_ref_t* reference) {
  wasm_module_inst_t native = native_of(table);
  uint64_t slot = 0;
  if (native == nullptr || !element_slot(element_kind(*table), reference, slot) ||
      !wembed_table_set(native, table->export_index, index, slot)) {
    return false;
  }
  take(element_kind(*table), reference);
  return true;
}

wasm_table_size_t wasm_table_size(const wasm_table_t* table) {
  wasm_module_inst_t native = native_of(table);
  uint64_t size = 0;
  if (native != nullptr) wembed_table_size(native, table->export_index, &size);
  return static_cast<wasm_table_size_t>(size);
}

bool wasm_table_grow(wasm_table_t* table, wasm_table_size_t delta, wasm_ref_t* init) {
  wasm_module_inst_t native = native_of(table);
  uint64_t slot = 0;
  if (native == nullptr || !element_slot(element_kind(*table), init, slot) ||
      !wembed_table_grow(native, table->export_index, delta, slot, nullptr)) {
    return false;
  }
  take(element_kind(*table), init);
  return true;
}

// ---- memories -----------------------------------------------------------------------------------

wasm_memory_t* wasm_memory_new(wasm_store_t* store, const wasm_memorytype_t* type) {
  if (store == nullptr || type == nullptr) return nullptr;
  return new_object<wasm_memory_t>(store, *type, fresh());
}

wasm_memorytype_t* wasm_memory_type(const wasm_memory_t* memory) {
  return wasm_externtype_as_memorytype(wasm_extern_type(memory));
}

byte_t* wasm_memory_data(wasm_memory_t* memory) {
  wasm_memory_inst_t native = memory_of(memory);
  return native == nullptr ? nullptr : static_cast<byte_t*>(wasm_memory_get_base_address(native));
}

size_t wasm_memory_data_size(const wasm_memory_t* memory) {
  wasm_memory_inst_t native = memory_of(memory);
  return native == nullptr ? 0 : static_cast<size_t>(wembed_memory_size(native));
}

wasm_memory_pages_t wasm_memory_size(const wasm_memory_t* memory) {
  wasm_memory_inst_t native = memory_of(memory);
  return native == nullptr
             ? 0
             : static_cast<wasm_memory_pages_t>(wasm_memory_get_cur_page_count(native));
}

bool wasm_memory_grow(wasm_memory_t* memory, wasm_memory_pages_t delta) {
  wasm_memory_inst_t native = memory_of(memory);
  return native != nullptr && wasm_memory_enlarge(native, delta);
}
