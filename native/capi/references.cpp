#include "capi/references.h"

#include <mutex>

#include "runtime/instance_cold.h"

namespace wembed {

bool funcref_to_index(Instance& instance, Slot reference, uint32_t& index) {
  index = kNullFuncIndex;
  if (reference == 0) return true;
  auto* function = reinterpret_cast<Function*>(static_cast<uintptr_t>(reference));
  if (function->instance == &instance && function->index != kNotOfModule) {
    index = function->index;
    return true;
  }
  uint32_t imports = instance.module->imported_function_count();
  for (uint32_t i = 0; i < imports; i++) {
    if (instance.imported_functions[i] != function) continue;
    index = i;
    return true;
  }
  std::lock_guard lock(instance.cold->mutex);
  Vector<Function*>& foreign = instance.cold->foreign_functions;
  uint32_t position = 0;
  while (position < foreign.size() && foreign[position] != function) position++;
  if (position == foreign.size() && !foreign.push_back(function)) return false;
  index = instance.cold->function_count + position;
  return true;
}

Trap index_to_funcref(Instance& instance, uint32_t index, Slot& reference) {
  reference = 0;
  if (index == kNullFuncIndex) return Trap::None;
  uint32_t count = instance.cold->function_count;
  Function* function = nullptr;
  if (index < count) {
    function = instance.function(index);
    if (function == nullptr) return Trap::OutOfMemory;
  } else {
    std::lock_guard lock(instance.cold->mutex);
    const Vector<Function*>& foreign = instance.cold->foreign_functions;
    if (index - count >= foreign.size()) return Trap::UndefinedElement;
    function = foreign[index - count];
  }
  reference = reinterpret_cast<uintptr_t>(function);
  return Trap::None;
}

}  // namespace wembed
