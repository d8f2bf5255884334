// gc_export.h: values of the host, i31, and what a reference is one to.
#include "capi/gc_handles.h"
#include "runtime/host_objects.h"

using namespace wembed;

namespace {

// The slot of an externref to a pointer of the host's, see references.h; 0: it has none.
Slot slot_of_pointer(const void* pointer) {
  const uint64_t word = reinterpret_cast<uintptr_t>(pointer);
  return word >= (uint64_t{1} << 56) ? 0 : externref_from_host(word);
}

const void* pointer_in(Handle handle) {
  return reinterpret_cast<const void*>(externref_to_host(slot_of(without_side(handle))));
}

// A new reference of the host's, the last object that was made for it.
Handle note(wasm_exec_env_t exec_env, Handle handle) {
  if (instance_of(exec_env) == nullptr || handle == 0) return 0;
  made_host_value(*unwrap(exec_env), handle);
  return handle;
}

bool is_host_any(Handle handle) { return is_of_host(handle) && !is_extern_handle(handle); }
bool is_internal(Handle handle) {
  return handle != 0 && !is_extern_handle(handle) && !is_function_handle(handle);
}
bool is_object_of_kind(Handle handle, CompositeKind kind) {
  return of_kind(type_of_handle(handle), kind) != nullptr;
}
bool is_eq(Handle handle) {
  return is_i31_handle(handle) ||
         (type_of_handle(handle) != nullptr && !is_function_handle(handle));
}

bool is_of_abstract_type(Handle handle, HeapType type) {
  switch (type) {
    case HeapType::Func: return is_function_handle(handle);
    case HeapType::Extern: return is_extern_handle(handle);
    case HeapType::Any: return is_internal(handle);
    case HeapType::Eq: return is_eq(handle);
    case HeapType::I31: return is_i31_handle(handle);
    case HeapType::Struct: return is_object_of_kind(handle, CompositeKind::Struct);
    case HeapType::Array: return is_object_of_kind(handle, CompositeKind::Array);
    default: return false;
  }
}

}  // namespace

wasm_externref_obj_t wasm_externref_obj_new(wasm_exec_env_t exec_env, const void* host_obj) {
  const Slot slot = slot_of_pointer(host_obj);
  return object_of<wasm_externref_obj_t>(note(exec_env, handle_of_extern(slot)));
}

const void* wasm_externref_obj_get_value(const wasm_externref_obj_t externref_obj) {
  const Handle handle = handle_in(externref_obj);
  if (!is_extern_handle(handle)) return nullptr;
  return is_of_host(handle) ? pointer_in(handle) : object_of<const void*>(without_side(handle));
}

wasm_anyref_obj_t wasm_anyref_obj_new(wasm_exec_env_t exec_env, const void* host_obj) {
  const Slot slot = to_other_side(slot_of_pointer(host_obj));
  return object_of<wasm_anyref_obj_t>(note(exec_env, handle_of_any(slot)));
}

const void* wasm_anyref_obj_get_value(const wasm_anyref_obj_t anyref_obj) {
  const Handle handle = handle_in(anyref_obj);
  return is_host_any(handle) ? pointer_in(handle) : nullptr;
}

wasm_obj_t wasm_externref_obj_to_internal_obj(const wasm_externref_obj_t externref_obj) {
  const Handle handle = handle_in(externref_obj);
  return object_of<wasm_obj_t>(is_extern_handle(handle) ? to_other_side(handle) : 0);
}

wasm_externref_obj_t wasm_internal_obj_to_externref_obj(wasm_exec_env_t exec_env,
                                                        const wasm_obj_t internal_obj) {
  const Handle handle = handle_in(internal_obj);
  if (!is_internal(handle)) return nullptr;
  return object_of<wasm_externref_obj_t>(note(exec_env, to_other_side(handle)));
}

wasm_i31_obj_t wasm_i31_obj_new(uint32_t i31_value) { return i31_slot(i31_value); }

uint32_t wasm_i31_obj_get_value(wasm_i31_obj_t i31_obj, bool sign_extend) {
  return sign_extend ? static_cast<uint32_t>(i31_value_s(i31_obj)) : i31_value_u(i31_obj);
}

bool wasm_obj_is_struct_obj(const wasm_obj_t obj) {
  return is_object_of_kind(handle_in(obj), CompositeKind::Struct);
}

bool wasm_obj_is_array_obj(const wasm_obj_t obj) {
  return is_object_of_kind(handle_in(obj), CompositeKind::Array);
}

bool wasm_obj_is_func_obj(const wasm_obj_t obj) { return is_function_handle(handle_in(obj)); }

bool wasm_obj_is_i31_obj(const wasm_obj_t obj) { return is_i31_handle(handle_in(obj)); }

bool wasm_obj_is_externref_obj(const wasm_obj_t obj) { return is_extern_handle(handle_in(obj)); }

bool wasm_obj_is_anyref_obj(const wasm_obj_t obj) { return is_host_any(handle_in(obj)); }

bool wasm_obj_is_internal_obj(const wasm_obj_t obj) { return is_internal(handle_in(obj)); }

bool wasm_obj_is_eq_obj(const wasm_obj_t obj) { return is_eq(handle_in(obj)); }

bool wasm_obj_is_instance_of_defined_type(const wasm_obj_t obj,
                                          const wasm_defined_type_t defined_type,
                                          const wasm_module_t) {
  const TypeDef* type = type_of_handle(handle_in(obj));
  return type != nullptr && defined_type != nullptr && is_subtype(type, type_in(defined_type));
}

bool wasm_obj_is_instance_of_type_idx(const wasm_obj_t obj, uint32_t type_idx,
                                      const wasm_module_t module) {
  return wasm_obj_is_instance_of_defined_type(obj, wasm_get_defined_type(module, type_idx), module);
}

bool wasm_obj_is_instance_of_ref_type(const wasm_obj_t obj, const wasm_ref_type_t* ref_type) {
  if (ref_type == nullptr) return false;
  const ValType type = read_reference_type(*ref_type, nullptr);
  return type.is_ref() && is_of_abstract_type(handle_in(obj), type.heap());
}
