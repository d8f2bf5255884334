#include "capi/reference_types.h"

#include <algorithm>

#include "capi/module_handle.h"

namespace wembed {

namespace {

struct AbstractType {
  HeapType type;
  int32_t number;         // wasm_heap_type_enum
  uint8_t nullable_code;  // wasm_value_type_enum, for references that may be null
};

constexpr AbstractType kAbstract[] = {
    {HeapType::Func, HEAP_TYPE_FUNC, VALUE_TYPE_FUNCREF},
    {HeapType::Extern, HEAP_TYPE_EXTERN, VALUE_TYPE_EXTERNREF},
    {HeapType::Any, HEAP_TYPE_ANY, VALUE_TYPE_ANYREF},
    {HeapType::Eq, HEAP_TYPE_EQ, VALUE_TYPE_EQREF},
    {HeapType::I31, HEAP_TYPE_I31, VALUE_TYPE_I31REF},
    {HeapType::NoFunc, HEAP_TYPE_NOFUNC, VALUE_TYPE_NULLFUNCREF},
    {HeapType::NoExtern, HEAP_TYPE_NOEXTERN, VALUE_TYPE_NULLEXTERNREF},
    {HeapType::Struct, HEAP_TYPE_STRUCT, VALUE_TYPE_STRUCTREF},
    {HeapType::Array, HEAP_TYPE_ARRAY, VALUE_TYPE_ARRAYREF},
    {HeapType::None, HEAP_TYPE_NONE, VALUE_TYPE_NULLREF},
};

wasm_ref_type_t abstract_type(HeapType type, bool nullable) {
  for (const AbstractType& known : kAbstract) {
    if (known.type == type) return short_reference_type(known.number, nullable);
  }
  // Exceptions, which gc_export.h does not know: by their code, whether they may be null or not.
  return {static_cast<wasm_value_type_t>(type), false, 0};
}

// The index of the type with that id in a module that has the other one.
int32_t find_index(const TypeDef& outer, uint32_t id) {
  int32_t found = -1;
  ModuleHandle::for_each([&](const ModuleHandle& handle) {
    if (found >= 0 || index_of(handle.module(), &outer) < 0) return;
    const std::span<const TypeDef* const> types = handle.module().types();
    const auto at = std::find_if(types.begin(), types.end(),
                                 [&](const TypeDef* type) { return type->id == id; });
    if (at != types.end()) found = static_cast<int32_t>(at - types.begin());
  });
  return found;
}

}  // namespace

wasm_ref_type_t long_reference_type(int32_t heap_type, bool nullable) {
  const auto code = nullable ? VALUE_TYPE_HT_NULLABLE_REF : VALUE_TYPE_HT_NON_NULLABLE_REF;
  return {static_cast<wasm_value_type_t>(code), nullable, heap_type};
}

wasm_ref_type_t short_reference_type(int32_t heap_type, bool nullable) {
  for (const AbstractType& known : kAbstract) {
    if (nullable && known.number == heap_type) return {known.nullable_code, false, 0};
  }
  return long_reference_type(heap_type, nullable);
}

wasm_ref_type_t reference_type(const TypeDef& outer, ValType type) {
  if (!type.is_ref()) return {static_cast<wasm_value_type_t>(type.bits()), false, 0};
  if (!type.is_concrete()) return abstract_type(type.heap(), type.is_nullable());
  const int32_t index = find_index(outer, type.type_id());
  if (index >= 0) return long_reference_type(index, type.is_nullable());
  return abstract_type(type.is_function_ref() ? HeapType::Func : HeapType::Eq, type.is_nullable());
}

ValType read_reference_type(const wasm_ref_type_t& type, const Module* module) {
  const uint8_t code = type.value_type;
  for (ValType number : {kI32, kI64, kF32, kF64, kV128, kI8, kI16}) {
    if (number.bits() == code) return number;
  }
  const bool is_long = code == VALUE_TYPE_HT_NULLABLE_REF || code == VALUE_TYPE_HT_NON_NULLABLE_REF;
  const bool nullable = code != VALUE_TYPE_HT_NON_NULLABLE_REF;
  for (const AbstractType& known : kAbstract) {
    if (is_long ? type.heap_type == known.number : code == known.nullable_code) {
      return ValType::abstract_ref(known.type, nullable);
    }
  }
  if (!is_long || module == nullptr || type.heap_type < 0) return kBottom;
  const auto index = static_cast<uint32_t>(type.heap_type);
  if (index >= module->types().size()) return kBottom;
  return ValType::concrete_ref(module->type(index)->id, nullable);
}

int32_t index_of(const Module& module, const TypeDef* type) {
  const std::span<const TypeDef* const> types = module.types();
  const auto* at = std::find(types.data(), types.data() + types.size(), type);
  return at == types.data() + types.size() ? -1 : static_cast<int32_t>(at - types.data());
}

}  // namespace wembed
