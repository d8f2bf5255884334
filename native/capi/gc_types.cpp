// gc_export.h: types.
#include "capi/gc_handles.h"
#include "capi/reference_types.h"
#include "runtime/runtime.h"

using namespace wembed;

namespace {

constexpr wasm_ref_type_t kNoType = {0, false, 0};

wasm_ref_type_t value_at(const TypeDef* type, std::span<const ValType> values, uint32_t index) {
  return index < values.size() ? reference_type(*type, values[index]) : kNoType;
}

wasm_ref_type_t field_at(const TypeDef* type, uint32_t index, bool* is_mutable) {
  if (is_mutable != nullptr) *is_mutable = false;
  if (type == nullptr || index >= type->field_count) return kNoType;
  if (is_mutable != nullptr) *is_mutable = type->fields[index].is_mutable;
  return reference_type(*type, type->fields[index].type);
}

bool is_of_kind(wasm_defined_type_t type, CompositeKind kind) {
  return of_kind(type_in(type), kind) != nullptr;
}

// The two types of a question; false: one of them is none.
bool read_both(const wasm_ref_type_t* first, const wasm_ref_type_t* second, wasm_module_t module,
               ValType (&types)[2]) {
  if (first == nullptr || second == nullptr) return false;
  const Module* among = module == nullptr ? nullptr : &unwrap(module)->module();
  types[0] = read_reference_type(*first, among);
  types[1] = read_reference_type(*second, among);
  return !types[0].is_bottom() && !types[1].is_bottom();
}

}  // namespace

uint32_t wasm_get_defined_type_count(const wasm_module_t module) {
  if (module == nullptr) return 0;
  return static_cast<uint32_t>(unwrap(module)->module().types().size());
}

wasm_defined_type_t wasm_get_defined_type(const wasm_module_t module, uint32_t index) {
  if (index >= wasm_get_defined_type_count(module)) return nullptr;
  return type_pointer<wasm_defined_type_t>(unwrap(module)->module().type(index));
}

wasm_defined_type_t wasm_obj_get_defined_type(const wasm_obj_t obj) {
  return type_pointer<wasm_defined_type_t>(type_of_handle(handle_in(obj)));
}

int32_t wasm_obj_get_defined_type_idx(const wasm_module_t module, const wasm_obj_t obj) {
  const TypeDef* type = type_of_handle(handle_in(obj));
  return module == nullptr || type == nullptr ? -1 : index_of(unwrap(module)->module(), type);
}

bool wasm_defined_type_is_func_type(const wasm_defined_type_t def_type) {
  return is_of_kind(def_type, CompositeKind::Func);
}

bool wasm_defined_type_is_struct_type(const wasm_defined_type_t def_type) {
  return is_of_kind(def_type, CompositeKind::Struct);
}

bool wasm_defined_type_is_array_type(const wasm_defined_type_t def_type) {
  return is_of_kind(def_type, CompositeKind::Array);
}

wasm_ref_type_t wasm_func_type_get_param_type(const wasm_func_type_t func_type,
                                              uint32_t param_idx) {
  const TypeDef* type = of_kind(type_in(func_type), CompositeKind::Func);
  return type == nullptr ? kNoType : value_at(type, type->params(), param_idx);
}

wasm_ref_type_t wasm_func_type_get_result_type(const wasm_func_type_t func_type,
                                               uint32_t result_idx) {
  const TypeDef* type = of_kind(type_in(func_type), CompositeKind::Func);
  return type == nullptr ? kNoType : value_at(type, type->results(), result_idx);
}

uint32_t wasm_struct_type_get_field_count(const wasm_struct_type_t struct_type) {
  const TypeDef* type = of_kind(type_in(struct_type), CompositeKind::Struct);
  return type == nullptr ? 0 : type->field_count;
}

wasm_ref_type_t wasm_struct_type_get_field_type(const wasm_struct_type_t struct_type,
                                                uint32_t field_idx, bool* p_is_mutable) {
  return field_at(of_kind(type_in(struct_type), CompositeKind::Struct), field_idx, p_is_mutable);
}

wasm_ref_type_t wasm_array_type_get_elem_type(const wasm_array_type_t array_type,
                                              bool* p_is_mutable) {
  return field_at(of_kind(type_in(array_type), CompositeKind::Array), 0, p_is_mutable);
}

bool wasm_defined_type_equal(const wasm_defined_type_t def_type1,
                             const wasm_defined_type_t def_type2, const wasm_module_t) {
  return def_type1 != nullptr && def_type1 == def_type2;
}

bool wasm_defined_type_is_subtype_of(const wasm_defined_type_t def_type1,
                                     const wasm_defined_type_t def_type2, const wasm_module_t) {
  return def_type1 != nullptr && def_type2 != nullptr &&
         is_subtype(type_in(def_type1), type_in(def_type2));
}

void wasm_ref_type_set_type_idx(wasm_ref_type_t* ref_type, bool nullable, int32_t type_idx) {
  if (ref_type != nullptr) *ref_type = long_reference_type(type_idx, nullable);
}

void wasm_ref_type_set_heap_type(wasm_ref_type_t* ref_type, bool nullable, int32_t heap_type) {
  if (ref_type != nullptr) *ref_type = short_reference_type(heap_type, nullable);
}

bool wasm_ref_type_equal(const wasm_ref_type_t* ref_type1, const wasm_ref_type_t* ref_type2,
                         const wasm_module_t module) {
  ValType types[2];
  return read_both(ref_type1, ref_type2, module, types) && types[0] == types[1];
}

bool wasm_ref_type_is_subtype_of(const wasm_ref_type_t* ref_type1, const wasm_ref_type_t* ref_type2,
                                 const wasm_module_t module) {
  ValType types[2];
  if (!read_both(ref_type1, ref_type2, module, types)) return false;
  if (types[0] == types[1]) return true;
  return module != nullptr && unwrap(module)->runtime().types().matches(types[0], types[1]);
}
