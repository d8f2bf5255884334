// Value types as WAMR numbers them.
#pragma once

#include "isa/types.h"
#include "wasm_export.h"
#include "wembed.h"
#include "wembed_gc.h"

namespace wembed {

inline wasm_valkind_t value_kind(ValType type) {
  if (type == kI32) return WASM_I32;
  if (type == kI64) return WASM_I64;
  if (type == kF32) return WASM_F32;
  if (type == kF64) return WASM_F64;
  if (type == kV128) return WASM_V128;
  if (type.is_function_ref()) return WASM_FUNCREF;
  if (type.is_any_ref()) return WEMBED_ANYREF;
  if (type.is_ref() && (type.heap() == HeapType::Exn || type.heap() == HeapType::NoExn)) {
    return WEMBED_EXNREF;
  }
  return WASM_EXTERNREF;
}

}  // namespace wembed
