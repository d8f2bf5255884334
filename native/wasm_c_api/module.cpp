// wasm_c_api.h: modules.
#include <mutex>

#include "wasm_c_api/internals.h"
#include "wasm_c_api/memory.h"
#include "wasm_c_api/store.h"

using namespace wembed::c_api;

namespace {

// Over the lists of modules of all stores: WAMR's hosts have several threads obtain modules from
// one store, and delete them.
std::mutex lists_mutex;

// Takes the module's count. Null: no memory.
wasm_module_t* new_handle(wasm_store_t* store, ModuleCore* counted) {
  auto* handle = create<ModuleHandle>(counted->native, counted, store);
  if (handle == nullptr) {
    release(counted);
    return nullptr;
  }
  if (store != nullptr) {
    std::lock_guard lock(lists_mutex);
    enlist(store->modules, *handle);
  }
  return &handle->native;
}

wasm_module_t* adopt(wasm_store_t* store, wasm_module_t native) {
  ModuleCore* core = link_to_modules(native) ? create<ModuleCore>() : nullptr;
  if (core == nullptr) {
    wasm_runtime_unload(native);
    return nullptr;
  }
  core->native = native;
  give_wasi(native);
  return new_handle(store, core);
}

bool is_usable(const wasm_store_t* store, const wasm_byte_vec_t* binary) {
  return store != nullptr && !store->is_closed && binary != nullptr && binary->data != nullptr;
}

wasm_module_t load(const wasm_byte_vec_t& binary, wembed_ownership_t ownership, const char* name) {
  wembed_source_t source = {};
  source.size = sizeof source;
  source.ownership = ownership;
  source.bytes = reinterpret_cast<const uint8_t*>(binary.data);
  source.length = binary.size;
  source.name = name;
  return wembed_load(nullptr, &source, nullptr);
}

// Without the NUL that names here end with.
std::string_view text_of(const wasm_name_t& name) {
  bool has_nul = name.size > 0 && name.data[name.size - 1] == 0;
  return {name.data, name.size - (has_nul ? 1 : 0)};
}

// WAMR's order: by kind, and of one kind as in the file.
constexpr wembed_extern_kind_t kImportOrder[] = {WEMBED_EXTERN_FUNC, WEMBED_EXTERN_GLOBAL,
                                                 WEMBED_EXTERN_MEMORY, WEMBED_EXTERN_TABLE};

wasm_importtype_t* import_type(const wembed_extern_type_t& import) {
  wasm_name_t module = {};
  wasm_name_t name = {};
  wasm_externtype_t* type = type_of(import);
  if (type != nullptr && make_name(&module, import.module_name, import.module_name_length) &&
      make_name(&name, import.name, import.name_length)) {
    wasm_importtype_t* made = wasm_importtype_new(&module, &name, type);
    if (made != nullptr) return made;
  }
  wasm_name_delete(&module);
  wasm_name_delete(&name);
  wasm_externtype_delete(type);
  return nullptr;
}

wasm_exporttype_t* export_type(const wembed_extern_type_t& exported) {
  wasm_name_t name = {};
  wasm_externtype_t* type = type_of(exported);
  if (type != nullptr && make_name(&name, exported.name, exported.name_length)) {
    wasm_exporttype_t* made = wasm_exporttype_new(&name, type);
    if (made != nullptr) return made;
  }
  wasm_name_delete(&name);
  wasm_externtype_delete(type);
  return nullptr;
}

}  // namespace

