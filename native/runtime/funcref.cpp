#include "runtime/funcref.h"

#include "runtime/exception.h"
#include "runtime/instance.h"
#include "runtime/runtime.h"
#include "runtime/store.h"

namespace wembed {

namespace {

Function* function_in(Slot slot) {
  return reinterpret_cast<Function*>(static_cast<uintptr_t>(slot));
}

}  // namespace

bool is_of_type(const Instance& instance, ValType type, Slot slot) {
  if (!type.is_ref() || type == kFuncRef || type == kExternRef) [[likely]]
    return true;
  if (slot == 0) return type.is_nullable();
  if (!refers_to_functions(type)) return type.without_null() == kExternRef.without_null();
  ValType actual = ValType::concrete_ref(function_in(slot)->type->id, false);
  return instance.runtime->types().matches(actual, type);
}

Trap adopt_references(Instance& instance, std::span<const ValType> types, const Slot* slots) {
  for (ValType type : types) {
    if (!is_of_type(instance, type, *slots)) return Trap::ReferenceType;
    if (refers_to_functions(type) && *slots != 0) {
      if (!join(instance, *function_in(*slots)->instance)) return Trap::OutOfMemory;
    }
    slots += type.slots();
  }
  return Trap::None;
}

namespace {

// What is nested deeper is refused.
constexpr int kMostNested = 100;

bool adopt(Instance& instance, const Exception& exception, int depth) {
  const TypeDef& type = *exception.tag->type;
  if (exception.tag->runtime != instance.runtime || depth == kMostNested) return false;
  if (!type.has_references) return true;
  const Slot* at = exception.values();
  bool good = true;
  for (ValType value : type.params()) {
    if (*at != 0 && refers_to_functions(value)) {
      good = good && join(instance, *function_in(*at)->instance);
    } else if (*at != 0 && holds_exceptions(value)) {
      good = good && adopt(instance, *exception_of(*at), depth + 1);
    }
    at += value.slots();
  }
  return good;
}

}  // namespace

bool adopt_exception(Instance& instance, const Exception& exception) {
  return adopt(instance, exception, 0);
}

}  // namespace wembed
