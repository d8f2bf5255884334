// wasm_c_api.h: types of values and externals, imports and exports.
#include "wasm_c_api/types.h"

#include <cstring>

#include "wasm_c_api/memory.h"
#include "wembed_gc.h"

using namespace wembed::c_api;

namespace {

bool copy_name(wasm_name_t* out, const wasm_name_t& from) {
  wasm_byte_vec_copy(out, &from);
  return out->size == from.size;
}

bool append_kind(wasm_valtype_vec_t& types, wasm_valkind_t kind) {
  wasm_valtype_t* type = wasm_valtype_new(kind);
  if (type == nullptr) return false;
  types.data[types.num_elems++] = type;
  return true;
}

// The kinds that `kind_at` tells. False: no memory; nothing is left of it.
template <class KindAt> bool make_kinds(wasm_valtype_vec_t& out, uint32_t count, KindAt kind_at) {
  wasm_valtype_vec_new_uninitialized(&out, count);
  if (out.size != count) return false;
  for (uint32_t i = 0; i < count; i++) {
    if (append_kind(out, kind_at(i))) continue;
    wasm_valtype_vec_delete(&out);
    return false;
  }
  return true;
}

wasm_tabletype_t* type_of(wasm_table_type_t type) {
  wasm_limits_t limits = {wasm_table_type_get_init_size(type), wasm_table_type_get_max_size(type)};
  wasm_valtype_t* element = wasm_valtype_new(wasm_table_type_get_elem_kind(type));
  wasm_tabletype_t* made = wasm_tabletype_new(element, &limits);
  if (made == nullptr) wasm_valtype_delete(element);
  return made;
}

wasm_memorytype_t* type_of(wasm_memory_type_t type) {
  wasm_limits_t limits = {wasm_memory_type_get_init_page_count(type),
                          wasm_memory_type_get_max_page_count(type)};
  return wasm_memorytype_new(&limits);
}

wasm_globaltype_t* type_of(wasm_global_type_t type) {
  wasm_valtype_t* content = wasm_valtype_new(wasm_global_type_get_valkind(type));
  wasm_mutability_t mutability = wasm_global_type_get_mutable(type) ? WASM_VAR : WASM_CONST;
  wasm_globaltype_t* made = wasm_globaltype_new(content, mutability);
  if (made == nullptr) wasm_valtype_delete(content);
  return made;
}

}  // namespace

namespace wembed::c_api {

bool extern_kind(uint32_t wembed_kind, wasm_externkind_t& kind) {
  switch (wembed_kind) {
    case WEMBED_EXTERN_FUNC: kind = WASM_EXTERN_FUNC; return true;
    case WEMBED_EXTERN_TABLE: kind = WASM_EXTERN_TABLE; return true;
    case WEMBED_EXTERN_MEMORY: kind = WASM_EXTERN_MEMORY; return true;
    case WEMBED_EXTERN_GLOBAL: kind = WASM_EXTERN_GLOBAL; return true;
    default: return false;
  }
}

wasm_functype_t* type_of(wasm_func_type_t type) {
  wasm_valtype_vec_t params;
  wasm_valtype_vec_t results;
  if (!make_kinds(params, wasm_func_type_get_param_count(type),
                  [=](uint32_t i) { return wasm_func_type_get_param_valkind(type, i); })) {
    return nullptr;
  }
  if (!make_kinds(results, wasm_func_type_get_result_count(type),
                  [=](uint32_t i) { return wasm_func_type_get_result_valkind(type, i); })) {
    wasm_valtype_vec_delete(&params);
    return nullptr;
  }
  wasm_functype_t* made = wasm_functype_new(&params, &results);
  if (made != nullptr) return made;
  wasm_valtype_vec_delete(&params);
  wasm_valtype_vec_delete(&results);
  return nullptr;
}

wasm_externtype_t* type_of(const wembed_extern_type_t& type) {
  switch (type.kind) {
    case WEMBED_EXTERN_FUNC: return type_of(type.u.func_type);
    case WEMBED_EXTERN_TABLE: return ::type_of(type.u.table_type);
    case WEMBED_EXTERN_MEMORY: return ::type_of(type.u.memory_type);
    case WEMBED_EXTERN_GLOBAL: return ::type_of(type.u.global_type);
    default: return nullptr;
  }
}

bool make_name(wasm_name_t* out, const char* text, uint32_t length) {
  wasm_byte_vec_new_uninitialized(out, size_t{length} + 1);
  if (out->data == nullptr) return false;
  if (length > 0) std::memcpy(out->data, text, length);
  out->data[length] = 0;
  out->num_elems = out->size;
  return true;
}

}  // namespace wembed::c_api