namespace wembed::c_api {

ModuleCore* retain(ModuleCore* core) {
  core->references.fetch_add(1, std::memory_order_relaxed);
  return core;
}

void release(ModuleCore* core) {
  if (core == nullptr || core->references.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
  wasm_runtime_unload(core->native);
  destroy(core);
}

void destroy_handle(ModuleHandle* handle) {
  {
    std::lock_guard lock(lists_mutex);
    delist(*handle);
  }
  release(handle->core);
  destroy(handle);
}

}  // namespace wembed::c_api

wasm_module_t* wasm_module_new(wasm_store_t* store, const wasm_byte_vec_t* binary) {
  LoadArgs args = {};
  args.clone_wasm_binary = true;
  return wasm_module_new_ex(store, const_cast<wasm_byte_vec_t*>(binary), &args);
}

wasm_module_t* wasm_module_new_ex(wasm_store_t* store, wasm_byte_vec_t* binary, LoadArgs* args) {
  wasm_module_t native = nullptr;
  if (is_usable(store, binary) && args != nullptr) {
    bool is_copied = args->clone_wasm_binary || args->wasm_binary_freeable;
    native = load(*binary, is_copied ? WEMBED_BYTES_COPY : WEMBED_BYTES_BORROW, args->name);
  }
  wasm_module_t* module = native == nullptr ? nullptr : adopt(store, native);
  if (module == nullptr) log_error("wasm_module_new_ex failed");
  return module;
}

void wasm_module_delete(wasm_module_t* module) {
  if (module != nullptr) destroy_handle(unwrap(module));
}

bool wasm_module_validate(wasm_store_t* store, const wasm_byte_vec_t* binary) {
  if (!is_usable(store, binary)) return false;
  wasm_module_t native = load(*binary, WEMBED_BYTES_BORROW, nullptr);
  if (native == nullptr) return false;
  wasm_runtime_unload(native);
  return true;
}

void wasm_module_imports(const wasm_module_t* module, wasm_importtype_vec_t* out) {
  wasm_importtype_vec_new_empty(out);
  if (module == nullptr || out == nullptr) return;
  uint32_t count = wembed_module_import_count(*module);
  wasm_importtype_vec_new_uninitialized(out, count);
  if (out->size != count) return;
  for (wembed_extern_kind_t kind : kImportOrder) {
    for (uint32_t i = 0; i < count; i++) {
      wembed_extern_type_t import;
      if (!wembed_module_import(*module, i, &import)) return wasm_importtype_vec_delete(out);
      if (import.kind != kind) continue;
      wasm_importtype_t* type = import_type(import);
      if (type == nullptr) return wasm_importtype_vec_delete(out);
      out->data[out->num_elems++] = type;
    }
  }
  out->size = out->num_elems;
}

void wasm_module_exports(const wasm_module_t* module, wasm_exporttype_vec_t* out) {
  wasm_exporttype_vec_new_empty(out);
  if (module == nullptr || out == nullptr) return;
  uint32_t count = wembed_module_export_count(*module);
  wasm_exporttype_vec_new_uninitialized(out, count);
  if (out->size != count) return;
  for (uint32_t i = 0; i < count; i++) {
    wembed_extern_type_t exported;
    if (!wembed_module_export(*module, i, &exported)) return wasm_exporttype_vec_delete(out);
    if (exported.kind == WEMBED_EXTERN_TAG) continue;
    wasm_exporttype_t* type = export_type(exported);
    if (type == nullptr) return wasm_exporttype_vec_delete(out);
    out->data[out->num_elems++] = type;
  }
  out->size = out->num_elems;
}

bool wasm_importtype_is_linked(const wasm_importtype_t* import) {
  return import != nullptr &&
         is_registered(text_of(import->module), text_of(import->name), import->type->kind);
}

void wasm_module_serialize(wasm_module_t* module, wasm_byte_vec_t* out) {
  wasm_byte_vec_new_empty(out);
  if (module != nullptr && out != nullptr) copy_bytes(*module, out);
}

wasm_module_t* wasm_module_deserialize(wasm_store_t* store, const wasm_byte_vec_t* bytes) {
  return wasm_module_new(store, bytes);
}

wasm_shared_module_t* wasm_module_share(wasm_module_t* module) {
  return module == nullptr ? nullptr : new_handle(nullptr, retain(unwrap(module)->core));
}

wasm_module_t* wasm_module_obtain(wasm_store_t* store, wasm_shared_module_t* shared) {
  if (store == nullptr || store->is_closed || shared == nullptr) return nullptr;
  return new_handle(store, retain(unwrap(shared)->core));
}

void wasm_shared_module_delete(wasm_shared_module_t* shared) { wasm_module_delete(shared); }

bool wasm_module_set_name(wasm_module_t* module, const char* name) {
  char error[128];
  return module != nullptr && wasm_runtime_set_module_name(*module, name, error, sizeof error);
}

const char* wasm_module_get_name(wasm_module_t* module) {
  return wasm_runtime_get_module_name(module == nullptr ? nullptr : *module);
}

bool wasm_module_is_underlying_binary_freeable(const wasm_module_t* module) {
  return module != nullptr && wasm_runtime_is_underlying_binary_freeable(*module);
}
