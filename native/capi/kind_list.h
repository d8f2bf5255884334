// Lists of value kinds that a host gives for a type.
#pragma once

#include <span>

#include "capi/value_kind.h"
#include "isa/limits.h"

namespace wembed {

// The types of a list of kinds; empty and false: there is one that is none.
class KindList {
 public:
  [[nodiscard]] bool read(const wasm_valkind_t* kinds, uint32_t count) {
    if (count > kMaxParams || (count > 0 && kinds == nullptr)) return false;
    for (; count_ < count; count_++) {
      if (!value_type(kinds[count_], types_[count_])) return false;
    }
    return true;
  }
  [[nodiscard]] std::span<const ValType> types() const { return {types_, count_}; }

 private:
  static bool value_type(wasm_valkind_t kind, ValType& type) {
    for (ValType known : {kI32, kI64, kF32, kF64, kV128, kFuncRef, kExternRef, kExnRef, kAnyRef}) {
      type = known;
      if (value_kind(known) == kind) return true;
    }
    return false;
  }

  ValType types_[kMaxParams];
  uint32_t count_ = 0;
};

}  // namespace wembed