// ---- values -------------------------------------------------------------------------------------

wasm_valtype_t* wasm_valtype_new(wasm_valkind_t kind) {
  const bool is_reference = kind == WASM_EXTERNREF || kind == WASM_FUNCREF || kind == WEMBED_ANYREF;
  if (kind > WASM_V128 && !is_reference) return nullptr;
  return create<wasm_valtype_t>(kind);
}
void wasm_valtype_delete(wasm_valtype_t* type) { destroy(type); }
wasm_valtype_t* wasm_valtype_copy(const wasm_valtype_t* type) {
  return type == nullptr ? nullptr : wasm_valtype_new(type->kind);
}
wasm_valkind_t wasm_valtype_kind(const wasm_valtype_t* type) {
  return type == nullptr ? wasm_valkind_t{WASM_EXTERNREF} : type->kind;
}

// ---- functions ----------------------------------------------------------------------------------

wasm_functype_t* wasm_functype_new(wasm_valtype_vec_t* params, wasm_valtype_vec_t* results) {
  auto* type = create<wasm_functype_t>(wasm_externtype_t{WASM_EXTERN_FUNC}, wasm_valtype_vec_t{},
                                       wasm_valtype_vec_t{});
  if (type == nullptr) return nullptr;
  if (params != nullptr) type->params = *params;
  if (results != nullptr) type->results = *results;
  return type;
}
void wasm_functype_delete(wasm_functype_t* type) {
  if (type == nullptr) return;
  wasm_valtype_vec_delete(&type->params);
  wasm_valtype_vec_delete(&type->results);
  destroy(type);
}
wasm_functype_t* wasm_functype_copy(const wasm_functype_t* type) {
  if (type == nullptr) return nullptr;
  wasm_valtype_vec_t params;
  wasm_valtype_vec_t results;
  wasm_valtype_vec_copy(&params, &type->params);
  wasm_valtype_vec_copy(&results, &type->results);
  bool is_whole = params.size == type->params.size && results.size == type->results.size;
  wasm_functype_t* copy = is_whole ? wasm_functype_new(&params, &results) : nullptr;
  if (copy == nullptr) {
    wasm_valtype_vec_delete(&params);
    wasm_valtype_vec_delete(&results);
  }
  return copy;
}
const wasm_valtype_vec_t* wasm_functype_params(const wasm_functype_t* type) {
  return type == nullptr ? nullptr : &type->params;
}
const wasm_valtype_vec_t* wasm_functype_results(const wasm_functype_t* type) {
  return type == nullptr ? nullptr : &type->results;
}

// ---- globals, tables, memories ------------------------------------------------------------------

wasm_globaltype_t* wasm_globaltype_new(wasm_valtype_t* content, wasm_mutability_t mutability) {
  if (content == nullptr) return nullptr;
  return create<wasm_globaltype_t>(wasm_externtype_t{WASM_EXTERN_GLOBAL}, content, mutability);
}
void wasm_globaltype_delete(wasm_globaltype_t* type) {
  if (type == nullptr) return;
  wasm_valtype_delete(type->content);
  destroy(type);
}
wasm_globaltype_t* wasm_globaltype_copy(const wasm_globaltype_t* type) {
  if (type == nullptr) return nullptr;
  wasm_valtype_t* content = wasm_valtype_copy(type->content);
  wasm_globaltype_t* copy = wasm_globaltype_new(content, type->mutability);
  if (copy == nullptr) wasm_valtype_delete(content);
  return copy;
}
const wasm_valtype_t* wasm_globaltype_content(const wasm_globaltype_t* type) {
  return type == nullptr ? nullptr : type->content;
}
wasm_mutability_t wasm_globaltype_mutability(const wasm_globaltype_t* type) {
  return type == nullptr ? wasm_mutability_t{WASM_CONST} : type->mutability;
}

