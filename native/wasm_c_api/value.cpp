#include "wasm_c_api/value.h"

#include <bit>

namespace wembed::c_api {

namespace {

bool function_slot(const wasm_ref_t* reference, uint64_t& slot) {
  slot = 0;
  if (reference == nullptr) return true;
  if (reference->kind != RefKind::Func) return false;
  slot = reinterpret_cast<uintptr_t>(static_cast<const wasm_extern_t*>(reference)->function);
  return slot != 0;
}

}  // namespace

bool to_slot(const wasm_val_t& value, wasm_valkind_t kind, uint64_t& slot) {
  switch (kind) {
    case WASM_I32: slot = static_cast<uint32_t>(value.of.i32); return true;
    case WASM_I64: slot = static_cast<uint64_t>(value.of.i64); return true;
    case WASM_F32: slot = std::bit_cast<uint32_t>(value.of.f32); return true;
    case WASM_F64: slot = std::bit_cast<uint64_t>(value.of.f64); return true;
    case WASM_EXTERNREF:
      slot = value.of.ref == nullptr ? 0 : wembed_externref(value.of.ref);
      return value.kind == kind;
    case WASM_FUNCREF: return value.kind == kind && function_slot(value.of.ref, slot);
    default: return false;
  }
}

bool from_slot(wasm_instance_t& near, wasm_valkind_t kind, uint64_t slot, wasm_val_t& value) {
  value = {};
  value.kind = kind;
  switch (kind) {
    case WASM_I32: value.of.i32 = static_cast<int32_t>(slot); return true;
    case WASM_I64: value.of.i64 = static_cast<int64_t>(slot); return true;
    case WASM_F32: value.of.f32 = std::bit_cast<float>(static_cast<uint32_t>(slot)); return true;
    case WASM_F64: value.of.f64 = std::bit_cast<double>(slot); return true;
    case WASM_EXTERNREF:
      value.of.ref = static_cast<wasm_ref_t*>(wembed_externref_object(slot));
      return true;
    case WASM_FUNCREF: {
      if (slot == 0) return true;
      auto* function = reinterpret_cast<wasm_function_inst_t>(static_cast<uintptr_t>(slot));
      value.of.ref = function_handle(near, function);
      return value.of.ref != nullptr;
    }
    default: return false;
  }
}

}  // namespace wembed::c_api

void wasm_val_delete(wasm_val_t* value) {
  if (value == nullptr || value->kind != WASM_FUNCREF) return;
  wasm_ref_delete(value->of.ref);
  value->of.ref = nullptr;
}

void wasm_val_copy(wasm_val_t* out, const wasm_val_t* from) {
  if (out == nullptr || from == nullptr) return;
  *out = *from;
  if (from->kind == WASM_FUNCREF) out->of.ref = wasm_ref_copy(from->of.ref);
}
