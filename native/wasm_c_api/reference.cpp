// wasm_c_api.h: what all references have in common, and handles on externals.
#include "wasm_c_api/reference.h"

#include "wasm_c_api/internals.h"
#include "wasm_c_api/memory.h"

using namespace wembed::c_api;

namespace {

bool is_extern(const wasm_ref_t& reference) { return reference.kind <= RefKind::Memory; }

wasm_extern_t* new_extern(wasm_store_t* store, RefKind kind, wasm_instance_t* counted,
                          uint32_t export_index, wasm_function_inst_t function) {
  auto* made = create<wasm_extern_t>(wasm_ref_t{kind, store}, counted, export_index, function);
  if (made == nullptr) {
    release(counted);
  } else {
    retain(store);
  }
  return made;
}

wasm_extern_t* copy_extern(const wasm_extern_t& from) {
  wasm_instance_t* home = from.home == nullptr ? nullptr : retain(from.home);
  return new_extern(from.store, from.kind, home, from.export_index, from.function);
}

void delete_extern(wasm_extern_t* object) {
  wasm_store_t* store = object->store;
  wasm_instance_t* home = object->home;
  drop_host_info(*object);
  destroy(object);
  release(home);
  release(store);
}

// What an export is, however often and by whomever it is exported; null: nothing any more.
const void* identity(const wasm_extern_t& object) {
  if (object.home == nullptr || object.home->native == nullptr) return nullptr;
  wasm_module_inst_t native = object.home->native;
  switch (object.kind) {
    case RefKind::Func: return object.function;
    case RefKind::Memory: return wembed_instance_memory(native, object.export_index);
    case RefKind::Table: return table_identity(native, object.export_index);
    default: {
      wembed_global_t global;
      return wembed_instance_global(native, object.export_index, &global) ? global.slots : nullptr;
    }
  }
}

bool is_same_extern(const wasm_extern_t& a, const wasm_extern_t& b) {
  const void* identity_of_a = identity(a);
  return identity_of_a != nullptr && identity_of_a == identity(b);
}

bool is_kind(const wasm_ref_t* reference, RefKind kind) {
  return reference != nullptr && reference->kind == kind;
}

}  // namespace

namespace wembed::c_api {

void drop_host_info(wasm_ref_t& reference) {
  void (*finalizer)(void*) = std::exchange(reference.finalizer, nullptr);
  void* info = std::exchange(reference.host_info, nullptr);
  if (finalizer != nullptr) finalizer(info);
}

wasm_extern_t* export_handle(wasm_instance_t* counted, uint32_t export_index) {
  wembed_extern_type_t type;
  wasm_externkind_t kind = 0;
  if (!wembed_module_export(wasm_runtime_get_module(counted->native), export_index, &type) ||
      !extern_kind(type.kind, kind)) {
    release(counted);
    return nullptr;
  }
  wasm_function_inst_t function = nullptr;
  if (kind == WASM_EXTERN_FUNC) {
    function = wembed_instance_function(counted->native, export_index);
    if (function == nullptr) {
      release(counted);
      return nullptr;
    }
  }
  return new_extern(counted->store, static_cast<RefKind>(kind), counted, export_index, function);
}

}  // namespace wembed::c_api

// ---- all of them --------------------------------------------------------------------------------

// One without a store, a zeroed one of the host's, is none of ours: WAMR lets it be.
void wasm_ref_delete(wasm_ref_t* reference) {
  if (reference == nullptr || reference->store == nullptr) return;
  switch (reference->kind) {
    case RefKind::Trap: return delete_trap(reference);
    case RefKind::Foreign: return delete_foreign(reference);
    case RefKind::Instance: return release(static_cast<wasm_instance_t*>(reference));
    default: return delete_extern(static_cast<wasm_extern_t*>(reference));
  }
}

wasm_ref_t* wasm_ref_copy(const wasm_ref_t* reference) {
  if (reference == nullptr) return nullptr;
  switch (reference->kind) {
    case RefKind::Trap: return copy_trap(reference);
    case RefKind::Foreign: return copy_foreign(reference);
    case RefKind::Instance:
      return retain(static_cast<wasm_instance_t*>(const_cast<wasm_ref_t*>(reference)));
    default: return copy_extern(*static_cast<const wasm_extern_t*>(reference));
  }
}

bool wasm_ref_same(const wasm_ref_t* a, const wasm_ref_t* b) {
  if (a == b) return true;
  if (a == nullptr || b == nullptr || a->kind != b->kind) return false;
  switch (a->kind) {
    case RefKind::Trap: return is_same_trap(a, b);
    case RefKind::Foreign: return is_same_foreign(a, b);
    case RefKind::Instance: return false;
    default:
      return is_same_extern(*static_cast<const wasm_extern_t*>(a),
                            *static_cast<const wasm_extern_t*>(b));
  }
}

void* wasm_ref_get_host_info(const wasm_ref_t* reference) {
  return reference == nullptr ? nullptr : reference->host_info;
}