wasm_tabletype_t* wasm_tabletype_new(wasm_valtype_t* element, const wasm_limits_t* limits) {
  if (element == nullptr || limits == nullptr) return nullptr;
  return create<wasm_tabletype_t>(wasm_externtype_t{WASM_EXTERN_TABLE}, element, *limits);
}
void wasm_tabletype_delete(wasm_tabletype_t* type) {
  if (type == nullptr) return;
  wasm_valtype_delete(type->element);
  destroy(type);
}
wasm_tabletype_t* wasm_tabletype_copy(const wasm_tabletype_t* type) {
  if (type == nullptr) return nullptr;
  wasm_valtype_t* element = wasm_valtype_copy(type->element);
  wasm_tabletype_t* copy = wasm_tabletype_new(element, &type->limits);
  if (copy == nullptr) wasm_valtype_delete(element);
  return copy;
}
const wasm_valtype_t* wasm_tabletype_element(const wasm_tabletype_t* type) {
  return type == nullptr ? nullptr : type->element;
}
const wasm_limits_t* wasm_tabletype_limits(const wasm_tabletype_t* type) {
  return type == nullptr ? nullptr : &type->limits;
}

wasm_memorytype_t* wasm_memorytype_new(const wasm_limits_t* limits) {
  if (limits == nullptr) return nullptr;
  return create<wasm_memorytype_t>(wasm_externtype_t{WASM_EXTERN_MEMORY}, *limits);
}
void wasm_memorytype_delete(wasm_memorytype_t* type) { destroy(type); }
wasm_memorytype_t* wasm_memorytype_copy(const wasm_memorytype_t* type) {
  return type == nullptr ? nullptr : wasm_memorytype_new(&type->limits);
}
const wasm_limits_t* wasm_memorytype_limits(const wasm_memorytype_t* type) {
  return type == nullptr ? nullptr : &type->limits;
}

// ---- externals ----------------------------------------------------------------------------------

wasm_externkind_t wasm_externtype_kind(const wasm_externtype_t* type) {
  return type == nullptr ? wasm_externkind_t{WASM_EXTERN_FUNC} : type->kind;
}

#define EXTERNTYPE(name, kind_)                                                             \
  wasm_externtype_t* wasm_##name##_as_externtype(wasm_##name##_t* type) { return type; }    \
  const wasm_externtype_t* wasm_##name##_as_externtype_const(const wasm_##name##_t* type) { \
    return type;                                                                            \
  }                                                                                         \
  wasm_##name##_t* wasm_externtype_as_##name(wasm_externtype_t* type) {                     \
    return type == nullptr || type->kind != (kind_) ? nullptr                               \
                                                    : static_cast<wasm_##name##_t*>(type);  \
  }                                                                                         \
  const wasm_##name##_t* wasm_externtype_as_##name##_const(const wasm_externtype_t* type) { \
    return wasm_externtype_as_##name(const_cast<wasm_externtype_t*>(type));                 \
  }
EXTERNTYPE(functype, WASM_EXTERN_FUNC)
EXTERNTYPE(globaltype, WASM_EXTERN_GLOBAL)
EXTERNTYPE(tabletype, WASM_EXTERN_TABLE)
EXTERNTYPE(memorytype, WASM_EXTERN_MEMORY)
#undef EXTERNTYPE

