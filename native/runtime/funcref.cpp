#include "runtime/funcref.h"

#include "runtime/instance.h"
#include "runtime/store.h"

namespace wembed {

bool adopt_references(Instance& instance, std::span<const ValType> types, const Slot* slots) {
  for (ValType type : types) {
    bool is_function = type.is_ref() && (type.is_concrete() || type.heap() == HeapType::Func);
    if (is_function && *slots != 0) {
      auto* function = reinterpret_cast<Function*>(static_cast<uintptr_t>(*slots));
      if (!join(instance, *function->instance)) return false;
    }
    slots += type.slots();
  }
  return true;
}

}  // namespace wembed