void wasm_ref_set_host_info(wasm_ref_t* reference, void* info) {
  wasm_ref_set_host_info_with_finalizer(reference, info, nullptr);
}

void wasm_ref_set_host_info_with_finalizer(wasm_ref_t* reference, void* info,
                                           void (*finalizer)(void*)) {
  if (reference == nullptr) return;
  drop_host_info(*reference);
  reference->host_info = info;
  reference->finalizer = finalizer;
}

// ---- each of them -------------------------------------------------------------------------------

#define REFERENCE_BASE(name)                                                                  \
  void wasm_##name##_delete(wasm_##name##_t* object) { wasm_ref_delete(object); }             \
  wasm_##name##_t* wasm_##name##_copy(const wasm_##name##_t* object) {                        \
    return static_cast<wasm_##name##_t*>(wasm_ref_copy(object));                              \
  }                                                                                           \
  bool wasm_##name##_same(const wasm_##name##_t* a, const wasm_##name##_t* b) {               \
    return wasm_ref_same(a, b);                                                               \
  }                                                                                           \
  void* wasm_##name##_get_host_info(const wasm_##name##_t* object) {                          \
    return wasm_ref_get_host_info(object);                                                    \
  }                                                                                           \
  void wasm_##name##_set_host_info(wasm_##name##_t* object, void* info) {                     \
    wasm_ref_set_host_info(object, info);                                                     \
  }                                                                                           \
  void wasm_##name##_set_host_info_with_finalizer(wasm_##name##_t* object, void* info,        \
                                                  void (*finalizer)(void*)) {                 \
    wasm_ref_set_host_info_with_finalizer(object, info, finalizer);                           \
  }                                                                                           \
  wasm_ref_t* wasm_##name##_as_ref(wasm_##name##_t* object) { return wasm_ref_copy(object); } \
  const wasm_ref_t* wasm_##name##_as_ref_const(const wasm_##name##_t* object) { return object; }

#define REFERENCE(name, is_it)                                                          \
  REFERENCE_BASE(name)                                                                  \
  wasm_##name##_t* wasm_ref_as_##name(wasm_ref_t* reference) {                          \
    return (is_it) ? static_cast<wasm_##name##_t*>(wasm_ref_copy(reference)) : nullptr; \
  }                                                                                     \
  const wasm_##name##_t* wasm_ref_as_##name##_const(const wasm_ref_t* reference) {      \
    return (is_it) ? static_cast<const wasm_##name##_t*>(reference) : nullptr;          \
  }

#define EXTERNAL(name, kind_)                                                              \
  REFERENCE(name, is_kind(reference, kind_))                                               \
  wasm_extern_t* wasm_##name##_as_extern(wasm_##name##_t* object) { return object; }       \
  const wasm_extern_t* wasm_##name##_as_extern_const(const wasm_##name##_t* object) {      \
    return object;                                                                         \
  }                                                                                        \
  wasm_##name##_t* wasm_extern_as_##name(wasm_extern_t* object) {                          \
    return is_kind(object, kind_) ? static_cast<wasm_##name##_t*>(object) : nullptr;       \
  }                                                                                        \
  const wasm_##name##_t* wasm_extern_as_##name##_const(const wasm_extern_t* object) {      \
    return is_kind(object, kind_) ? static_cast<const wasm_##name##_t*>(object) : nullptr; \
  }

EXTERNAL(func, RefKind::Func)
EXTERNAL(global, RefKind::Global)
EXTERNAL(table, RefKind::Table)
EXTERNAL(memory, RefKind::Memory)
REFERENCE(extern, reference != nullptr && is_extern(*reference))
REFERENCE(instance, is_kind(reference, RefKind::Instance))
REFERENCE(trap, is_kind(reference, RefKind::Trap))
REFERENCE(foreign, is_kind(reference, RefKind::Foreign))

// ---- externals ----------------------------------------------------------------------------------

wasm_externkind_t wasm_extern_kind(const wasm_extern_t* object) {
  return object == nullptr ? wasm_externkind_t{WASM_EXTERN_FUNC}
                           : static_cast<wasm_externkind_t>(object->kind);
}

wasm_externtype_t* wasm_extern_type(const wasm_extern_t* object) {
  if (object == nullptr || object->home == nullptr || object->home->native == nullptr) {
    return nullptr;
  }
  if (object->kind == RefKind::Func) return type_of(wembed_function_type(object->function));
  wembed_extern_type_t type;
  wasm_module_t module = wasm_runtime_get_module(object->home->native);
  return wembed_module_export(module, object->export_index, &type) ? type_of(type) : nullptr;
}

wasm_extern_t* wasm_extern_new_empty(wasm_store_t* store, wasm_externkind_t kind) {
  if (store == nullptr) return nullptr;
  if (kind != WASM_EXTERN_FUNC && kind != WASM_EXTERN_GLOBAL) {
    log_error("Don't support linking table and memory for now");
    return nullptr;
  }
  return new_extern(store, static_cast<RefKind>(kind), nullptr, 0, nullptr);
}