void wasm_externtype_delete(wasm_externtype_t* type) {
  if (type == nullptr) return;
  switch (type->kind) {
    case WASM_EXTERN_FUNC: return wasm_functype_delete(wasm_externtype_as_functype(type));
    case WASM_EXTERN_GLOBAL: return wasm_globaltype_delete(wasm_externtype_as_globaltype(type));
    case WASM_EXTERN_TABLE: return wasm_tabletype_delete(wasm_externtype_as_tabletype(type));
    default: return wasm_memorytype_delete(wasm_externtype_as_memorytype(type));
  }
}
wasm_externtype_t* wasm_externtype_copy(const wasm_externtype_t* type) {
  if (type == nullptr) return nullptr;
  switch (type->kind) {
    case WASM_EXTERN_FUNC: return wasm_functype_copy(wasm_externtype_as_functype_const(type));
    case WASM_EXTERN_GLOBAL: return wasm_globaltype_copy(wasm_externtype_as_globaltype_const(type));
    case WASM_EXTERN_TABLE: return wasm_tabletype_copy(wasm_externtype_as_tabletype_const(type));
    default: return wasm_memorytype_copy(wasm_externtype_as_memorytype_const(type));
  }
}

// ---- imports and exports ------------------------------------------------------------------------

wasm_importtype_t* wasm_importtype_new(wasm_name_t* module, wasm_name_t* name,
                                       wasm_externtype_t* type) {
  if (module == nullptr || name == nullptr || type == nullptr) return nullptr;
  return create<wasm_importtype_t>(*module, *name, type);
}
void wasm_importtype_delete(wasm_importtype_t* import) {
  if (import == nullptr) return;
  wasm_name_delete(&import->module);
  wasm_name_delete(&import->name);
  wasm_externtype_delete(import->type);
  destroy(import);
}
wasm_importtype_t* wasm_importtype_copy(const wasm_importtype_t* import) {
  if (import == nullptr) return nullptr;
  wasm_name_t module = {};
  wasm_name_t name = {};
  wasm_externtype_t* type = wasm_externtype_copy(import->type);
  wasm_importtype_t* copy = nullptr;
  if (copy_name(&module, import->module) && copy_name(&name, import->name)) {
    copy = wasm_importtype_new(&module, &name, type);
  }
  if (copy != nullptr) return copy;
  wasm_name_delete(&module);
  wasm_name_delete(&name);
  wasm_externtype_delete(type);
  return nullptr;
}
const wasm_name_t* wasm_importtype_module(const wasm_importtype_t* import) {
  return import == nullptr ? nullptr : &import->module;
}
const wasm_name_t* wasm_importtype_name(const wasm_importtype_t* import) {
  return import == nullptr ? nullptr : &import->name;
}
const wasm_externtype_t* wasm_importtype_type(const wasm_importtype_t* import) {
  return import == nullptr ? nullptr : import->type;
}

wasm_exporttype_t* wasm_exporttype_new(wasm_name_t* name, wasm_externtype_t* type) {
  if (name == nullptr || type == nullptr) return nullptr;
  return create<wasm_exporttype_t>(*name, type);
}
void wasm_exporttype_delete(wasm_exporttype_t* type) {
  if (type == nullptr) return;
  wasm_name_delete(&type->name);
  wasm_externtype_delete(type->type);
  destroy(type);
}
wasm_exporttype_t* wasm_exporttype_copy(const wasm_exporttype_t* from) {
  if (from == nullptr) return nullptr;
  wasm_name_t name = {};
  wasm_externtype_t* type = wasm_externtype_copy(from->type);
  wasm_exporttype_t* copy =
      copy_name(&name, from->name) ? wasm_exporttype_new(&name, type) : nullptr;
  if (copy != nullptr) return copy;
  wasm_name_delete(&name);
  wasm_externtype_delete(type);
  return nullptr;
}
const wasm_name_t* wasm_exporttype_name(const wasm_exporttype_t* type) {
  return type == nullptr ? nullptr : &type->name;
}
const wasm_externtype_t* wasm_exporttype_type(const wasm_exporttype_t* type) {
  return type == nullptr ? nullptr : type->type;
}
