#include "runtime/funcref.h"

#include "isa/reference.h"
#include "runtime/exception.h"
#include "runtime/host_objects.h"
#include "runtime/instance.h"
#include "runtime/runtime.h"
#include "runtime/store.h"

namespace wembed {

namespace {

Function* function_in(Slot slot) {
  return reinterpret_cast<Function*>(static_cast<uintptr_t>(slot));
}

// What the host gives may be anything: an address is one of an object that is there.
bool is_any_of_type(const Instance& instance, ValType type, Slot slot) {
  const TypeRegistry& types = instance.runtime->types();
  if (is_host_value(slot)) return types.matches(ValType::abstract_ref(HeapType::Any, false), type);
  if (is_i31(slot)) {
    return slot <= UINT32_MAX && types.matches(ValType::abstract_ref(HeapType::I31, false), type);
  }
  const Object* object = find_object(instance, slot);
  return object != nullptr &&
         types.matches(ValType::concrete_ref(type_of(*object).id, false), type);
}

bool is_extern_of_type(const Instance& instance, ValType type, Slot slot) {
  if (type.heap() != HeapType::Extern) return false;
  const Slot other = to_other_side(slot);
  return is_host_value(other) ||
         is_any_of_type(instance, ValType::abstract_ref(HeapType::Any, false), other);
}

}  // namespace

bool is_of_type(const Instance& instance, ValType type, Slot slot) {
  if (!type.is_ref() || type == kFuncRef) [[likely]]
    return true;
  if (slot == 0) return type.is_nullable();
  if (type.is_any_ref()) return is_any_of_type(instance, type, slot);
  if (refers_to_functions(type)) {
    if (!type.is_concrete() && type.heap() == HeapType::NoFunc) return false;
    ValType actual = ValType::concrete_ref(function_in(slot)->type->id, false);
    return instance.runtime->types().matches(actual, type);
  }
  return is_extern_of_type(instance, type, slot);
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
    } else if (value.is_ref()) {
      // While the host alone had it, its objects may have gone.
      good = good && is_of_type(instance, value, *at);
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
