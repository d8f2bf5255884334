// Objects and types of gc_export.h, and what is behind them.
#pragma once

#include "capi/handles.h"
#include "capi/reference_types.h"
#include "capi/references.h"
#include "gc_export.h"
#include "runtime/object_handle.h"

namespace wembed {

// Whatever kind of object the host's pointer says it is.
template <class Pointed> Handle handle_in(const Pointed* object) {
  return reinterpret_cast<uintptr_t>(object);
}
template <class Pointer> Pointer object_of(Handle handle) {
  return reinterpret_cast<Pointer>(static_cast<uintptr_t>(handle));
}

// Types of all three kinds are TypeDefs.
template <class Pointed> const TypeDef* type_in(const Pointed* type) {
  return reinterpret_cast<const TypeDef*>(type);
}
template <class Pointer> Pointer type_pointer(const TypeDef* type) {
  return reinterpret_cast<Pointer>(const_cast<TypeDef*>(type));
}

// The type if it is there and of that kind; else null.
inline const TypeDef* of_kind(const TypeDef* type, CompositeKind kind) {
  return type != nullptr && type->kind == kind ? type : nullptr;
}

// The structure, array or function, if the object is one; else null.
template <class Pointed> Object* struct_or_array_in(const Pointed* object, CompositeKind kind) {
  const Handle handle = handle_in(object);
  return of_kind(type_of_handle(handle), kind) == nullptr ? nullptr : object_in(handle);
}
template <class Pointed> Function* function_in(const Pointed* object) {
  const Handle handle = handle_in(object);
  return is_function_handle(handle) ? object_of<Function*>(handle) : nullptr;
}

// The instance that an exec_env's functions make objects for; null: there is none.
inline Instance* instance_of(wasm_exec_env_t exec_env) {
  return exec_env == nullptr ? nullptr : unwrap(exec_env)->instance;
}

// Number `index` of the module's types, if it is of that kind; else null.
inline const TypeDef* type_at(const Instance* instance, uint32_t index, CompositeKind kind) {
  if (instance == nullptr || index >= instance->module->types().size()) return nullptr;
  return of_kind(instance->module->type(index), kind);
}
// The type, if the module has it: it will live as long as objects of the instance's group.
inline const TypeDef* type_among(const Instance* instance, const TypeDef* type,
                                 CompositeKind kind) {
  return instance != nullptr && index_of(*instance->module, type) >= 0 ? of_kind(type, kind)
                                                                       : nullptr;
}

}  // namespace wembed
